import {
  createHash,
  createPublicKey,
  type JsonWebKey,
  type KeyObject,
  timingSafeEqual,
  X509Certificate,
} from 'node:crypto';
import type { JSONWebKeySet, JWK, JWTVerifyGetKey } from 'jose';
import { jwksFetch } from '../../jwt/jwks-uri.js';
import { localKeys } from '../../jwt/local-keys.js';
import { remoteKeys } from '../../jwt/remote-keys.js';
import type { ProxyFor } from '../../outbound/proxy.js';
import { encryptionKeyIn } from './encryption.js';

/** The public keys of a client. */
export interface ClientKeys {
  /** Finds the key of a JWT. */
  readonly forJwt: JWTVerifyGetKey;
  /** Whether a certificate's key is one of them (RFC 8705, section 2.2). */
  holds(key: KeyObject): Promise<boolean>;
  /** The key with which to encrypt for the client; `undefined` when there is none. */
  forEncryption(alg: string): Promise<JWK | undefined>;
}

/** The keys of a JWK set that was registered. */
export function registeredKeys(jwks: JSONWebKeySet): ClientKeys {
  const hashes = hashesOf(jwks);
  return {
    forJwt: localKeys(jwks),
    holds: async (key) => includes(hashes, key),
    forEncryption: async (alg) => encryptionKeyIn(jwks, alg),
  };
}

/**
 * The keys at the `jwks_uri` of a client.
 *
 * @param allow waives the rule that the address is public and the scheme https
 * @param timeout of the fetch in milliseconds
 * @param proxyFor the proxy that leads to a host
 */
export function fetchedKeys(
  uri: string,
  allow?: (url: URL) => boolean,
  timeout = 3000,
  proxyFor?: ProxyFor,
): ClientKeys {
  const remote = remoteKeys(uri, { fetch: jwksFetch(allow, timeout, proxyFor), timeout });
  const hashes = new WeakMap<JSONWebKeySet, readonly Buffer[]>();

  function isIn(jwks: JSONWebKeySet, key: KeyObject): boolean {
    let hashed = hashes.get(jwks);
    if (hashed === undefined) {
      hashed = hashesOf(jwks);
      hashes.set(jwks, hashed);
    }
    return includes(hashed, key);
  }

  return {
    forJwt: remote.find,
    holds: async (key) => isIn(await remote.current(), key) || isIn(await remote.renewed(), key),
    forEncryption: async (alg) => encryptionKeyIn(await remote.current(), alg),
  };
}

/** The keys in a JWK: its own, and that of its certificate. @throws Error when they cannot be used */
export function publicKeysOf(jwk: JWK): KeyObject[] {
  const [certificate] = jwk.x5c ?? [];
  const ofCertificate =
    certificate === undefined ? [] : [new X509Certificate(Buffer.from(certificate, 'base64')).publicKey];
  const hasKey = jwk.n !== undefined || jwk.x !== undefined;
  return hasKey || certificate === undefined
    ? [createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' }), ...ofCertificate]
    : ofCertificate;
}

/** Hashes of the keys that can be used; the others are ignored (RFC 7517, section 5). */
function hashesOf({ keys }: JSONWebKeySet): Buffer[] {
  return keys.flatMap((jwk) => {
    try {
      return publicKeysOf(jwk).map(hashOf);
    } catch {
      return [];
    }
  });
}

function includes(hashes: readonly Buffer[], key: KeyObject): boolean {
  const wanted = hashOf(key);
  return hashes.filter((hash) => timingSafeEqual(hash, wanted)).length > 0;
}

function hashOf(key: KeyObject): Buffer {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest();
}
