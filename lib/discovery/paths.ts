import type { EndpointRequest } from '../endpoint/request.js';

type Paths = Pick<EndpointRequest, 'path' | 'originalPath'>;

/** The well-known paths of OpenID Connect Discovery 1.0, section 4, and of RFC 8414, section 3. */
const wellKnown = ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server'];

/**
 * The paths of the metadata: the issuer's path comes before the well-known one (OpenID Connect Discovery 1.0, section
 * 4.1) or after it (RFC 8414, sections 3.1 and 5).
 */
export function metadataPaths(issuerPath = ''): ReadonlySet<string> {
  const path = issuerPath.replace(/\/+$/, '');
  return new Set([...wellKnown, ...wellKnown.flatMap((known) => [known + path, path + known])]);
}

/** Whether the request is for metadata, whatever the issuer's path: this middleware may be mounted below that path. */
export function isMetadata({ path, originalPath }: Paths): boolean {
  return wellKnown.some(
    (known) =>
      path === known ||
      originalPath === known ||
      // The middleware is mounted at the document's own path, below the path of an issuer.
      (path === '/' && originalPath.endsWith(known)),
  );
}

/** Whether the request is for one of the paths, seen from the server or from where the host has mounted the middleware. */
export function isAt({ path, originalPath }: Paths, paths: ReadonlySet<string | undefined>): boolean {
  return paths.has(originalPath) || paths.has(path);
}

/**
 * Whether the request may be for a document, while nobody knows their paths yet: it has the usual name of a JWK set or the
 * well-known prefix, or the host has mounted the middleware at that very path.
 */
export function maybeDocument({ path, originalPath }: Paths): boolean {
  const isMounted = path === '/' && originalPath !== '/';
  return isMounted || wellKnown.some((known) => originalPath.startsWith(known)) || /(?:jwk|key|cert)[^/]*$/i.test(path);
}
