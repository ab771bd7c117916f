import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose';
import { localKeys } from '../jwt/local-keys.js';
import { remoteKeys } from '../jwt/remote-keys.js';

/** Where an issuer's public keys are: one of the two. */
export type KeySource =
  | {
      /** The issuer's JWK set. */
      jwks: JSONWebKeySet;
      jwksUri?: undefined;
    }
  | {
      /**
       * Where the issuer publishes its JWK set. It is fetched when first needed and kept for ten minutes; for an unknown
       * key it is fetched again, at most once in 30 seconds.
       */
      jwksUri: string | URL;
      jwks?: undefined;
    };

// Options are often written where they are used, anew with each request: the sets, with the keys that were imported and
// the time of the last fetch, have to outlive them.
const localSets = new WeakMap<JSONWebKeySet, JWTVerifyGetKey>();
const remoteSets = new Map<string, JWTVerifyGetKey>();

// As many issuers as a host may plausibly have: when its URIs come from data, they do not fill the memory.
const maxRemoteSets = 1000;

/**
 * The function that finds the key of a JWT.
 *
 * @throws TypeError when there is neither `jwks` nor `jwksUri`, or both, or either is malformed
 */
export function keysOf({ jwks, jwksUri }: KeySource): JWTVerifyGetKey {
  if ((jwks === undefined) === (jwksUri === undefined)) throw new TypeError('give either jwks or jwksUri');
  return jwksUri === undefined ? keysIn(jwks) : keysAt(jwksUri);
}

function keysIn(jwks: JSONWebKeySet): JWTVerifyGetKey {
  let keys = localSets.get(jwks);
  if (keys === undefined) {
    if (!Array.isArray(jwks?.keys)) throw new TypeError('jwks must be a JWK set, an object with an array of keys');
    keys = localKeys(jwks);
    localSets.set(jwks, keys);
  }
  return keys;
}

function keysAt(jwksUri: string | URL): JWTVerifyGetKey {
  const href = String(jwksUri);
  let keys = remoteSets.get(href);
  if (keys === undefined) {
    if (!/^https?:/i.test(href) || !URL.canParse(href)) throw new TypeError('jwksUri must be an http or https URL');
    keys = remoteKeys(href).find;
    const [oldest] = remoteSets.keys();
    if (remoteSets.size >= maxRemoteSets && oldest !== undefined) remoteSets.delete(oldest);
    remoteSets.set(href, keys);
  }
  return keys;
}
