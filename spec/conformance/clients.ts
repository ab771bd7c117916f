import { X509Certificate } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import type { ClientsFile, FapiClient } from '../../examples/fapi/clients-file.js';
import { acrValue } from '../../examples/fapi/profile.js';
import type { KeyAndCertificate } from '../../examples/fapi/self-signed.js';
import { makeCertificate } from '../support/certificates.js';
import { keyPair } from '../support/key-pairs.js';
import { oncePerProcess } from '../support/once-per-process.js';
import type { FapiRun } from './fapi-run.js';
import { registerClient } from './messages.js';

/** How clients authenticate, as the plan calls it. */
export const authMethods = ['private_key_jwt', 'mtls'] as const;
export type AuthMethod = (typeof authMethods)[number];
export const modes = ['poll', 'ping'] as const;
export type Mode = (typeof modes)[number];

/** How it is known to the server: from its configuration, or because it registered itself. */
export const registrations = ['static', 'dynamic'] as const;
export type Registration = (typeof registrations)[number];

/** Every kind of client that the plan has, for each mode. */
export const kinds = authMethods.flatMap((authMethod) =>
  registrations.map((registration) => ({ authMethod, registration })),
);

/** How a client was registered makes no difference to its polls: half of them will do where those are held. */
export const staticKinds = kinds.filter(({ registration }) => registration === 'static');

/** A client, as it knows itself. */
export interface Client {
  id: string;
  authMethod: AuthMethod;
  mode: Mode;
  scope: string;
  loginHint: string;
  /** Asked for by the plan's second client. */
  acr?: string;
  /** Private: signs request objects and assertions. */
  key: JWK;
  /** What it presents on its connections. */
  certificate: KeyAndCertificate;
  /** Where it takes pings. */
  notificationEndpoint: string;
}

/** Two clients for each variant of the plan, and what the server knows of them. */
export interface Clients {
  file: ClientsFile;
  /** The first client of a variant, or the second. */
  client(authMethod: AuthMethod, mode: Mode, number?: 1 | 2, registration?: Registration): Client;
  /** Registers the dynamic clients with a running server. */
  register(run: FapiRun): Promise<void>;
}

const numbers = [1, 2] as const;

/**
 * Makes them. All first clients share an RSA key and all second clients another: making one is slow.
 *
 * @param notifications where the clients take pings; without it they get none
 */
export async function makeClients(
  notifications: { baseUrl: string; ca?: string } = { baseUrl: 'https://suite.example.com' },
): Promise<Clients> {
  const [keyOfFirst, keyOfSecond] = (await Promise.all(
    numbers.map((number) => oncePerProcess(`the key of client ${number}`, () => makeKey(number))),
  )) as [JWK, JWK];
  const clients = new Map<string, Client>();
  const { baseUrl: suite, ca } = notifications;
  const file: ClientsFile = { notification_ca: ca, suite, initial_access_token: 'initial', clients: [] };
  for (const authMethod of authMethods) {
    for (const mode of modes) {
      for (const number of numbers) {
        const id = `${authMethod}-${mode}-${number}`;
        const client: Client = {
          id,
          authMethod,
          mode,
          scope: 'openid offline_access accounts',
          loginHint: `customer-${number}`,
          acr: number === 2 ? acrValue : undefined,
          key: number === 1 ? keyOfFirst : keyOfSecond,
          certificate: await makeCertificate({ subject: `CN=${id}` }),
          notificationEndpoint: `${suite}/${id}`,
        };
        clients.set(id, client);
        file.clients.push(await registrationOf(client));
      }
    }
  }
  return {
    file,
    client: (authMethod, mode, number = 1, registration = 'static') =>
      clients.get(`${registration === 'dynamic' ? 'dynamic-' : ''}${authMethod}-${mode}-${number}`) as Client,
    async register(run) {
      for (const client of [...clients.values()]) {
        const name = `dynamic-${client.id}`;
        const dynamic = { ...client, notificationEndpoint: `${suite}/test/${name}` };
        clients.set(name, { ...dynamic, id: await registerClient(run, await registrationOf(dynamic)) });
      }
    },
  };
}

async function makeKey(number: number): Promise<JWK> {
  const { privateKey } = number === 1 ? await keyPair('PS256') : await generateKeyPair('PS256', { extractable: true });
  return { ...(await exportJWK(privateKey)), kid: `signature-${number}`, alg: 'PS256', use: 'sig' };
}

async function registrationOf(client: Client): Promise<FapiClient> {
  const { authMethod, key, certificate } = client;
  const { kty, n, e, kid, alg, use } = key;
  const { publicKey, raw } = new X509Certificate(certificate.cert);
  const certificateKey = { ...(await exportJWK(publicKey)), kid: 'certificate', x5c: [raw.toString('base64')] };
  return {
    client_id: client.id,
    client_name: client.id,
    token_endpoint_auth_method: authMethod === 'mtls' ? 'self_signed_tls_client_auth' : authMethod,
    tls_client_certificate_bound_access_tokens: true,
    scope: client.scope,
    hint_type: 'login_hint',
    hint_value: client.loginHint,
    backchannel_token_delivery_mode: client.mode,
    grant_types: ['urn:openid:params:grant-type:ciba', 'refresh_token', 'client_credentials'],
    // Those that poll have one as well: no ping may ever arrive there.
    backchannel_client_notification_endpoint: client.notificationEndpoint,
    backchannel_authentication_request_signing_alg: 'PS256',
    jwks: { keys: [{ kty, n, e, kid, alg, use }, ...(authMethod === 'mtls' ? [certificateKey] : [])] },
    certificate: certificate.cert,
  };
}
