import { afterAll, describe, expect, it } from '@jest/globals';
import { authorized, type CibaEvent } from 'ciba-backchannel';
import { protect } from 'ciba-backchannel/resource';
import express from 'express';
import * as openid from 'openid-client';
import { type Closing, discover, listen, type ProviderOptions, provider } from './provider.js';

const closing: Closing = [];
afterAll(async () => {
  for (const close of closing) await close();
});

const secret = 'a secret';
const clients = [
  {
    client_id: 'teller',
    client_secret: secret,
    backchannel_token_delivery_mode: 'poll' as const,
    dpop_bound_access_tokens: true,
  },
];
const hooks = { identifyUser: ({ hint }: { hint: string }) => ({ subject: hint }), authenticate: () => authorized() };

type Engine = ProviderOptions<{ subject: string }>['engine'];
const settings: [Engine, 'nobody' | 'the engine' | 'the middleware'][] = [
  ['embedded', 'nobody'],
  ['embedded', 'the engine'],
  ['over HTTP', 'nobody'],
  ['over HTTP', 'the middleware'],
];

describe.each(settings)('openid-client with a DPoPHandle, the engine %s, where %s wants nonces', (engine, wanting) => {
  it('gets tokens, uses and refreshes them', async () => {
    const events: CibaEvent[] = [];
    const dpopNonceRequired = wanting === 'the middleware' || undefined;
    const tokenOptions = { dpopNonceRequired, onEvent: (event: CibaEvent) => events.push(event) };
    const engineOptions = { dpopNonce: wanting === 'the engine' };
    const { issuer, authlete } = await provider({ engine, clients, hooks, engineOptions, tokenOptions }, closing);
    const app = express();
    const origin = await listen(app, closing);
    const protection = protect({ authlete, htu: origin, dpopNonceRequired });
    app.use(protection);
    app.get('/accounts', (_req, res) => res.json({ accounts: [] }));
    const config = await discover(issuer, 'teller', secret);
    const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair());

    const request = { scope: 'openid offline_access', login_hint: 'alice' };
    const acknowledgement = await openid.initiateBackchannelAuthentication(config, request);
    await expect(
      openid.genericGrantRequest(config, 'urn:openid:params:grant-type:ciba', {
        auth_req_id: acknowledgement.auth_req_id,
      }),
    ).rejects.toMatchObject({ error: 'invalid_dpop_proof' });

    const tokens = await openid.pollBackchannelAuthenticationGrant(config, acknowledgement, undefined, { DPoP });
    expect(tokens).toMatchObject({ token_type: 'dpop' });
    const wanted = events.filter((event) => event.type === 'answered' && event.error === 'use_dpop_nonce');
    expect(wanted).toHaveLength(wanting === 'nobody' ? 0 : 1);
    const accounts = new URL('/accounts', origin);
    const use = (token: string, options?: openid.DPoPOptions) =>
      openid.fetchProtectedResource(config, token, accounts, 'GET', undefined, undefined, options);
    expect((await use(tokens.access_token, { DPoP })).status).toBe(200);
    await expect(use(tokens.access_token)).rejects.toMatchObject({ status: 401 });

    const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token as string, undefined, { DPoP });
    expect((await use(refreshed.access_token, { DPoP })).status).toBe(200);
    const other = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair());
    await expect(use(refreshed.access_token, { DPoP: other })).rejects.toMatchObject({ status: 401 });
  });
});
