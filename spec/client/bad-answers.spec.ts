import { describe, expect } from '@jest/globals';
import { approvalsOf, request as asked, discover } from '../support/ciba-server.js';
import { concurrently } from '../support/concurrently.js';
import { halfHash, type StubProviderOptions, stubProvider } from '../support/stub-provider.js';

async function asking(options: StubProviderOptions = {}) {
  const provider = await stubProvider(options);
  const config = await discover(provider.issuer);
  const approvals = approvalsOf({ config });
  return { ...provider, config, approvals };
}

describe('A poll without a useful answer', () => {
  const answers: { name: string; token: NonNullable<StubProviderOptions['token']> }[] = [
    { name: 'a page with 200', token: (_n, _req, res) => res.send('<html>Welcome to our Wi-Fi</html>') },
    { name: 'an empty 204', token: (_n, _req, res) => res.status(204).end() },
    { name: '404 without JSON', token: (_n, _req, res) => res.status(404).send('nothing here') },
    { name: '500', token: (_n, _req, res) => res.status(500).json({ error: 'server_error' }) },
    { name: '503', token: (_n, _req, res) => res.status(503).json({ error: 'invalid_grant' }) },
    { name: '429', token: (_n, _req, res) => res.status(429).json({ error: 'invalid_request' }) },
    { name: '400 temporarily_unavailable', token: (_n, _req, res) => res.status(400).json({ error: 'server_error' }) },
    { name: 'a connection that breaks', token: (_n, req) => req.socket.destroy() },
    { name: 'a redirect', token: (_n, _req, res) => res.redirect(307, '/elsewhere') },
    {
      name: 'an answer without end',
      token: (_n, _req, res) => {
        res.type('json');
        const more = () => {
          while (!res.destroyed && res.write('x'.repeat(100_000)));
        };
        res.on('drain', more);
        more();
      },
    },
  ];
  for (const { name, token } of answers) {
    concurrently(`ends nothing: ${name}`, async () => {
      const { approvals } = await asking({
        token: async (n, req, res, tokens) => (n === 1 ? token(n, req, res, tokens) : res.json(await tokens())),
      });
      await approvals.ask('invoice-1', asked);
      expect(await approvals.wait('invoice-1')).toMatchObject({ state: 'approved' });
    });
  }

  concurrently('ends nothing: an answer that is late', async () => {
    const { approvals, config } = await asking({
      token: async (n, _req, res, tokens) => (n === 1 ? undefined : res.json(await tokens())),
    });
    config.timeout = 0.3;
    await approvals.ask('invoice-1', asked);
    expect(await approvals.wait('invoice-1')).toMatchObject({ state: 'approved' });
  });

  concurrently('is not repeated before Retry-After has passed', async () => {
    const { approvals, tokenRequests } = await asking({
      token: async (n, _req, res, tokens) =>
        n === 1 ? res.status(503).set('Retry-After', '3').end() : res.json(await tokens()),
    });
    await approvals.ask('invoice-1', asked);
    await approvals.wait('invoice-1');
    expect((tokenRequests[1]?.at as number) - (tokenRequests[0]?.at as number)).toBeGreaterThanOrEqual(3000);
  });

  concurrently('ends when the request has expired', async () => {
    const { approvals } = await asking({
      backchannel: (_req, res, defaults) => res.json({ ...defaults, expires_in: 2 }),
      token: (_n, req) => req.socket.destroy(),
    });
    await approvals.ask('invoice-1', asked);
    expect(await approvals.wait('invoice-1')).toMatchObject({ state: 'expired' });
  });
});

