import { describe, expect } from '@jest/globals';
import type { JWTPayload } from 'jose';
import { approvalsOf, request as asked, discover } from '../support/ciba-server.js';
import { concurrently } from '../support/concurrently.js';
import { type StubProviderOptions, sign, stubProvider } from '../support/stub-provider.js';

// The OpenID Foundation's plan for CIBA clients, fapi-ciba-id1-client-test-plan, module by module.

async function run(options: StubProviderOptions = {}) {
  const provider = await stubProvider(options);
  const approvals = approvalsOf({ config: await discover(provider.issuer) });
  const first = await approvals.ask('invoice-1', asked);
  const outcome = await approvals.wait('invoice-1');
  return { ...provider, approvals, first, outcome };
}

/** Pending twice, then what the spec says. */
function third(status: number, body: object): StubProviderOptions {
  return {
    token: (n, _req, res) => (n < 3 ? pending(res) : res.status(status).json(body)),
  };
}

function pending(res: { status(code: number): { json(body: object): unknown } }): unknown {
  return res.status(400).json({ error: 'authorization_pending' });
}

describe('The whole flow', () => {
  concurrently('client-test: polls until there are tokens, and calls the resource', async () => {
    const { approvals, outcome, issuer, tokenRequests, resourceRequests } = await run({
      token: async (n, _req, res, tokens) => (n < 3 ? pending(res) : res.json(await tokens())),
    });
    expect(outcome).toMatchObject({ state: 'approved' });
    expect(tokenRequests).toHaveLength(3);
    await approvals.use('invoice-1', async ({ fetch }) => {
      expect((await fetch(`${issuer}/resource`)).status).toBe(200);
    });
    expect(resourceRequests).toMatchObject([{ authorization: 'Bearer the-access-token' }]);
  });

  concurrently('valid-aud-as-array', async () => {
    const { outcome } = await run({ claims: { aud: ['agent'] } });
    expect(outcome).toMatchObject({ state: 'approved' });
  });

  concurrently('no-scope-in-token-endpoint-response', async () => {
    const { outcome } = await run({
      token: async (_n, _req, res, tokens) => {
        const { expires_in: _, ...rest } = await tokens();
        res.json(rest);
      },
    });
    expect(outcome).toMatchObject({ state: 'approved' });
  });

  concurrently('respects-interval: never two token requests within it, counted from the answer', async () => {
    const { tokenRequests } = await run({
      interval: 2,
      token: async (n, _req, res, tokens) => (n < 3 ? pending(res) : res.json(await tokens())),
    });
    for (const [i, { at }] of tokenRequests.entries()) {
      if (i > 0) expect(at - (tokenRequests[i - 1]?.answeredAt as number)).toBeGreaterThanOrEqual(2000);
    }
  });

  concurrently('slow-down adds five seconds', async () => {
    const { tokenRequests } = await run({
      token: async (n, _req, res, tokens) => (n === 1 ? slowDown(res) : res.json(await tokens())),
    });
    expect((tokenRequests[1]?.at as number) - (tokenRequests[0]?.answeredAt as number)).toBeGreaterThanOrEqual(6000);
  });
});

function slowDown(res: Parameters<typeof pending>[0]): unknown {
  return res.status(400).json({ error: 'slow_down' });
}

describe('The flow ends, and nothing is called again, after', () => {
  for (const { name, left, description } of [
    { name: 'invalid-missing-authreqid', left: { expires_in: 120 }, description: 'the answer has no auth_req_id' },
    { name: 'invalid-missing-expiresin', left: { auth_req_id: 'x' }, description: 'the answer has no expires_in' },
  ]) {
    concurrently(name, async () => {
      const { first, outcome, backchannelRequests, tokenRequests } = await run({
        backchannel: (_req, res) => res.json(left),
      });
      expect(first).toMatchObject({ state: 'lost', errorDescription: description });
      expect(outcome).toEqual(first);
      expect(backchannelRequests).toHaveLength(1);
      expect(tokenRequests).toHaveLength(0);
    });
  }

  for (const error of ['unknown_user_id', 'expired_id_token_hint', 'invalid_id_token_hint']) {
    concurrently(`an error of the backchannel endpoint: ${error}`, async () => {
      const { outcome, approvals, backchannelRequests } = await run({
        backchannel: (_req, res) => res.status(400).json({ error, error_description: 'no' }),
      });
      expect(outcome).toMatchObject({ state: 'refused', error, errorDescription: 'no' });
      expect(await approvals.ask('invoice-1', asked)).toEqual(outcome);
      expect(backchannelRequests).toHaveLength(1);
    });
  }

  for (const { error, state } of [
    { error: 'invalid_request', state: 'lost' },
    { error: 'access_denied', state: 'denied' },
    { error: 'expired_token', state: 'expired' },
    { error: 'transaction_failed', state: 'failed' },
    { error: 'invalid_grant', state: 'lost' },
  ]) {
    concurrently(`an error of the token endpoint: ${error}`, async () => {
      const { outcome, tokenRequests } = await run(third(400, { error }));
      expect(outcome).toMatchObject({ state, error });
      expect(tokenRequests).toHaveLength(3);
    });
  }
});

describe('After a token response that must not be trusted, nothing is called again', () => {
  const now = Math.floor(Date.now() / 1000);
  const none = (claims: JWTPayload) => {
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    return Promise.resolve(`${encode({ alg: 'none' })}.${encode(claims)}.`);
  };
  const broken = async (claims: JWTPayload) => {
    const [header, payload, signature = ''] = (await sign(claims)).split('.');
    return `${header}.${payload}.${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`;
  };
  const cases: { name: string; options: StubProviderOptions }[] = [
    { name: 'invalid-iss', options: { claims: { iss: 'https://other.example' } } },
    { name: 'invalid-aud', options: { claims: { aud: 'other' } } },
    { name: 'invalid-secondary-aud', options: { claims: { aud: ['agent', 'other'] } } },
    { name: 'invalid-signature', options: { idToken: broken } },
    { name: 'invalid-null-alg', options: { idToken: none } },
    { name: 'invalid-alternate-alg', options: { idToken: (claims) => sign(claims, 'RS256', 'rs') } },
    { name: 'invalid-expired-exp', options: { claims: { exp: now - 360 } } },
    { name: 'invalid-iat-is-week-in-past', options: { claims: { iat: now - 7 * 24 * 3600 } } },
    { name: 'invalid-missing-aud', options: { claims: { aud: undefined } as never } },
    { name: 'invalid-missing-exp', options: { claims: { exp: undefined } as never } },
    { name: 'invalid-missing-iss', options: { claims: { iss: undefined } as never } },
    { name: 'a wrong at_hash', options: { claims: { at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' } } },
    { name: 'no access token', options: { token: (_n, _req, res) => res.json({ token_type: 'Bearer' }) } },
    {
      name: 'an unknown token type',
      options: { token: (_n, _req, res) => res.json({ access_token: 'x', token_type: 'mac' }) },
    },
  ];
  for (const { name, options } of cases) {
    concurrently(name, async () => {
      const { outcome, approvals, tokenRequests } = await run(options);
      expect(outcome).toMatchObject({ state: 'lost', error: 'invalid_response' });
      await expect(approvals.use('invoice-1', () => {})).rejects.toMatchObject({ state: 'lost' });
      expect(tokenRequests).toHaveLength(1);
    });
  }
});
