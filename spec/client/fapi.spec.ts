import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cibaClient } from 'ciba-backchannel/client';
import { type CryptoKey, importJWK } from 'jose';
import * as openid from 'openid-client';
import { fetch } from 'undici';
import type { FapiClient } from '../../examples/fapi/clients-file.js';
import { type AuthMethod, authMethods, type Client, modes } from '../conformance/clients.js';
import { decide, getAccounts, registerClient } from '../conformance/messages.js';
import { type NotifiedRun, startNotifiedRun } from '../conformance/notified-run.js';

type Run = NotifiedRun['run'];

/** How a client authenticates, and what its tokens are bound to. */
interface Kind {
  authMethod: AuthMethod;
  binding: 'certificate' | 'DPoP';
}
const bound: Kind[] = authMethods.map((authMethod) => ({ authMethod, binding: 'certificate' }));
const profiles: { fapi: '1.0' | '2.0'; kinds: Kind[] }[] = [
  { fapi: '1.0', kinds: bound },
  { fapi: '2.0', kinds: [...bound, { authMethod: 'private_key_jwt', binding: 'DPoP' }] },
];

/** The client of the FAPI example; `asked` tells the auth_req_id, which the client tells nobody. */
async function discover(run: Run, { id, authMethod, key, certificate }: Client, binding: Kind['binding']) {
  const authentication =
    authMethod === 'mtls'
      ? openid.TlsClientAuth()
      : openid.PrivateKeyJwt({ key: (await importJWK(key, 'PS256')) as CryptoKey, kid: key.kid as string });
  const dispatcher = run.agent(binding === 'DPoP' ? undefined : certificate);
  const seen: string[] = [];
  const customFetch = async (url: string, options: object) => {
    const response = await fetch(url, { ...options, dispatcher });
    const body = await response.clone().text();
    const id = /"auth_req_id":"([^"]+)"/.exec(body)?.[1];
    if (id !== undefined) seen.push(id);
    return response;
  };
  const config = await openid.discovery(new URL(run.issuer), id, undefined, authentication, {
    [openid.customFetch]: customFetch as unknown as openid.CustomFetch,
  });
  return { config, asked: () => seen[0] as string };
}

/** The same client, registered again, with tokens that are bound by DPoP. */
async function withDpop({ run, clients }: NotifiedRun, client: Client): Promise<Client> {
  const registration = clients.file.clients.find(({ client_id }) => client_id === client.id) as FapiClient;
  const id = await registerClient(run, {
    ...registration,
    tls_client_certificate_bound_access_tokens: undefined,
    dpop_bound_access_tokens: true,
  });
  return { ...client, id };
}

describe.each(profiles)('Over FAPI $fapi', ({ fapi, kinds }) => {
  let started: NotifiedRun;
  beforeAll(async () => {
    started = await startNotifiedRun(undefined, fapi);
  }, 60_000);
  afterAll(() => started?.close());

  const variants = kinds.flatMap((kind) => modes.map((mode) => ({ ...kind, mode })));

  it.each(variants)(
    'asks with a signed request, in $mode mode; $authMethod, tokens bound by $binding',
    async ({ authMethod, binding, mode }) => {
      const { run, clients, endpoint } = started;
      const registered = clients.client(authMethod, mode);
      const client = binding === 'DPoP' ? await withDpop(started, registered) : registered;
      const { config, asked } = await discover(run, client, binding);
      const requestObject = { key: client.key, alg: 'PS256' };
      const approvals = cibaClient({ config, mode, requestObject, dpop: binding === 'DPoP', logger: false });
      try {
        const parameters = { scope: client.scope, login_hint: client.loginHint, binding_message: '1234' };
        expect(await approvals.ask('invoice-1', parameters)).toMatchObject({ state: 'waiting' });
        const waiting = approvals.wait('invoice-1');
        await decide(run, asked(), 'allow');
        if (mode === 'ping') {
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
        await approvals.use('invoice-1', async ({ fetch, accessToken, claims }) => {
          expect(claims).toMatchObject({ iss: run.issuer, sub: client.loginHint, aud: client.id });
          const answer = await fetch(new URL('/accounts', run.issuer));
          expect([answer.status, await answer.json()]).toEqual([200, { accounts: expect.any(Array) }]);
          expect((await getAccounts(run, accessToken)).status).toBe(401);
        });
      } finally {
        await approvals.close();
      }
    },
  );
});