describe('An authentication request without a useful answer', () => {
  concurrently('is repeated', async () => {
    const { approvals, backchannelRequests } = await asking({
      backchannel: (req, res, defaults) => {
        if (backchannelRequests.length === 1) req.socket.destroy();
        else if (backchannelRequests.length === 2) res.status(503).end();
        else res.json(defaults);
      },
    });
    expect(await approvals.ask('invoice-1', asked)).toMatchObject({ state: 'waiting' });
    expect(backchannelRequests).toHaveLength(3);
  });

  concurrently('is given up after ten seconds, and may be sent again', async () => {
    let isAway = true;
    const { approvals } = await asking({
      backchannel: (_req, res, defaults) => (isAway ? res.status(502).send('<html>') : res.json(defaults)),
    });
    await expect(approvals.ask('invoice-1', asked)).rejects.toMatchObject({
      code: 'ERR_APPROVAL_UNREACHABLE',
      retryable: true,
    });
    isAway = false;
    expect(await approvals.ask('invoice-1', asked)).toMatchObject({ state: 'waiting' });
  });
});

describe('The keys of ID tokens', () => {
  concurrently('are fetched again when that failed, and the tokens are kept meanwhile', async () => {
    let fetched = 0;
    const { approvals, tokenRequests } = await asking({
      jwks: (res, keys) => {
        fetched += 1;
        if (fetched === 1) res.status(503).end();
        else res.json(keys);
      },
    });
    await approvals.ask('invoice-1', asked);
    expect(await approvals.wait('invoice-1')).toMatchObject({ state: 'approved' });
    expect(tokenRequests).toHaveLength(1);
    expect(fetched).toBe(2);
  });
});

describe('Clocks that are ten minutes apart', () => {
  for (const minutes of [-10, 10]) {
    concurrently(`do not matter: the server's is ${minutes} minutes ahead`, async () => {
      const ahead = minutes * 60;
      const now = Math.floor(Date.now() / 1000) + ahead;
      const { approvals } = await asking({
        claims: { iat: now, exp: now + 300 },
        token: async (_n, _req, res, tokens) => {
          res.set('Date', new Date(Date.now() + ahead * 1000).toUTCString());
          res.json(await tokens());
        },
      });
      await approvals.ask('invoice-1', asked);
      expect(await approvals.wait('invoice-1')).toMatchObject({ state: 'approved' });
    });
  }
});

describe('A push', () => {
  const authReqId = 'urn:openid:params:jwt:claim:auth_req_id';
  const rtHash = 'urn:openid:params:jwt:claim:rt_hash';
  const right = { [authReqId]: 'the-auth-req-id', [rtHash]: halfHash('the-refresh-token') };

  async function pushed(claims: object, more: object = {}) {
    const provider = await stubProvider();
    const approvals = approvalsOf({ config: await discover(provider.issuer), mode: 'push' });
    await approvals.ask('invoice-1', asked);
    const token = provider.backchannelRequests[0]?.client_notification_token;
    const tokens = { ...(await provider.tokens(claims as never)), refresh_token: 'the-refresh-token', ...more };
    const { status } = await approvals.fetch(
      new Request('http://client.example/', {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ auth_req_id: 'the-auth-req-id', ...tokens }),
      }),
    );
    expect(status).toBe(204);
    const outcome = await approvals.wait('invoice-1');
    expect(provider.tokenRequests).toHaveLength(0);
    return outcome;
  }

  concurrently('is good when all hashes are right', async () => {
    expect(await pushed(right)).toMatchObject({ state: 'approved' });
  });

  for (const { name, claims, more } of [
    { name: 'auth_req_id', claims: { ...right, [authReqId]: 'other' } },
    { name: 'auth_req_id that is missing', claims: { [rtHash]: right[rtHash] } },
    { name: 'rt_hash', claims: { ...right, [rtHash]: halfHash('other') } },
    { name: 'rt_hash that is missing', claims: { [authReqId]: right[authReqId] } },
    { name: 'at_hash', claims: { ...right, at_hash: halfHash('other') } },
    { name: 'access token', claims: right, more: { access_token: 'other' } },
    { name: 'ID token that is missing', claims: right, more: { id_token: undefined } },
  ]) {
    concurrently(`is lost with a wrong ${name}`, async () => {
      expect(await pushed(claims, more)).toMatchObject({ state: 'lost', error: 'invalid_response' });
    });
  }
});
