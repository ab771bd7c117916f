import { expect } from '@jest/globals';
import {
  type AnsweredEvent,
  authorized,
  cibaBackchannel,
  cibaDiscovery,
  cibaToken,
  type TokenRequest,
} from 'ciba-backchannel';
import { embeddedAuthlete } from 'ciba-backchannel/embedded';
import express from 'express';
import { decodeJwt, exportJWK, generateKeyPair } from 'jose';
import * as openid from 'openid-client';
import { AskedSignal } from '../support/asked-signal.js';
import { concurrently } from '../support/concurrently.js';
import { deferred } from '../support/deferred.js';
import { serving } from '../support/serving.js';

/** A provider that holds polls, its client's user, and what Authlete is asked about tokens. */
async function provider() {
  const app = express();
  const issuer = `http://127.0.0.1:${(await serving(app)).port}`;
  const key = await generateKeyPair('ES256');
  const engine = await embeddedAuthlete({
    issuer,
    interval: 1,
    clients: [
      { client_id: 'shop', client_secret: 'shop-secret', backchannel_token_delivery_mode: 'poll' },
      {
        client_id: 'bank',
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [{ ...(await exportJWK(key.publicKey)), alg: 'ES256', use: 'sig' }] },
        backchannel_token_delivery_mode: 'poll',
      },
    ],
  });
  const asked: TokenRequest[] = [];
  const authlete: typeof engine = {
    ...engine,
    token(request, options) {
      asked.push(request);
      return engine.token(request, options);
    },
  };
  const signal = new AskedSignal();
  const events: AnsweredEvent[] = [];
  const approval = deferred<void>();
  app.use(
    '/backchannel/authentication',
    cibaBackchannel({
      authlete,
      identifyUser: ({ hint }) => ({ subject: hint }),
      authenticate: async () => {
        await approval.promise;
        return authorized();
      },
      decided: signal,
    }),
  );
  const htu = `${issuer}/token`;
  app.use(
    '/token',
    cibaToken({
      authlete,
      htu,
      longPolling: { signal },
      onEvent: (event) => void events.push(event as AnsweredEvent),
    }),
  );
  app.use(cibaDiscovery({ authlete }));
  return { issuer, htu, privateKey: key.privateKey, signal, asked, events, approve: approval.resolve };
}

for (const { credentials, clientId, dpop } of [
  { credentials: 'a client secret and a DPoP proof', clientId: 'shop', dpop: true },
  { credentials: 'a private_key_jwt assertion', clientId: 'bank', dpop: false },
  { credentials: 'a private_key_jwt assertion and a DPoP proof', clientId: 'bank', dpop: true },
]) {
  const name = `A held poll with ${credentials} gets its tokens when the user approves, and Authlete is asked once`;
  concurrently(name, async () => {
    const { issuer, htu, privateKey, signal, asked, events, approve } = await provider();
    const authentication =
      clientId === 'bank' ? openid.PrivateKeyJwt(privateKey) : openid.ClientSecretBasic('shop-secret');
    const execute = [openid.allowInsecureRequests];
    const config = await openid.discovery(new URL(issuer), clientId, undefined, authentication, { execute });
    const DPoP = dpop ? openid.getDPoPHandle(config, await openid.randomDPoPKeyPair()) : undefined;

    const request = { scope: 'openid', login_hint: 'alice' };
    const acknowledgement = await openid.initiateBackchannelAuthentication(config, request);
    const arrived = signal.nextPoll();
    const polling = openid.pollBackchannelAuthenticationGrant(config, acknowledgement, undefined, { DPoP });
    await arrived;
    expect(asked).toEqual([]);
    approve();
    const tokens = await polling;

    expect(tokens.claims()?.sub).toBe('alice');
    expect(asked).toHaveLength(1);
    expect(events).toEqual([expect.objectContaining({ status: 200, heldMs: expect.any(Number) })]);
    // What may be used once is what the client sent with this poll.
    const form = new URLSearchParams(asked[0]?.parameters);
    expect(form.has('client_assertion')).toBe(clientId === 'bank');
    if (dpop) {
      expect(asked[0]).toMatchObject({ dpop: expect.any(String), htm: 'POST', htu });
      expect(decodeJwt(asked[0]?.dpop ?? '')).toMatchObject({ htm: 'POST', htu });
    }
  });
}
