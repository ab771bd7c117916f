import { describe, expect } from '@jest/globals';
import { denied, failed } from 'ciba-backchannel';
import { memoryStore } from 'ciba-backchannel/client';
import { UnsecuredJWT } from 'jose';
import { approvalsOf, cibaServer, discover, request } from '../support/ciba-server.js';
import { concurrently } from '../support/concurrently.js';
import { deferred } from '../support/deferred.js';
import { stubProvider } from '../support/stub-provider.js';

describe('A client that polls', () => {
  concurrently('asks, waits and uses what was approved, once', async () => {
    const server = await cibaServer();
    const approvals = approvalsOf({ config: await discover(server.issuer) });
    expect(await approvals.ask('invoice-1', request)).toEqual({
      key: 'invoice-1',
      state: 'waiting',
      bindingMessage: 'W4SCT',
      expiresAt: expect.any(Date),
      attempt: 0,
    });
    await server.prompted;
    server.approve();
    expect(await approvals.wait('invoice-1')).toMatchObject({ state: 'approved' });
    const used = await approvals.use('invoice-1', ({ accessToken, idToken, claims, attempt }) => {
      expect(accessToken).toEqual(expect.any(String));
      expect(idToken).toEqual(expect.any(String));
      expect(claims).toMatchObject({ sub: 'alice', aud: 'agent' });
      return `paid in attempt ${attempt}`;
    });
    expect(used).toBe('paid in attempt 1');
    expect(await approvals.wait('invoice-1')).toMatchObject({ state: 'used', attempt: 1 });
    await expect(approvals.use('invoice-1', () => {})).rejects.toMatchObject({
      code: 'ERR_APPROVAL_NOT_APPROVED',
      state: 'used',
      retryable: false,
    });
  });

  concurrently('does not ask again for the same key', async () => {
    const server = await cibaServer();
    const approvals = approvalsOf({ config: await discover(server.issuer) });
    const [first, second] = await Promise.all([
      approvals.ask('invoice-1', request),
      approvals.ask('invoice-1', { ...request }),
    ]);
    expect(second).toEqual(first);
    expect(await approvals.ask('invoice-1', request)).toEqual(first);
    await server.prompted;
    expect(server.prompts).toHaveLength(1);
    await expect(approvals.ask('invoice-1', { ...request, binding_message: 'OTHER' })).rejects.toMatchObject({
      code: 'ERR_APPROVAL_KEY_REUSED',
    });
    await approvals.ask('invoice-2', request);
    expect(server.prompts).toHaveLength(2);
  });

  concurrently(
    'knows a request again whose members changed places, and whose statements were signed anew',
    async () => {
      const firstAsked = deferred();
      const provider = await stubProvider({
        backchannel(_req, res, defaults) {
          if (provider.backchannelRequests.length === 1) firstAsked.resolve();
          else res.json(defaults);
        },
      });
      const config = await discover(provider.issuer);
      const shared = { config, store: memoryStore(), keys: ['k'.repeat(32)] };
      const asked = (sub: string, iat: number, details: object) => ({
        ...request,
        actor_token: new UnsecuredJWT({ sub, iat, exp: iat + 60 }).encode(),
        authorization_details: [details],
      });

      // The first process ends before it gets an answer.
      const first = approvalsOf(shared);
      const unheard = first.ask('invoice-1', asked('planner', 1, { type: 'payment', amount: '1' }));
      await firstAsked.promise;
      await Promise.all([
        expect(unheard).rejects.toMatchObject({ code: 'ERR_APPROVAL_CLOSED' }),
        first.close({ timeout: 0 }),
      ]);

      const again = asked('planner', 100, { amount: '1', type: 'payment' });
      const second = approvalsOf(shared);
      expect(await second.ask('invoice-1', again)).toMatchObject({ state: 'waiting' });
      expect(provider.backchannelRequests[1]).toMatchObject({ actor_token: again.actor_token });
      for (const other of [
        asked('other', 100, { type: 'payment', amount: '1' }),
        asked('planner', 100, { type: 'payment', amount: '2' }),
        { ...again, actor_token: undefined },
      ]) {
        await expect(second.ask('invoice-1', other)).rejects.toMatchObject({ code: 'ERR_APPROVAL_KEY_REUSED' });
      }
      expect(provider.backchannelRequests).toHaveLength(2);
    },
  );

  for (const { decision, outcome } of [
    {
      decision: denied({ description: 'not me' }),
      outcome: { state: 'denied', error: 'access_denied', errorDescription: 'not me' },
    },
    { decision: failed(), outcome: { state: 'expired', error: 'expired_token' } },
  ]) {
    concurrently(`learns that the request is ${outcome.state}`, async () => {
      const server = await cibaServer();
      const approvals = approvalsOf({ config: await discover(server.issuer) });
      await approvals.ask('invoice-1', request);
      await server.prompted;
      server.prompts[0]?.decide.resolve(decision);
      expect(await approvals.wait('invoice-1')).toMatchObject(outcome);
    });
  }

  concurrently('polls in one process when two wait, and both learn the outcome', async () => {
    const server = await cibaServer();
    const config = await discover(server.issuer);
    const shared = { store: memoryStore(), keys: ['k'.repeat(32)] };
    const [a, b] = [approvalsOf({ config, ...shared }), approvalsOf({ config, ...shared })];
    await a.ask('invoice-1', request);
    const outcomes = Promise.all([a.wait('invoice-1'), b.wait('invoice-1')]);
    await server.prompted;
    server.approve();
    expect(await outcomes).toMatchObject([{ state: 'approved' }, { state: 'approved' }]);
    for (const [i, at] of server.polls.entries()) {
      if (i > 0) expect(at - (server.polls[i - 1] as number)).toBeGreaterThan(990);
    }
  });

  concurrently('shares its configuration with other clients, even with one that was closed', async () => {
    const { issuer, backchannelRequests } = await stubProvider();
    const config = await discover(issuer);
    const [a, b] = [approvalsOf({ config }), approvalsOf({ config })];
    for (const client of [a, b, a, b]) await client.ask(`invoice-${backchannelRequests.length}`, request);
    await a.close();
    await b.ask('another', request);
    expect(backchannelRequests).toHaveLength(5);
  });

  concurrently('with polls that are held, has the tokens as soon as the user has decided', async () => {
    const server = await cibaServer({ held: true, engine: { interval: 5 } });
    const approvals = approvalsOf({ config: await discover(server.issuer) });
    await approvals.ask('invoice-1', request);
    const outcome = approvals.wait('invoice-1');
    await server.prompted;
    while (server.polls.length === 0) await new Promise((resolve) => setImmediate(resolve));
    server.approve();
    expect(await outcome).toMatchObject({ state: 'approved' });
    expect(server.polls).toHaveLength(1);
  });
});
