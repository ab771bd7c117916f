import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose';
import { jwksFetch } from '../jwt/jwks-uri.js';
import { localKeys } from '../jwt/local-keys.js';
import { remoteKeys } from '../jwt/remote-keys.js';
import { isPossibleHostName } from '../options/host-name.js';
import { proxyOption } from '../outbound/proxy.js';

/** Where an issuer's public keys are: one of the two. */
export type KeySource =
  | {
      /** The issuer's JWK set. */
      jwks: JSONWebKeySet;
      jwksUri?: undefined;
      proxy?: undefined;
    }
  | {
      /**
       * Where the issuer publishes its JWK set. It is fetched when first needed and kept for ten minutes; for an unknown
       * key it is fetched again, at most once in 30 seconds.
       */
      jwksUri: string | URL;
      /**
       * URL of an HTTP proxy that leads to the JWK set, or `'env'`: the variables `HTTPS_PROXY`, `HTTP_PROXY` and
       * `NO_PROXY`. Without it Node's own `fetch` is asked.
       */
      proxy?: string | undefined;
      jwks?: undefined;
    };

// Options are often written where they are used, anew with each request: the sets, with the keys that were imported and
// the time of the last fetch, have to outlive them.
const localSets = new WeakMap<JSONWebKeySet, JWTVerifyGetKey>();
const remoteSets = new Map<string, JWTVerifyGetKey>();

// As many issuers as a host may plausibly have: when its URIs come from data, they do not fill the memory.
const maxRemoteSets = 1000;

// Of a fetch, milliseconds.
const timeout = 5000;

/**
 * The function that finds the key of a JWT.
 *
 * @throws TypeError when there is neither `jwks` nor `jwksUri`, or both, or either is malformed
 */
export function keysOf({ jwks, jwksUri, proxy }: KeySource): JWTVerifyGetKey {
  if ((jwks === undefined) === (jwksUri === undefined)) throw new TypeError('give either jwks or jwksUri');
  if (jwksUri === undefined && proxy !== undefined) throw new TypeError('proxy goes with jwksUri only');
  return jwksUri === undefined ? keysIn(jwks) : keysAt(String(jwksUri), proxy);
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

function keysAt(href: string, proxy: string | undefined): JWTVerifyGetKey {
  const name = proxy === undefined ? href : `${href} ${proxy}`;
  let keys = remoteSets.get(name);
  if (keys === undefined) {
    if (!/^https?:/i.test(href) || !URL.canParse(href) || !isPossibleHostName(new URL(href).hostname)) {
      throw new TypeError('jwksUri must be an http or https URL');
    }
    const proxyFor = proxyOption(proxy, 'proxy');
    // The host has chosen the URI: it may be inside.
    keys = remoteKeys(href, proxyFor && { fetch: jwksFetch(() => true, timeout, proxyFor), timeout }).find;
    const [oldest] = remoteSets.keys();
    if (remoteSets.size >= maxRemoteSets && oldest !== undefined) remoteSets.delete(oldest);
    remoteSets.set(name, keys);
  }
  return keys;
}
