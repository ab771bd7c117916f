import { ServerResponse } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { authorized, type CibaBackchannelOptions, type CibaEvent, cibaBackchannel } from 'ciba-backchannel';
import { deferred, never } from '../support/deferred.js';
import { rawClient, rawPost } from '../support/raw-client.js';
import { serving } from '../support/serving.js';
import { issued, stubAuthlete, ticket, valid } from '../support/stub-authlete.js';

type Options = CibaBackchannelOptions<{ subject: string }>;

const alice = { subject: 'alice' };
const released = { ticket, reason: 'SERVER_ERROR' };

/** An endpoint with a client that has sent its request; `authenticate` must never be called. */
async function asked(replies: Parameters<typeof stubAuthlete>[0], options: Partial<Options> = {}) {
  const authlete = stubAuthlete(replies);
  const events: CibaEvent[] = [];
  const ended = deferred<CibaEvent>();
  let begun = 0;
  const ciba = cibaBackchannel({
    authlete,
    identifyUser: () => alice,
    authenticate: () => {
      begun += 1;
      return authorized();
    },
    onEvent: (event) => {
      events.push(event);
      ended.resolve(event);
    },
    timeout: 60_000,
    ...options,
  });
  const server = await serving((req, res) => ciba(Object.assign(req, { res }), res));
  const client = await rawClient(server.port);
  client.write(rawPost('scope=openid&login_hint=alice'));
  /** Resolves when the endpoint is through with the request. */
  const settled = async () => {
    await ciba.close({ timeout: 60_000 });
    expect(begun).toBe(0);
    return authlete.calls.map(({ api, request }) => ({ api, request }));
  };
  return { authlete, client, events, refused: ended.promise, settled, server, ciba };
}

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

  it.each([true, false])('between issue and the answer is asked nothing (with authenticate: %s)', async (asking) => {
    const { client, events, settled } = await asked(
      { backchannelAuthenticationIssue: issued },
      {
        ...(!asking && { authenticate: undefined }),
        clientCertificate: (req) => {
          // Nobody has noticed yet when the answer is written.
          const { res } = req as typeof req & { res: ServerResponse };
          res.writeHead = function writeHead(this: ServerResponse, ...args: [number]) {
            req.socket.destroy();
            return ServerResponse.prototype.writeHead.apply(this, args);
          } as typeof res.writeHead;
          return undefined;
        },
      },
    );
    await client.closed();
    const calls = (await settled()).slice(2);
    const failed = { ticket, result: 'TRANSACTION_FAILED', subject: 'alice' };
    if (asking) {
      expect(calls).toEqual([{ api: 'backchannelAuthenticationComplete', request: failed }]);
      expect(events).toEqual([expect.objectContaining({ type: 'completed', result: 'TRANSACTION_FAILED' })]);
    } else expect(calls).toEqual([{ api: 'backchannelAuthenticationFail', request: released }]);
  });
});

describe('a client that sends the next request before it has the answer to the first, and leaves', () => {
  it('has both tickets released', async () => {
    const both = deferred();
    let running = 0;
    const { client, events, settled } = await asked(
      {},
      {
        identifyUser: () => {
          running += 1;
          if (running === 2) both.resolve();
          return never;
        },
      },
    );
    client.write(rawPost('scope=openid&login_hint=bob'));
    await both.promise;
    client.leave();
    const calls = await settled();
    expect(calls.filter(({ api }) => api === 'backchannelAuthenticationFail')).toHaveLength(2);
    expect(events).toHaveLength(2);
  });

  it('is asked nothing when the second has been issued', async () => {
    const second = deferred();
    let issues = 0;
    const { client, settled } = await asked({
      backchannelAuthenticationIssue: () => {
        issues += 1;
        if (issues === 1) return never;
        second.resolve();
        return issued;
      },
    });
    client.write(rawPost('scope=openid&login_hint=bob'));
    await second.promise;
    await new Promise(setImmediate);
    client.leave();
    const calls = (await settled()).map(({ api }) => api).slice(4);
    expect(calls.sort()).toEqual(['backchannelAuthenticationComplete', 'backchannelAuthenticationFail']);
  });
});
