import {
  createRemoteJWKSet,
  customFetch,
  type ExportedJWKSCache,
  type FetchImplementation,
  type JSONWebKeySet,
  type JWKSCacheInput,
  type JWTVerifyGetKey,
  jwksCache,
} from 'jose';
import { patientFetch } from './patient-fetch.js';

/** The keys at a `jwks_uri`. */
export interface RemoteKeys {
  /** Finds the key of a JWT. */
  readonly find: JWTVerifyGetKey;
  /** The JWK set, fetched when it is not fresh; the same object until it is fetched again. */
  current(): Promise<JSONWebKeySet>;
  /** The JWK set, fetched again unless that was done less than 30 seconds ago. */
  renewed(): Promise<JSONWebKeySet>;
}

/** Options of {@link remoteKeys}. */
export interface RemoteKeysOptions {
  /** Default: the platform's `fetch`, without redirects. */
  fetch?: FetchImplementation;
  /** Maximum milliseconds for the fetch. Default 5000. */
  timeout?: number;
}

/**
 * The keys at a `jwks_uri`. They are fetched when first needed and kept for ten minutes; for an unknown key they are
 * fetched again, at most once in 30 seconds. A fetch that failed is not repeated for five seconds.
 */
export function remoteKeys(uri: string, { fetch = plainFetch, timeout = 5000 }: RemoteKeysOptions = {}): RemoteKeys {
  const cache: Partial<ExportedJWKSCache> = {};
  const remote = createRemoteJWKSet(new URL(uri), {
    timeoutDuration: timeout,
    [jwksCache]: cache as JWKSCacheInput,
    [customFetch]: patientFetch(fetch),
  });
  return {
    find: remote,
    async current() {
      if (!remote.fresh) await remote.reload();
      return cache.jwks as JSONWebKeySet;
    },
    async renewed() {
      if (!remote.coolingDown) await remote.reload();
      return cache.jwks as JSONWebKeySet;
    },
  };
}

const plainFetch: FetchImplementation = (url, options) => fetch(url, options);
