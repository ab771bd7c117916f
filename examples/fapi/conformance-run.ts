import { randomBytes, type webcrypto, X509Certificate } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import type { ClientsFile, FapiClient } from './clients-file.js';
import { type ProfileName, profiles } from './profile.js';
import { type KeyAndCertificate, makeRsaKeys, makeSelfSigned } from './self-signed.js';

/** Configuration of the conformance suite for one variant of its plan. Holds private keys. */
export interface SuiteConfiguration {
  alias: string;
  [name: string]: unknown;
}

/** A variant of `fapi-ciba-id1-test-plan`. */
export interface Variant {
  profile: ProfileName;
  /** How clients authenticate. */
  clientAuthType: 'private_key_jwt' | 'mtls';
  /** How they learn the result. */
  cibaMode: 'poll' | 'ping';
  registration: 'static_client' | 'dynamic_client';
}

/** The variants that the suite has and this server can serve. */
export const variants: readonly Variant[] = [
  ...everyClient('plain_fapi', 'static_client'),
  ...everyClient('plain_fapi', 'dynamic_client'),
  ...everyClient('openbanking_uk', 'static_client'),
  ...everyClient('openbanking_uk', 'dynamic_client'),
  {
    profile: 'openbanking_brazil',
    clientAuthType: 'private_key_jwt',
    cibaMode: 'ping',
    registration: 'static_client',
  },
];

function everyClient(profile: ProfileName, registration: Variant['registration']): Variant[] {
  return (['private_key_jwt', 'mtls'] as const).flatMap((clientAuthType) =>
    (['poll', 'ping'] as const).map((cibaMode) => ({ profile, clientAuthType, cibaMode, registration })),
  );
}

const hint = { hint_type: 'login_hint', hint_value: 'customer-1' } as const;

/**
 * Makes both sides of a run: for each variant with static clients two clients, with fresh keys and certificates. All first
 * clients share their keys, and so do all second ones: making keys takes a while, and a plan uses one variant only.
 *
 * @param issuer of the server under test
 * @param suite base URL of the conformance suite, where it takes notifications
 * @param notificationCa PEM: the authority that issued the suite's certificate
 * @returns the server's clients, and the suite's configurations by the names of their files
 */
export async function makeConformanceRun(issuer: string, suite: string, notificationCa?: string) {
  const token = randomBytes(32).toString('base64url');
  const clientsFile: ClientsFile = { notification_ca: notificationCa, suite, initial_access_token: token, clients: [] };
  const suiteConfigurations: Record<string, SuiteConfiguration> = {};
  const keys = await Promise.all([makeClientKeys(), makeClientKeys()]);
  const pairs = new Map<string, [MadeClient, MadeClient]>();
  for (const variant of variants) {
    const name = nameOf(variant);
    const pairName = nameOfClients(variant);
    const alias = `ciba-backchannel-${pairName.replaceAll('_', '-')}`;
    const scope = scopeOf(variant);
    const common = {
      alias,
      description: `ciba-backchannel, ${name}`,
      server: { discoveryUrl: `${issuer}/.well-known/openid-configuration` },
      resource: resourceOf(variant, issuer),
      automated_ciba_approval_url: `${issuer}/simulator/decide?auth_req_id={auth_req_id}&action={action}`,
    };
    const acr = profiles[variant.profile].engine.acrs?.[0];
    if (variant.registration === 'dynamic_client') {
      const client = { scope, ...hint, initial_access_token: token };
      suiteConfigurations[`suite-${name}.json`] = { ...common, client, client2: { ...client, acr_value: acr } };
      continue;
    }
    const suiteTest = `${suite}/test/a/${alias}`;
    const [first, second] =
      pairs.get(pairName) ??
      (await Promise.all([makeClient(variant, 1, suiteTest, keys[0]), makeClient(variant, 2, suiteTest, keys[1])]));
    if (!pairs.has(pairName)) clientsFile.clients.push(first.registration, second.registration);
    pairs.set(pairName, [first, second]);
    const { client_id: firstId } = first.registration;
    const { client_id: secondId } = second.registration;
    suiteConfigurations[`suite-${name}.json`] = {
      ...common,
      client: { client_id: firstId, scope, ...hint, jwks: { keys: first.privateKeys } },
      mtls: first.tls,
      client2: { client_id: secondId, scope, acr_value: acr, jwks: { keys: second.privateKeys } },
      mtls2: second.tls,
    };
  }
  return { clientsFile, suiteConfigurations };
}

