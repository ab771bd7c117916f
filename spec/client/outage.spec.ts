import { describe, expect } from '@jest/globals';
import { memoryStore, type RowStore } from 'ciba-backchannel/client';
import * as openid from 'openid-client';
import { approvalsOf, request as asked, discover } from '../support/ciba-server.js';
import { concurrently } from '../support/concurrently.js';
import { deferred } from '../support/deferred.js';
import { stubProvider } from '../support/stub-provider.js';

/** A store that can be taken away. */
function brittleStore() {
  const rows = memoryStore();
  const state = { isAway: false, calls: 0 };
  const guarded = (method: 'insert' | 'find' | 'list' | 'replace' | 'remove' | 'due' | 'sweep') => {
    return async (...args: never[]) => {
      state.calls += 1;
      if (state.isAway) throw new Error('the database is away');
      return (rows[method] as (...all: never[]) => unknown)(...args);
    };
  };
  const methods = ['insert', 'find', 'list', 'replace', 'remove', 'due', 'sweep'] as const;
  const store = Object.fromEntries(methods.map((method) => [method, guarded(method)])) as unknown as RowStore;
  return { store, state };
}

const keys = ['k'.repeat(32)];
const outage = (state: { isAway: boolean }) => {
  state.isAway = true;
  return new Promise<void>((resolve) => {
    setTimeout(() => {
      state.isAway = false;
      resolve();
    }, 1500);
  });
};

describe('A store that is away', () => {
  concurrently('lets no request out: the record has to be stored first', async () => {
    const provider = await stubProvider();
    const { store, state } = brittleStore();
    const approvals = approvalsOf({ config: await discover(provider.issuer), store, keys });
    state.isAway = true;
    await expect(approvals.ask('invoice-1', asked)).rejects.toMatchObject({
      code: 'ERR_APPROVAL_STORE',
      retryable: true,
      cause: { message: 'the database is away' },
    });
    expect(provider.backchannelRequests).toHaveLength(0);
    state.isAway = false;
    expect(await approvals.ask('invoice-1', asked)).toMatchObject({ state: 'waiting' });
  });

  concurrently('loses no answer', async () => {
    const { store, state } = brittleStore();
    const provider = await stubProvider({
      backchannel(_req, res, defaults) {
        void outage(state);
        res.json(defaults);
      },
    });
    const approvals = approvalsOf({ config: await discover(provider.issuer), store, keys });
    expect(await approvals.ask('invoice-1', asked)).toMatchObject({ state: 'waiting' });
    expect(provider.backchannelRequests).toHaveLength(1);
  });

  concurrently('loses no tokens, and ends no wait', async () => {
    const { store, state } = brittleStore();
    const provider = await stubProvider({
      async token(_n, _req, res, tokens) {
        void outage(state);
        res.json(await tokens());
      },
    });
    const approvals = approvalsOf({ config: await discover(provider.issuer), store, keys });
    await approvals.ask('invoice-1', asked);
    expect(await approvals.wait('invoice-1')).toMatchObject({ state: 'approved' });
    expect(provider.tokenRequests).toHaveLength(1);
    await outage(state);
    expect(await approvals.wait('invoice-1')).toMatchObject({ state: 'approved' });
  });

  concurrently('is told in the end that an approval was used', async () => {
    const { store, state } = brittleStore();
    const provider = await stubProvider();
    const approvals = approvalsOf({ config: await discover(provider.issuer), store, keys });
    await approvals.ask('invoice-1', asked);
    await approvals.wait('invoice-1');
    let runs = 0;
    const ended = deferred();
    await approvals.use('invoice-1', () => {
      runs += 1;
      void outage(state).then(ended.resolve);
    });
    await ended.promise;
    expect(await approvals.wait('invoice-1')).toMatchObject({ state: 'used', attempt: 1 });
    expect(runs).toBe(1);
  });

  concurrently('answers a ping with 503, so that the server sends it again', async () => {
    const { store, state } = brittleStore();
    const provider = await stubProvider();
    const approvals = approvalsOf({ config: await discover(provider.issuer), store, keys, mode: 'ping' });
    await approvals.ask('invoice-1', asked);
    const token = provider.backchannelRequests[0]?.client_notification_token;
    const ping = () =>
      approvals.fetch(
        new Request('http://client.example/', {
          method: 'POST',
          headers: { authorization: `Bearer ${token}` },
          body: '{"auth_req_id":"the-auth-req-id"}',
        }),
      );
    state.isAway = true;
    const answer = await ping();
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    state.isAway = false;
    expect((await ping()).status).toBe(204);
    expect(await approvals.wait('invoice-1')).toMatchObject({ state: 'approved' });
  });
});

describe('A thousand approvals', () => {
  concurrently(
    'are polled no more often than their interval allows, and all end',
    async () => {
      const polls = new Map<string, number[]>();
      let polledTwice = 0;
      let asks = 0;
      const config = await discover((await stubProvider()).issuer);
      // A thousand conversations over HTTP would take most of the time of this folder, and show nothing more.
      config[openid.customFetch] = async (url, { body }) => {
        if (new URL(url).pathname === '/ciba') {
          asks += 1;
          return Response.json({ auth_req_id: `id-${asks}`, expires_in: 120, interval: 3 });
        }
        const id = new URLSearchParams(String(body)).get('auth_req_id') as string;
        const times = [...(polls.get(id) ?? []), performance.now()];
        polls.set(id, times);
        if (times.length === 2) polledTwice += 1;
        return Response.json(
          { error: polledTwice < 1000 ? 'authorization_pending' : 'access_denied' },
          { status: 400 },
        );
      };
      const approvals = approvalsOf({ config });
      const outcomes: Promise<{ state: string }>[] = [];
      for (let i = 0; i < 1000; i += 20) {
        const keys = Array.from({ length: 20 }, (_, j) => `invoice-${i + j}`);
        await Promise.all(keys.map((key) => approvals.ask(key, asked)));
        outcomes.push(...keys.map((key) => approvals.wait(key)));
      }
      const states = (await Promise.all(outcomes)).map(({ state }) => state);
      expect(new Set(states)).toEqual(new Set(['denied']));
      const gaps = [...polls.values()].flatMap((times) => times.slice(1).map((at, i) => at - (times[i] as number)));
      expect(Math.min(...gaps)).toBeGreaterThan(2900);
    },
    120_000,
  );
});
