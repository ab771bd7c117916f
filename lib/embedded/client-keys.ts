import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { type CryptoKey, createLocalJWKSet, type JWK, type JWTVerifyGetKey } from 'jose';
import type { ClientMetadata } from './client-metadata.js';

/** The public keys of a client. Each is imported once. */
export interface ClientKeys {
  /** Finds the key of a JWT. */
  readonly forJwt: JWTVerifyGetKey;
}

/**
 * Reads `jwks` of a registration.
 *
 * @throws TypeError naming the member that is wrong
 */
export function readClientKeys({ jwks }: ClientMetadata, where: string): ClientKeys | undefined {
  if (jwks === undefined) return undefined;
  if (!Array.isArray(jwks?.keys))
    throw new TypeError(`${where}.jwks must be a JWK set: an object with an array of keys`);
  for (const jwk of jwks.keys) publicKeyOf(jwk, where);
  return { forJwt: createLocalJWKSet(jwks) };
}

/** Members that only private and symmetric keys have (RFC 7518, section 6). */
const secretMembers = ['d', 'k'];

/** `undefined`: a type of key that is not known, to be ignored (RFC 7517, section 5). */
function publicKeyOf(jwk: JWK | null, where: string): KeyObject | undefined {
  if (typeof jwk !== 'object' || jwk === null) throw new TypeError(`${where}.jwks holds a key that is no object`);
  if (secretMembers.some((member) => Object.hasOwn(jwk, member))) {
    throw new TypeError(`${where}.jwks holds a secret key: only public ones are registered`);
  }
  if (!['RSA', 'EC', 'OKP'].includes(jwk.kty ?? '')) return undefined;
  try {
    return createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' });
  } catch (cause) {
    throw new TypeError(`${where}.jwks holds a key that cannot be used`, { cause });
  }
}

/** Makes the keys of `client_secret_jwt`: the secret, imported once for each algorithm. */
export function hmacKeys(secret: string): JWTVerifyGetKey {
  const bytes = new TextEncoder().encode(secret);
  const imported = new Map<string, Promise<CryptoKey>>();
  return ({ alg }) => {
    let key = imported.get(alg);
    if (key === undefined) {
      const algorithm = { name: 'HMAC', hash: `SHA-${alg.slice(2)}` };
      key = crypto.subtle.importKey('raw', bytes, algorithm, false, ['verify']);
      imported.set(alg, key);
    }
    return key;
  };
}
