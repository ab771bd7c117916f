import { randomUUID } from 'node:crypto';
import type { ClientMetadata } from 'ciba-backchannel/embedded';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { makeCertificate, type TestCertificate } from './certificates.js';

/** The ways in which a client of CIBA may authenticate. */
export const authMethods = [
  'client_secret_basic',
  'client_secret_post',
  'client_secret_jwt',
  'private_key_jwt',
  'tls_client_auth',
  'self_signed_tls_client_auth',
] as const;
export type AuthMethod = (typeof authMethods)[number];

/** What a server finds in a client's request: parameters of the form, and what else it sends to Authlete. */
export interface PresentedCredentials {
  form: Record<string, string>;
  call: { clientId?: string; clientSecret?: string; clientCertificate?: string };
}

/** One client for each way; each has its way as its id. */
export interface AuthleteClients {
  metadata: ClientMetadata[];
  trustAnchors: string;
  credentials(method: AuthMethod): Promise<PresentedCredentials>;
}

const secret = 'a secret that is long enough for HS256';

export async function makeAuthleteClients(issuer: string): Promise<AuthleteClients> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const certificate = await makeCertificate();
  const publicJwk = { ...(await exportJWK(publicKey)), kid: 'key', alg: 'ES256' };
  const particular: Record<AuthMethod, Partial<ClientMetadata>> = {
    client_secret_basic: { client_secret: secret },
    client_secret_post: { client_secret: secret },
    client_secret_jwt: { client_secret: secret },
    private_key_jwt: { jwks: { keys: [publicJwk] } },
    tls_client_auth: { tls_client_auth_subject_dn: 'CN=teller' },
    self_signed_tls_client_auth: { jwks: { keys: [certificate.publicJwk] } },
  };
  return {
    trustAnchors: certificate.cert,
    metadata: authMethods.map((method) => ({
      client_id: method,
      client_name: `By ${method}`,
      token_endpoint_auth_method: method,
      backchannel_token_delivery_mode: 'poll',
      attributes: [{ key: 'method', value: method }],
      ...particular[method],
    })),
    credentials: (method) => presented(method, issuer, privateKey, certificate),
  };
}

async function presented(
  method: AuthMethod,
  issuer: string,
  privateKey: CryptoKey,
  { cert }: TestCertificate,
): Promise<PresentedCredentials> {
  switch (method) {
    case 'client_secret_basic':
      return { form: {}, call: { clientId: method, clientSecret: secret } };
    case 'client_secret_post':
      return { form: { client_id: method, client_secret: secret }, call: {} };
    case 'client_secret_jwt':
      return { form: await assertion(method, issuer, new TextEncoder().encode(secret), { alg: 'HS256' }), call: {} };
    case 'private_key_jwt':
      return { form: await assertion(method, issuer, privateKey, { alg: 'ES256', kid: 'key' }), call: {} };
    default:
      return { form: { client_id: method }, call: { clientCertificate: cert.replaceAll('\n', ' ') } };
  }
}

async function assertion(
  client: string,
  issuer: string,
  key: CryptoKey | Uint8Array,
  header: { alg: string; kid?: string },
) {
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await new SignJWT()
      .setProtectedHeader(header)
      .setIssuer(client)
      .setSubject(client)
      .setAudience(issuer)
      .setJti(randomUUID())
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(key),
  };
}
