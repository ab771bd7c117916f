import { describe, expect } from '@jest/globals';
import { memoryStore } from 'ciba-backchannel/client';
import { approvalsOf, request as asked, cibaServer, discover } from '../support/ciba-server.js';
import { concurrently } from '../support/concurrently.js';
import { deferred } from '../support/deferred.js';
import { type StubProviderOptions, stubProvider } from '../support/stub-provider.js';

const keys = ['k'.repeat(32)];

async function approved(options: StubProviderOptions = {}, more: object = {}) {
  const provider = await stubProvider(options);
  const store = memoryStore();
  const config = await discover(provider.issuer);
  const approvals = approvalsOf({ config, store, keys, ...more });
  await approvals.ask('invoice-1', asked);
  expect(await approvals.wait('invoice-1')).toMatchObject({ state: 'approved' });
  return { ...provider, approvals, config, store };
}

describe('use()', () => {
  concurrently('lets one in at a time, in this process and in another', async () => {
    const { approvals, config, store } = await approved();
    const other = approvalsOf({ config, store, keys });
    const [begun, end] = [deferred(), deferred()];
    const using = approvals.use('invoice-1', async () => {
      begun.resolve();
      await end.promise;
    });
    await begun.promise;
    for (const client of [approvals, other]) {
      await expect(client.use('invoice-1', () => {})).rejects.toMatchObject({
        code: 'ERR_APPROVAL_IN_USE',
        retryable: true,
      });
    }
    await expect(approvals.withdraw('invoice-1')).rejects.toMatchObject({ code: 'ERR_APPROVAL_IN_USE' });
    end.resolve();
    await using;
    expect(await other.wait('invoice-1')).toMatchObject({ state: 'used' });
  });

  concurrently('gives back what failed, and counts the attempts', async () => {
    const { approvals } = await approved();
    const failure = new Error('the bank is closed');
    await expect(approvals.use('invoice-1', () => Promise.reject(failure))).rejects.toBe(failure);
    expect(await approvals.wait('invoice-1')).toMatchObject({ state: 'approved', attempt: 1 });
    expect(await approvals.use('invoice-1', ({ attempt }) => attempt)).toBe(2);
  });

  concurrently('leaves no token in the store', async () => {
    const { approvals, store } = await approved();
    const sizes: number[] = [];
    const { replace } = store;
    store.replace = (row) => {
      sizes.push(row.data.length);
      return replace(row);
    };
    await approvals.use('invoice-1', () => {});
    expect(sizes).toHaveLength(2);
    expect(sizes[1]).toBeLessThan((sizes[0] as number) / 2);
  });

  concurrently('sends the token to one origin, or to those that it was told', async () => {
    const { approvals, issuer, resourceRequests } = await approved();
    const elsewhere = 'http://127.0.0.1:1/';
    await expect(
      approvals.use('invoice-1', async ({ fetch }) => {
        await fetch(`${issuer}/resource`, { method: 'POST', headers: { 'x-id': '1' }, body: 'paid' });
        await fetch(elsewhere);
      }),
    ).rejects.toMatchObject({ code: 'ERR_APPROVAL_ORIGIN' });
    expect(resourceRequests).toMatchObject([{ authorization: 'Bearer the-access-token', 'x-id': '1' }]);
    const told = approvals.use('invoice-1', ({ fetch }) => fetch(`${issuer}/resource`), { origins: [elsewhere] });
    await expect(told).rejects.toMatchObject({ code: 'ERR_APPROVAL_ORIGIN' });
  });

  concurrently("gives the resource's refusal as it is, and ends with the caller's signal", async () => {
    const { approvals, issuer, app } = await approved();
    app.get('/refused', (_req, res) => res.status(401).set('WWW-Authenticate', 'Bearer error="invalid_token"').end());
    app.get('/never', () => {});
    await approvals.use('invoice-1', async ({ fetch }) => {
      expect((await fetch(`${issuer}/refused`)).status).toBe(401);
      await expect(fetch(`${issuer}/never`, { signal: AbortSignal.timeout(50) })).rejects.toThrow();
    });
  });

  concurrently('rejects a key that was not asked for', async () => {
    const { approvals } = await approved();
    for (const call of [approvals.use('other', () => {}), approvals.wait('other'), approvals.withdraw('other')]) {
      await expect(call).rejects.toMatchObject({ code: 'ERR_APPROVAL_UNKNOWN', retryable: false });
    }
  });
});

describe('withdraw()', () => {
  concurrently('ends the request at the server, and every wait for it', async () => {
    const { approvals, revocations } = await (async () => {
      const provider = await stubProvider({ token: (_n, _req, res) => setTimeout(() => res.end(), 60_000).unref() });
      const approvals = approvalsOf({ config: await discover(provider.issuer) });
      await approvals.ask('invoice-1', asked);
      return { ...provider, approvals };
    })();
    const outcome = approvals.wait('invoice-1');
    expect(await approvals.withdraw('invoice-1')).toMatchObject({ state: 'withdrawn' });
    expect(await outcome).toMatchObject({ state: 'withdrawn' });
    expect(revocations).toMatchObject([{ token: 'the-auth-req-id', token_type_hint: 'auth_req_id' }]);
    expect(await approvals.withdraw('invoice-1')).toMatchObject({ state: 'withdrawn' });
    expect(revocations).toHaveLength(1);
    expect(await approvals.ask('invoice-1', asked)).toMatchObject({ state: 'withdrawn' });
  });

  concurrently('revokes the tokens of what was approved', async () => {
    const { approvals, revocations } = await approved();
    expect(await approvals.withdraw('invoice-1')).toMatchObject({ state: 'withdrawn' });
    expect(revocations).toMatchObject([{ token: 'the-access-token', token_type_hint: 'access_token' }]);
    await expect(approvals.use('invoice-1', () => {})).rejects.toMatchObject({ state: 'withdrawn' });
  });
});

describe('With DPoP', () => {
  concurrently("tokens are bound to the approval's key, which another process has too", async () => {
    const server = await cibaServer({ engine: { dpopNonce: true } });
    const config = await discover(server.issuer);
    const store = memoryStore();
    const proofs: unknown[] = [];
    server.app.get('/resource', (req, res) => {
      proofs.push([req.headers.authorization?.split(' ')[0], typeof req.headers.dpop]);
      res.json({});
    });
    const approvals = approvalsOf({ config, store, keys, dpop: true });
    await approvals.ask('invoice-1', asked);
    await server.prompted;
    server.approve();
    expect(await approvals.wait('invoice-1')).toMatchObject({ state: 'approved' });
    const other = approvalsOf({ config, store, keys, dpop: true });
    const token = await other.use('invoice-1', async ({ fetch, accessToken }) => {
      await fetch(`${server.issuer}/resource`);
      return accessToken;
    });
    expect(proofs).toEqual([['DPoP', 'string']]);
    expect(await server.authlete.introspection({ token } as never)).toMatchObject({ action: 'UNAUTHORIZED' });
  });

  concurrently('a token that is not bound to the key is not used', async () => {
    const provider = await stubProvider();
    const approvals = approvalsOf({ config: await discover(provider.issuer), dpop: true });
    await approvals.ask('invoice-1', asked);
    expect(await approvals.wait('invoice-1')).toMatchObject({ state: 'lost', error: 'invalid_response' });
  });
});
