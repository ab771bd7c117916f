import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cibaClient } from 'ciba-backchannel/client';
import { type CryptoKey, importJWK } from 'jose';
import * as openid from 'openid-client';
import { fetch } from 'undici';
import { authMethods, type Client, modes } from '../conformance/clients.js';
import { decide } from '../conformance/messages.js';
import { type NotifiedRun, startNotifiedRun } from '../conformance/notified-run.js';

let { endpoint, clients, run, close } = {} as NotifiedRun;
beforeAll(async () => {
  ({ endpoint, clients, run, close } = await startNotifiedRun());
}, 60_000);
afterAll(() => close?.());

/** The client of the FAPI example; `asked` tells the auth_req_id, which the client tells nobody. */
async function discover(client: Client) {
  const { authMethod, key } = client;
  const authentication =
    authMethod === 'mtls'
      ? openid.TlsClientAuth()
      : openid.PrivateKeyJwt({ key: (await importJWK(key, 'PS256')) as CryptoKey, kid: key.kid as string });
  const dispatcher = run.agent(client.certificate);
  const seen: string[] = [];
  const customFetch = async (url: string, options: object) => {
    const response = await fetch(url, { ...options, dispatcher });
    const body = await response.clone().text();
    const id = /"auth_req_id":"([^"]+)"/.exec(body)?.[1];
    if (id !== undefined) seen.push(id);
    return response;
  };
  const config = await openid.discovery(new URL(run.issuer), client.id, undefined, authentication, {
    [openid.customFetch]: customFetch as unknown as openid.CustomFetch,
  });
  return { config, asked: () => seen[0] as string };
}

const variants = authMethods.flatMap((authMethod) => modes.map((mode) => ({ authMethod, mode })));

describe.each(variants)('FAPI: $authMethod, mutual TLS and signed requests, in $mode mode', (variant) => {
  it('asks, waits and calls the resource with its certificate', async () => {
    const client = clients.client(variant.authMethod, variant.mode);
    const { config, asked } = await discover(client);
    const requestObject = { key: client.key, alg: 'PS256' };
    const approvals = cibaClient({ config, mode: variant.mode, requestObject, logger: false });
    try {
      const parameters = { scope: client.scope, login_hint: client.loginHint, binding_message: '1234' };
      expect(await approvals.ask('invoice-1', parameters)).toMatchObject({ state: 'waiting' });
      const waiting = approvals.wait('invoice-1');
      await decide(run, asked(), 'allow');
      if (variant.mode === 'ping') {
        const ping = await endpoint.notification(asked());
        const { status } = await approvals.fetch(
          new Request(client.notificationEndpoint, {
            method: 'POST',
            headers: { authorization: String(ping.headers.authorization), 'content-type': 'application/json' },
            body: JSON.stringify({ auth_req_id: asked() }),
          }),
        );
        ping.answer(204);
        expect(status).toBe(204);
      }
      expect(await waiting).toMatchObject({ state: 'approved' });
      await approvals.use('invoice-1', async ({ fetch, claims }) => {
        expect(claims).toMatchObject({ iss: run.issuer, sub: client.loginHint, aud: client.id });
        const answer = await fetch(new URL('/accounts', run.issuer));
        expect([answer.status, await answer.json()]).toEqual([200, { accounts: expect.any(Array) }]);
      });
    } finally {
      await approvals.close();
    }
  });
});
