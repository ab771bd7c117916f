import type { CryptoKey, JWTVerifyGetKey } from 'jose';

/** The keys of a shared secret, imported once for each HMAC algorithm. */
export function secretKeys(secret: string): JWTVerifyGetKey {
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
