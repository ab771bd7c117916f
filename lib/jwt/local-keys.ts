import { type CryptoKey, createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';

/** Finds keys in a JWK set that does not change. Each is imported once. */
export function localKeys(jwks: JSONWebKeySet): JWTVerifyGetKey {
  const find = createLocalJWKSet(jwks);
  // Only keys that are found are kept, so there are few.
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
