import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type CryptoKey, importJWK } from 'jose';
import * as openid from 'openid-client';
import { fetch } from 'undici';
import { authMethods, type Client, modes } from '../conformance/clients.js';
import { decide, notificationToken, requestClaims, signer } from '../conformance/messages.js';
import { type NotifiedRun, startNotifiedRun } from '../conformance/notified-run.js';

let { endpoint, clients, run, close } = {} as NotifiedRun;
beforeAll(async () => {
  ({ endpoint, clients, run, close } = await startNotifiedRun());
}, 60_000);
afterAll(() => close?.());

async function authentication({ authMethod, key }: Client): Promise<openid.ClientAuth> {
  if (authMethod === 'mtls') return openid.TlsClientAuth();
  const privateKey = { key: (await importJWK(key, 'PS256')) as CryptoKey, kid: key.kid };
  return openid.PrivateKeyJwt(privateKey, {
    [openid.modifyAssertion](_header, payload) {
      payload.aud = run.metadata.token_endpoint;
    },
  });
}

/** The server trusted by its own certificate, the client's certificate on every connection, ID tokens checked. */
async function discover(client: Client): Promise<openid.Configuration> {
  const dispatcher = run.agent(client.certificate);
  const customFetch = (url: string, options: object) => fetch(url, { ...options, dispatcher });
  return openid.discovery(new URL(run.issuer), client.id, undefined, await authentication(client), {
    execute: [openid.enableNonRepudiationChecks],
    [openid.customFetch]: customFetch as unknown as openid.CustomFetch,
  });
}

/** The claims of the request travel in a JWT, which openid-client leaves to its user. */
async function initiate(config: openid.Configuration, client: Client) {
  const request = await signer(client.key)(requestClaims(run, client));
  return openid.initiateBackchannelAuthentication(config, { request });
}

/** Asks at once: the user has decided. */
function grant(config: openid.Configuration, acknowledgement: openid.BackchannelAuthenticationResponse) {
  return openid.pollBackchannelAuthenticationGrant(config, { ...acknowledgement, interval: 0 });
}

const variants = authMethods.flatMap((authMethod) => modes.map((mode) => ({ authMethod, mode })));

describe.each(variants)('openid-client, with $authMethod, mutual TLS and signed requests, in $mode mode', (variant) => {
  let client: Client;
  let config: openid.Configuration;
  beforeAll(async () => {
    client = clients.client(variant.authMethod, variant.mode);
    config = await discover(client);
  });

  async function hearOf(authReqId: string): Promise<void> {
    if (variant.mode === 'poll') return;
    const ping = await endpoint.notification(authReqId);
    expect(ping.headers.authorization).toBe(`Bearer ${notificationToken(client)}`);
    ping.answer(204);
  }

  it('gets tokens that it can use and refresh', async () => {
    const acknowledgement = await initiate(config, client);
    const { auth_req_id } = acknowledgement;
    const early = openid.genericGrantRequest(config, 'urn:openid:params:grant-type:ciba', { auth_req_id });
    await expect(early).rejects.toMatchObject({ error: 'authorization_pending' });

    await decide(run, auth_req_id, 'allow');
    await hearOf(auth_req_id);
    const tokens = await grant(config, acknowledgement);
    expect(tokens.claims()).toMatchObject({ iss: run.issuer, sub: client.loginHint, aud: client.id });

    const accounts = new URL('/accounts', run.issuer);
    const answer = await openid.fetchProtectedResource(config, tokens.access_token, accounts, 'GET');
    expect([answer.status, await answer.json()]).toEqual([200, { accounts: expect.any(Array) }]);

    const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token as string);
    expect(refreshed.claims()).toMatchObject({ sub: client.loginHint });
    expect(refreshed.access_token).not.toBe(tokens.access_token);
  });

  it('hears that the user rejected', async () => {
    const acknowledgement = await initiate(config, client);
    await decide(run, acknowledgement.auth_req_id, 'deny');
    await hearOf(acknowledgement.auth_req_id);
    await expect(grant(config, acknowledgement)).rejects.toMatchObject({ error: 'access_denied' });
  });
});
