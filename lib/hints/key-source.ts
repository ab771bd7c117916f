import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose';
import { jwksFetch } from '../jwt/jwks-uri.js';
import { localKeys } from '../jwt/local-keys.js';
import { remoteKeys } from '../jwt/remote-keys.js';
import { isPossibleHostName } from '../options/host-name.js';
import { proxyOption } from '../outbound/proxy.js';

/** Where an issuer's public keys are: either `jwks` or `jwksUri`. */
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
       * `NO_PROXY`. Without it Node's own `fetch` is used.
       */
      proxy?: string | undefined;
      jwks?: undefined;
    };

// Hosts often build the options anew for each request: the key sets, with their imported keys and
// the time of the last fetch, must outlive them.
const localSets = new WeakMap<JSONWebKeySet, JWTVerifyGetKey>();
const remoteSets = new Map<string, JWTVerifyGetKey>();

// More issuers than a host plausibly has. Without the limit, URIs that come from data could fill the memory.
const maxRemoteSets = 1000;

// Maximum milliseconds for a fetch.
const timeout = 5000;

/**
 * The function that finds the key of a JWT.
 *
 * @throws TypeError when there is neither `jwks` nor `jwksUri`, or both, or either is malformed
 */
export function keysOf({ jwks, jwksUri, proxy }: KeySource): JWTVerifyGetKey {
  if ((jwks === undefined) === (jwksUri === undefined)) throw new TypeError('give either jwks or jwksUri');
  if (jwksUri === undefined && proxy !== undefined) throw new TypeError('proxy can be used with jwksUri only');
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
    // The host has chosen the URI, so it may be in the host's own network.
    keys = remoteKeys(href, proxyFor && { fetch: jwksFetch(() => true, timeout, proxyFor), timeout }).find;
    const [oldest] = remoteSets.keys();
    if (remoteSets.size >= maxRemoteSets && oldest !== undefined) remoteSets.delete(oldest);
    remoteSets.set(name, keys);
  }
  return keys;
}
