import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { authorized, type CibaBackchannelOptions, cibaBackchannel, later, type Transaction } from 'ciba-backchannel';
import { expectAnswer, expectError } from '../support/answers.js';
import { ask } from '../support/asking.js';
import { deferred, never } from '../support/deferred.js';
import { rawClient, rawPost } from '../support/raw-client.js';
import { serving } from '../support/serving.js';
import { type Reply, stubAuthlete, ticket, valid } from '../support/stub-authlete.js';

type User = { subject: string };
const nothing = { transactions: 0, deliveries: 0 };

function endpoint(options: Partial<CibaBackchannelOptions<User>> = {}, replies: Record<string, Reply> = {}) {
  const authlete = stubAuthlete(replies);
  return {
    authlete,
    ciba: cibaBackchannel<User>({ authlete, identifyUser: () => ({ subject: 'alice' }), logger: false, ...options }),
  };
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe('close()', () => {
  it('has nothing to wait for when nothing is in flight', async () => {
    expect(await endpoint().ciba.close()).toEqual(nothing);
  });

  it.each([
    ['a request', rawPost('scope=openid')],
    ['what is no form', rawPost('{}', { 'Content-Type': 'application/json' })],
    ['a body that never ends', rawPost('', { 'Content-Length': '10' })],
  ])('has %s answered with 503 and the connection closed', async (_, text) => {
    const { authlete, ciba } = endpoint();
    const client = await rawClient((await serving(ciba)).port);
    void ciba.close();
    client.write(text);
    expectError(await client.answer(), 503, 'server_error');
    await client.closed();
    expect(authlete.calls).toEqual([]);
  });

  it('takes effect at once, on connections that are open already too', async () => {
    const { ciba } = endpoint();
    const client = await rawClient((await serving(ciba)).port);
    client.write(rawPost('scope=openid'));
    expectAnswer(await client.answer(), 200);
    void ciba.close();
    client.write(rawPost('scope=openid'));
    expectError(await client.answer(), 503, 'server_error');
  });

  it('waits for requests in flight, and for the decisions about them', async () => {
    const identified = deferred<User>();
    const decided = deferred<ReturnType<typeof authorized>>();
    const running = deferred();
    const { authlete, ciba } = endpoint({
      identifyUser: () => {
        running.resolve();
        return identified.promise;
      },
      authenticate: () => decided.promise,
    });
    const answer = ask(ciba);
    await running.promise;
    const closing = ciba.close({ timeout: 60_000 });
    identified.resolve({ subject: 'alice' });
    expectAnswer(await answer, 200);
    decided.resolve(authorized());
    expect(await closing).toEqual(nothing);
    expect(authlete.requests('backchannelAuthenticationComplete')).toMatchObject([{ ticket, result: 'AUTHORIZED' }]);
  });

  it('waits for tickets that are being released', async () => {
    const releasing = deferred<object>();
    const { authlete, ciba } = endpoint(
      {},
      {
        backchannelAuthenticationIssue: () => Promise.reject(new Error('down')),
        backchannelAuthenticationFail: () => releasing.promise,
      },
    );
    expectError(await ask(ciba), 500, 'server_error');
    await authlete.called('backchannelAuthenticationFail');
    let closed = false;
    const closing = ciba.close({ timeout: 60_000 }).then(() => {
      closed = true;
    });
    await new Promise(setImmediate);
    expect(closed).toBe(false);
    releasing.resolve({});
    await closing;
  });

  it.each([0, 20])('aborts hooks that still wait after %d ms, and has their transactions failed', async (timeout) => {
    const asked: Transaction<User>[] = [];
    const both = deferred();
    const tickets = ['ticket-1', 'ticket-2'];
    const { authlete, ciba } = endpoint(
      {
        authenticate: (transaction) => {
          asked.push(transaction);
          if (asked.length === 2) both.resolve();
          return never;
        },
      },
      { backchannelAuthentication: () => ({ ...valid, ticket: tickets.pop() }) },
    );
    await Promise.all([ask(ciba), ask(ciba)]);
    await both.promise;
    // The other one's is made when it is asked for.
    const early = asked[0]?.signal;
    expect(await ciba.close({ timeout })).toEqual({ transactions: 2, deliveries: 0 });
    const failed = (of: string) => ({ ticket: of, subject: 'alice', result: 'TRANSACTION_FAILED' });
    expect(authlete.requests('backchannelAuthenticationComplete')).toHaveLength(2);
    expect(authlete.requests('backchannelAuthenticationComplete')).toEqual(
      expect.arrayContaining([failed('ticket-1'), failed('ticket-2')]),
    );
    expect(early?.reason).toMatchObject({ name: 'AbortError' });
    expect(asked[1]?.signal.reason).toMatchObject({ name: 'AbortError' });
  });

  it('makes a last attempt at decisions that Authlete has not been told of, and counts them', async () => {
    const { authlete, ciba } = endpoint(
      { authenticate: () => authorized() },
      { backchannelAuthenticationComplete: () => Promise.reject(new Error('down')) },
    );
    expectAnswer(await ask(ciba), 200);
    await authlete.called('backchannelAuthenticationComplete');
    await new Promise(setImmediate);
    expect(await ciba.close({ timeout: 0 })).toEqual({ transactions: 1, deliveries: 0 });
    expect(authlete.requests('backchannelAuthenticationComplete')).toHaveLength(2);
  });

  it('has a transaction failed whose request is answered only when time is out', async () => {
    const issuing = deferred<object>();
    const { authlete, ciba } = endpoint(
      { authenticate: () => authorized() },
      { backchannelAuthenticationIssue: () => issuing.promise },
    );
    const answer = ask(ciba);
    await authlete.called('backchannelAuthenticationIssue');
    await ciba.close({ timeout: 0 });
    issuing.resolve({ action: 'OK', responseContent: '{"auth_req_id":"a","expires_in":60}' });
    expectAnswer(await answer, 200);
    const { request } = await authlete.called('backchannelAuthenticationComplete');
    expect(request).toMatchObject({ ticket, result: 'TRANSACTION_FAILED' });
  });

  it.each([
    ['back', -3_600_000],
    ['forward', 3_600_000],
  ])('ends at its deadline when the wall clock is set %s by an hour meanwhile', async (_, step) => {
    const { ciba } = endpoint({ authenticate: () => never });
    expectAnswer(await ask(ciba), 200);
    const begun = performance.now();
    const closing = ciba.close({ timeout: 100 });
    const now = Date.now() + step;
    jest.spyOn(Date, 'now').mockReturnValue(now);
    expect(await closing).toEqual({ transactions: 1, deliveries: 0 });
    expect(performance.now() - begun).toBeGreaterThan(95);
  });

  it('does not wait for decisions that come later: other processes can complete them', async () => {
    const { authlete, ciba } = endpoint({ authenticate: () => later() });
    expectAnswer(await ask(ciba), 200);
    expect(await ciba.close({ timeout: 60_000 })).toEqual(nothing);
    expect(authlete.requests('backchannelAuthenticationComplete')).toEqual([]);
  });

  it('may be called twice, also at the same time', async () => {
    const asked = deferred();
    const { ciba } = endpoint({
      authenticate: () => {
        asked.resolve();
        return never;
      },
    });
    await ask(ciba);
    await asked.promise;
    const results = await Promise.all([ciba.close({ timeout: 0 }), ciba.close()]);
    expect([...results, await ciba.close()]).toEqual(Array(3).fill({ transactions: 1, deliveries: 0 }));
  });

  it.each([-1, Number.NaN, '10', null, 2 ** 31])('refuses the timeout %p', async (timeout) => {
    const { ciba } = endpoint();
    expect(() => ciba.close({ timeout: timeout as number })).toThrow(
      expect.objectContaining({ name: 'TypeError', message: expect.stringContaining('timeout') }),
    );
    expectAnswer(await ask(ciba), 200);
  });
});