/** A unique name; in the plain profile with static clients, only the authentication and the delivery mode. */
function nameOf(variant: Variant): string {
  return `${variant.profile === 'openbanking_uk' ? 'uk-' : ''}${nameOfClients(variant)}`;
}

/** The plain profile and the UK's share their clients: the server runs in one profile at a time. */
function nameOfClients({ profile, clientAuthType, cibaMode, registration }: Variant): string {
  const prefix = profile === 'openbanking_brazil' ? 'brazil-' : '';
  return `${prefix}${registration === 'dynamic_client' ? 'dynamic-' : ''}${clientAuthType}-${cibaMode}`;
}

function scopeOf({ profile }: Variant): string {
  // The suite adds the consent to it.
  return profile === 'openbanking_brazil'
    ? 'openid offline_access accounts consents'
    : 'openid offline_access accounts';
}

function resourceOf({ profile }: Variant, issuer: string): Record<string, string> {
  if (profile === 'openbanking_uk') return { resourceUrl: `${issuer}/` };
  const resource = { resourceUrl: `${issuer}/accounts` };
  return profile === 'openbanking_brazil'
    ? { ...resource, consentUrl: `${issuer}/consents`, brazilCpf: '76109277673', brazilOrganizationId: 'example' }
    : resource;
}

interface MadeClient {
  registration: FapiClient;
  /** They sign request objects and client assertions; in Brazil one more decrypts ID tokens. */
  privateKeys: JWK[];
  /** The client's private key and its certificate. */
  tls: KeyAndCertificate;
}

interface ClientKeys {
  signing: JWK;
  tls: webcrypto.CryptoKeyPair;
}

async function makeClientKeys(): Promise<ClientKeys> {
  const [{ privateKey }, tls] = await Promise.all([generateKeyPair('PS256', { extractable: true }), makeRsaKeys()]);
  return { signing: await exportJWK(privateKey), tls };
}

async function makeEncryptionKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RSA-OAEP', { extractable: true });
  return exportJWK(privateKey);
}

async function makeClient(variant: Variant, number: number, suiteTest: string, keys: ClientKeys): Promise<MadeClient> {
  const { profile, clientAuthType, cibaMode } = variant;
  const id = `${nameOfClients(variant)}-${number}`;
  const isBrazil = profile === 'openbanking_brazil';
  const privateKeys: JWK[] = [{ ...keys.signing, kid: `${id}-signature`, alg: 'PS256', use: 'sig' }];
  if (isBrazil)
    privateKeys.push({ ...(await makeEncryptionKey()), kid: `${id}-encryption`, alg: 'RSA-OAEP', use: 'enc' });
  const tls = await makeSelfSigned(id, [], keys.tls);
  const jwks = privateKeys.map(publicPart);
  // RFC 8705, section 2.2.2: the certificate is registered as a key.
  if (clientAuthType === 'mtls') jwks.push(await certificateKey(tls.cert, `${id}-certificate`));
  return {
    privateKeys,
    tls,
    registration: {
      client_id: id,
      client_name: `Conformance ${id}`,
      token_endpoint_auth_method: clientAuthType === 'mtls' ? 'self_signed_tls_client_auth' : clientAuthType,
      token_endpoint_auth_signing_alg: clientAuthType === 'mtls' ? undefined : 'PS256',
      tls_client_certificate_bound_access_tokens: true,
      scope: isBrazil ? `${scopeOf(variant)} consent` : scopeOf(variant),
      grant_types: ['urn:openid:params:grant-type:ciba', 'refresh_token', 'client_credentials'],
      ...(isBrazil && {
        id_token_signed_response_alg: 'PS256',
        id_token_encrypted_response_alg: 'RSA-OAEP',
        id_token_encrypted_response_enc: 'A256GCM',
      }),
      ...hint,
      backchannel_token_delivery_mode: cibaMode,
      backchannel_client_notification_endpoint:
        cibaMode === 'ping' ? `${suiteTest}/ciba-notification-endpoint` : undefined,
      backchannel_authentication_request_signing_alg: 'PS256',
      jwks: { keys: jwks },
      certificate: tls.cert,
    },
  };
}

function publicPart({ kty, n, e, kid, alg, use }: JWK): JWK {
  return { kty, n, e, kid, alg, use };
}

async function certificateKey(pem: string, kid: string): Promise<JWK> {
  const { publicKey, raw } = new X509Certificate(pem);
  return { ...(await exportJWK(publicKey)), kid, x5c: [raw.toString('base64')] };
}
