import { randomUUID } from 'node:crypto';
import { type CryptoKey, type JWK, type KeyObject, SignJWT } from 'jose';
import type { Configuration } from 'openid-client';
import { asymmetricAlgorithms } from '../jwt/algorithms.js';
import { requireKnownOptions } from '../options/known-options.js';
import type { Form } from './parameters.js';

/** How authentication requests are signed (CIBA Core, 7.1.1): the option `requestObject`. */
export interface RequestObjectOptions {
  /** The private key. The `kid` of a JWK, or of openid-client's `{ key, kid }`, is sent with each request. */
  key: CryptoKey | KeyObject | JWK | { key: CryptoKey; kid?: string | undefined };
  /** Default: the algorithm in the client's metadata, else the JWK's `alg`. */
  alg?: string | undefined;
}

/** Seconds by which the clocks of client and server may differ: a request is valid that much earlier and later. */
const maxSkew = 600;
/** Seconds for which a request can be used. */
const lifetime = 300;

/** Puts the parameters of a request into a signed one. */
export type SignRequest = (form: Form) => Promise<Form>;

/**
 * @returns `undefined` when requests are not signed
 * @throws TypeError that names the option
 */
export function requestSigner(
  options: RequestObjectOptions | undefined,
  config: Configuration,
): SignRequest | undefined {
  const client = config.clientMetadata();
  const registered = client.backchannel_authentication_request_signing_alg as string | undefined;
  if (options === undefined) {
    if (registered === undefined) return undefined;
    throw new TypeError('requestObject is needed: the client has a backchannel_authentication_request_signing_alg');
  }
  requireKnownOptions(options, { key: true, alg: true }, 'requestObject');
  const { key, kid, alg: own } = keyOf(options.key);
  const alg = options.alg ?? registered ?? own;
  if (alg === undefined || !asymmetricAlgorithms.includes(alg)) {
    throw new TypeError(`requestObject.alg must be one of ${asymmetricAlgorithms.join(', ')}`);
  }
  if (registered !== undefined && alg !== registered) {
    throw new TypeError(`requestObject.alg must be ${registered}, as in the client's metadata`);
  }
  const { issuer } = config.serverMetadata();
  const header = { alg, typ: 'oauth-authz-req+jwt', ...(kid !== undefined && { kid }) };

  return async (form) => {
    const now = Math.floor(Date.now() / 1000);
    const request = await new SignJWT(claimsOf(form))
      .setProtectedHeader(header)
      .setIssuer(client.client_id)
      .setAudience(issuer)
      .setIssuedAt(now)
      .setNotBefore(now - maxSkew)
      .setExpirationTime(now + maxSkew + lifetime)
      .setJti(randomUUID())
      .sign(key);
    return { request };
  };
}

function keyOf(given: unknown): { key: CryptoKey | KeyObject | JWK; kid?: string; alg?: string } {
  if (typeof given !== 'object' || given === null) throw new TypeError('requestObject.key must be a private key');
  const wrapped = given as { key?: CryptoKey; kid?: string; alg?: string; kty?: string; d?: string };
  if (typeof wrapped.key === 'object') return wrapped as { key: CryptoKey; kid?: string };
  if (wrapped.kty !== undefined && wrapped.d === undefined) throw new TypeError('requestObject.key must be private');
  if (wrapped.kty === undefined) return { key: given as CryptoKey };
  return { key: given as JWK, ...(wrapped.kid && { kid: wrapped.kid }), ...(wrapped.alg && { alg: wrapped.alg }) };
}

/** JSON texts of a form become JSON values in a request object (RFC 9101; RFC 9396, section 3). */
function claimsOf(form: Form): Record<string, unknown> {
  const { authorization_details: details, claims, requested_expiry: expiry, ...rest } = form;
  return {
    ...rest,
    ...(details !== undefined && { authorization_details: JSON.parse(details) }),
    ...(claims !== undefined && { claims: JSON.parse(claims) }),
    ...(expiry !== undefined && { requested_expiry: Number(expiry) }),
  };
}
