import { describe, expect, it } from '@jest/globals';
import { type CibaEvent, cibaBackchannel, reject } from 'ciba-backchannel';
import { deferred, never } from '../support/deferred.js';
import { leavingClient } from '../support/leaving-client.js';
import { stubAuthlete, ticket, valid } from '../support/stub-authlete.js';
import { doors } from '../support/web-host.js';

const released = { ticket, reason: 'SERVER_ERROR' };

describe.each(doors)('through %s', (_, open) => {
  const asked = (...[replies, options]: Parameters<typeof leavingClient>) => leavingClient(replies, options, open);

  describe('a client that leaves', () => {
    it('while Authlete judges the request is not waited for, but the ticket that may come is', async () => {
      const judging = deferred<object>();
      const { authlete, client, ciba, refused } = await asked({ backchannelAuthentication: () => judging.promise });
      const { signal } = await authlete.called('backchannelAuthentication');
      // What Authlete did for a call has to be known, so that it can be undone: calls are not cut off.
      expect(signal).toBeUndefined();
      client.leave();
      expect(await refused).toMatchObject({ type: 'refused', status: 500 });
      let closed = false;
      const closing = ciba.close({ timeout: 60_000 }).then((result) => {
        closed = true;
        return result;
      });
      await new Promise(setImmediate);
      expect(closed).toBe(false);
      judging.resolve(valid);
      expect(await closing).toEqual({ transactions: 0, deliveries: 0 });
      expect(authlete.requests('backchannelAuthenticationFail')).toEqual([released]);
    });

    it('and a ticket that does not come in time is counted by close()', async () => {
      const { authlete, client, ciba, refused } = await asked({ backchannelAuthentication: () => never });
      await authlete.called('backchannelAuthentication');
      client.leave();
      await refused;
      expect(await ciba.close({ timeout: 10 })).toEqual({ transactions: 1, deliveries: 0 });
    });

    it('while the auth_req_id is issued is not waited for', async () => {
      const { authlete, client, events, settled } = await asked({ backchannelAuthenticationIssue: () => never });
      const { signal } = await authlete.called('backchannelAuthenticationIssue');
      expect(signal).toBeUndefined();
      client.leave();
      const calls = await settled();
      expect(calls.slice(2)).toEqual([{ api: 'backchannelAuthenticationFail', request: released }]);
      expect(events).toEqual([expect.objectContaining({ type: 'refused', status: 500 })]);
    });

    it('counts as gone when it only stops writing', async () => {
      const { authlete, client, settled } = await asked({ backchannelAuthenticationIssue: () => never });
      await authlete.called('backchannelAuthenticationIssue');
      client.socket.end();
      expect((await settled()).slice(2)).toEqual([{ api: 'backchannelAuthenticationFail', request: released }]);
    });

    it('while Authlete judges the request has the late ticket released', async () => {
      const late = deferred<object>();
      const gone = deferred<CibaEvent>();
      const { authlete, client, settled } = await asked(
        { backchannelAuthentication: () => late.promise },
        { onEvent: gone.resolve },
      );
      await authlete.called('backchannelAuthentication');
      client.leave();
      expect(await gone.promise).toMatchObject({ type: 'refused' });
      late.resolve(valid);
      await authlete.called('backchannelAuthenticationFail');
      expect((await settled()).map(({ api }) => api)).toEqual([
        'backchannelAuthentication',
        'backchannelAuthenticationFail',
      ]);
      expect(authlete.requests('backchannelAuthenticationFail')).toEqual([released]);
    });

    it.each(['identifyUser', 'policy'] as const)('while %s runs aborts its signal; nothing is issued', async (hook) => {
      const running = deferred<AbortSignal>();
      const hang = (...args: unknown[]) => {
        running.resolve((args.at(-1) as { signal: AbortSignal }).signal);
        return never;
      };
      const { client, settled } = await asked({}, { [hook]: hang });
      const signal = await running.promise;
      client.leave();
      expect(await settled()).toEqual([
        { api: 'backchannelAuthentication', request: expect.anything() },
        { api: 'backchannelAuthenticationFail', request: released },
      ]);
      expect(signal.reason).toMatchObject({ name: 'AbortError', interruption: 'gone' });
    });

    it('while a hook runs that ends when its signal is aborted has its ticket released once', async () => {
      const running = deferred();
      const { client, settled } = await asked(
        {},
        {
          identifyUser: (_, { signal }) =>
            new Promise((_, reject) => {
              signal.addEventListener('abort', () => reject(signal.reason));
              running.resolve();
            }),
        },
      );
      await running.promise;
      client.leave();
      expect((await settled()).slice(1)).toEqual([{ api: 'backchannelAuthenticationFail', request: released }]);
    });

    it('while Authlete is told of a refusal changes nothing about that call', async () => {
      const failing = deferred<object>();
      const { authlete, client, events, settled } = await asked(
        { backchannelAuthenticationFail: () => failing.promise },
        { identifyUser: () => null },
      );
      const { signal } = await authlete.called('backchannelAuthenticationFail');
      expect(signal).toBeUndefined();
      client.leave();
      const calls = settled();
      failing.resolve({ action: 'BAD_REQUEST', responseContent: '{}' });
      expect((await calls).slice(1)).toEqual([
        { api: 'backchannelAuthenticationFail', request: { ticket, reason: 'UNKNOWN_USER_ID' } },
      ]);
      expect(events).toEqual([expect.objectContaining({ type: 'refused', reason: 'UNKNOWN_USER_ID' })]);
    });
  });
});

describe('a hook that has the request aborted and then throws its refusal', () => {
  it.each(['identifyUser', 'policy'] as const)('leaves no ticket behind: %s', async (hook) => {
    const authlete = stubAuthlete();
    const events: CibaEvent[] = [];
    const leaving = new AbortController();
    const ciba = cibaBackchannel({
      authlete,
      identifyUser: () => ({ subject: 'alice' }),
      onEvent: (event) => events.push(event),
      [hook]: () => {
        leaving.abort();
        throw reject('ACCESS_DENIED', { description: 'not here' });
      },
    });
    const body = new URLSearchParams('scope=openid&login_hint=alice');
    const { signal } = leaving;
    await ciba.fetch(new Request('https://as.example.com/', { method: 'POST', body, signal }));
    expect(await ciba.close()).toEqual({ transactions: 0, deliveries: 0 });
    const refusal = { ticket, reason: 'ACCESS_DENIED', errorDescription: 'not here' };
    expect(authlete.requests('backchannelAuthenticationFail')).toEqual([refusal]);
    expect(events).toEqual([expect.objectContaining({ type: 'refused', reason: 'ACCESS_DENIED' })]);
  });
});
