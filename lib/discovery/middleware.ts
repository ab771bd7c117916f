import type { AuthleteApi } from '../authlete/api.js';
import { type Answer, errorAnswer } from '../endpoint/answer.js';
import { type FetchHandler, fetchDoorToSome } from '../endpoint/fetch.js';
import { type NodeHandler, nodeDoorToSome } from '../endpoint/node.js';
import type { EndpointRequest } from '../endpoint/request.js';
import { optionalLogger, requireMethods, requireOptions } from '../options/checks.js';
import { type OptionNames, requireKnownOptions } from '../options/known-options.js';
import { guardedLogger, type LoggerOption } from '../telemetry/logger.js';
import { type Documents, documentSource } from './documents.js';

/** Options of {@link cibaDiscovery}. */
export interface CibaDiscoveryOptions {
  /** The protocol engine. */
  authlete: Pick<AuthleteApi, 'configuration' | 'jwks'>;
  /** Default: `console`, once per kind, and only for what this host's own code is at fault for. */
  logger?: LoggerOption;
}

const names: OptionNames<CibaDiscoveryOptions> = { authlete: true, logger: true };

/** The provider's documents, returned by {@link cibaDiscovery}. */
export interface CibaDiscovery extends NodeHandler {
  /** The same for Web-standard hosts; 404 for other paths. */
  fetch: FetchHandler;
}

const metadataPath = '/.well-known/openid-configuration';

/** Seconds that clients, and this middleware, may use a document for. */
const maxAge = 60;

/**
 * Creates the middleware that serves `/.well-known/openid-configuration` and, at the path of its `jwks_uri`, the JWK set,
 * whether it is mounted at these paths or above them. Everything else goes to `next()`, which waits for Authlete only
 * until the documents have been fetched once. They are fetched when first needed and again after a minute; while Authlete
 * cannot be reached the old ones serve on.
 *
 * @throws TypeError that names the option, when one is wrong
 * @see OpenID Connect Discovery 1.0, section 4
 * @example
 * ```ts
 * app.use(cibaDiscovery({ authlete }));
 * ```
 */
export function cibaDiscovery(options: CibaDiscoveryOptions): CibaDiscovery {
  requireOptions(options, 'cibaDiscovery');
  requireKnownOptions(options, names, 'cibaDiscovery');
  requireMethods(options.authlete, ['configuration', 'jwks']);
  optionalLogger(options.logger);
  const logger = guardedLogger(options.logger);
  const documents = documentSource(options.authlete, maxAge * 1000, logger);

  function find(request: EndpointRequest): Promise<Answer | undefined> | undefined {
    const { method } = request;
    if (method !== 'GET' && method !== 'HEAD') return undefined;
    const known = documents.latest();
    const mayBeOurs = isMetadata(request) || (known ? isJwks(request, known) : !documents.unavailable());
    return mayBeOurs ? findDocument(request) : undefined;
  }

  async function findDocument(request: EndpointRequest): Promise<Answer | undefined> {
    try {
      const found = await documents.get();
      if (isMetadata(request)) return documentAnswer(found.metadata);
      return isJwks(request, found) ? documentAnswer(found.jwks) : undefined;
    } catch {
      // Whether the request was for the JWK set cannot be known then; other routes must not suffer.
      return isMetadata(request) ? errorAnswer(500, 'server_error') : undefined;
    }
  }

  return Object.assign(nodeDoorToSome(find, logger), { fetch: fetchDoorToSome(find, logger) });
}

function isMetadata({ path, originalPath }: EndpointRequest): boolean {
  if (path === metadataPath || originalPath === metadataPath) return true;
  // Mounted at its own path, below the path of an issuer.
  return path === '/' && originalPath.endsWith(metadataPath);
}

function isJwks({ path, originalPath }: EndpointRequest, { jwksPath }: Documents): boolean {
  return jwksPath !== undefined && (originalPath === jwksPath || path === jwksPath);
}

function documentAnswer(body: string): Answer {
  const headers = { 'Content-Type': 'application/json', 'Cache-Control': `public, max-age=${maxAge}` };
  return { status: 200, headers, body };
}
