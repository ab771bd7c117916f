import {
  createHash,
  createPublicKey,
  type JsonWebKey,
  type KeyObject,
  timingSafeEqual,
  X509Certificate,
} from 'node:crypto';
import {
  type CryptoKey,
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  type JSONWebKeySet,
  type JWK,
  type JWKSCacheInput,
  type JWTVerifyGetKey,
  jwksCache,
} from 'jose';
import { jwksFetch } from './jwks-uri.js';

/** The public keys of a client. Each is imported once. */
export interface ClientKeys {
  /** Finds the key of a JWT. */
  readonly forJwt: JWTVerifyGetKey;
  /** Whether a certificate's key is one of them (RFC 8705, section 2.2). */
  holds(key: KeyObject): Promise<boolean>;
}

/** The keys of a JWK set that was registered. */
export function localKeys(jwks: JSONWebKeySet): ClientKeys {
  const hashes = hashesOf(jwks);
  return { forJwt: remembering(createLocalJWKSet(jwks)), holds: async (key) => includes(hashes, key) };
}

/** Each key is looked for once: the set does not change. Only what is found is kept, so there is not much of it. */
function remembering(find: ReturnType<typeof createLocalJWKSet>): JWTVerifyGetKey {
  const found = new Map<string, CryptoKey>();
  return (header, jwt) => {
    const name = `${header.alg} ${header.kid}`;
    return found.get(name) ?? remember(name, find(header, jwt));
  };

  async function remember(name: string, finding: Promise<CryptoKey>): Promise<CryptoKey> {
    const key = await finding;
    found.set(name, key);
    return key;
  }
}

/**
 * The keys at a `jwks_uri`. They are fetched when first needed and kept for ten minutes; for an unknown key they are
 * fetched again, at most once in 30 seconds.
 *
 * @param allow waives the rule that the address is public and the scheme https
 * @param timeout of the fetch, milliseconds
 */
export function remoteKeys(uri: string, allow?: (url: URL) => boolean, timeout = 3000): ClientKeys {
  const cache: JWKSCacheInput = {};
  const remote = createRemoteJWKSet(new URL(uri), {
    timeoutDuration: timeout,
    [customFetch]: jwksFetch(allow, timeout),
    [jwksCache]: cache,
  });
  let hashes: readonly Buffer[] = [];
  let hashedAt: unknown;

  async function load(): Promise<void> {
    if (!remote.fresh) await remote.reload();
    if (hashedAt === cache.uat) return;
    hashedAt = cache.uat;
    hashes = hashesOf(cache.jwks as JSONWebKeySet);
  }

  return {
    forJwt: remote,
    async holds(key) {
      await load();
      if (includes(hashes, key) || remote.coolingDown) return includes(hashes, key);
      await remote.reload();
      await load();
      return includes(hashes, key);
    },
  };
}

/** The keys that a JWK stands for: its own, and that of its certificate. @throws Error when they cannot be used */
export function publicKeysOf(jwk: JWK): KeyObject[] {
  const [certificate] = jwk.x5c ?? [];
  const ofCertificate =
    certificate === undefined ? [] : [new X509Certificate(Buffer.from(certificate, 'base64')).publicKey];
  const hasKey = jwk.n !== undefined || jwk.x !== undefined;
  return hasKey || certificate === undefined
    ? [createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' }), ...ofCertificate]
    : ofCertificate;
}

/** Of the keys that can be used; the others are ignored (RFC 7517, section 5). */
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

/** The keys of `client_secret_jwt`: the secret, imported once for each algorithm. */
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
