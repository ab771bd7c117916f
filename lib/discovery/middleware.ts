import type { AuthleteApi } from '../authlete/api.js';
import { unanswered } from '../authlete/client/expect.js';
import type { Answer } from '../endpoint/answer.js';
import { serverError } from '../endpoint/failure.js';
import { type FetchHandler, fetchDoorToSome } from '../endpoint/fetch.js';
import { type NodeHandler, nodeDoorToSome } from '../endpoint/node.js';
import type { EndpointRequest } from '../endpoint/request.js';
import { optionalLogger, requireMethods, requireOptions } from '../options/checks.js';
import { type OptionNames, requireKnownOptions } from '../options/known-options.js';
import { guardedLogger, type LoggerOption } from '../telemetry/logger.js';
import { withTimeLimit } from '../time/time-limit.js';
import { type Documents, documentSource } from './documents.js';
import { isAt, isMetadata, maybeDocument } from './paths.js';

/** Options of {@link cibaDiscovery}. */
export interface CibaDiscoveryOptions {
  /** The protocol engine. */
  authlete: Pick<AuthleteApi, 'configuration' | 'jwks'>;
  /** Default: mistakes in the host's own code go to the console, each kind once. */
  logger?: LoggerOption | undefined;
}

const names: OptionNames<CibaDiscoveryOptions> = { authlete: true, logger: true };

/** The provider's documents, returned by {@link cibaDiscovery}. */
export interface CibaDiscovery extends NodeHandler {
  /** The same for Web-standard hosts; 404 for other paths. */
  fetch: FetchHandler;
}

/** Seconds for which clients, and this middleware, may reuse a document. */
const maxAge = 60;

/** Maximum milliseconds that a client waits for the first documents. */
const maxWait = 10_000;

/**
 * Creates the middleware that serves the provider's metadata at `/.well-known/openid-configuration` and
 * `/.well-known/oauth-authorization-server`, with the issuer's path before or after them, and the JWK set at the path of the
 * metadata's `jwks_uri`. It may be mounted at these paths or above them. Every other request goes to `next()` at once. The
 * documents are fetched when they are first needed. After a minute they are fetched again while the old ones are served.
 *
 * @throws TypeError that names the option, when one is wrong
 * @see OpenID Connect Discovery 1.0, section 4; RFC 8414, section 3
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
    if (known === undefined) return maybeDocument(request) || isMetadata(request) ? findFirst(request) : undefined;
    const found = documentFor(request, known);
    return found && Promise.resolve(found);
  }

  async function findFirst(request: EndpointRequest): Promise<Answer | undefined> {
    try {
      return documentFor(
        request,
        await withTimeLimit(maxWait, documents.first, () => unanswered('configuration', maxWait)),
      );
    } catch (error) {
      // Without documents nobody knows whether the request was for the JWK set; other routes must not suffer.
      return isMetadata(request) ? serverError(error).answer : undefined;
    }
  }

  return Object.assign(nodeDoorToSome(find, logger), { fetch: fetchDoorToSome(find, logger) });
}

function documentFor(request: EndpointRequest, documents: Documents): Answer | undefined {
  const { metadata, metadataPaths, jwks, jwksPath } = documents;
  if (isMetadata(request) || isAt(request, metadataPaths)) return documentAnswer(metadata);
  if (jwksPath !== undefined && isAt(request, new Set([jwksPath]))) return documentAnswer(jwks);
}

function documentAnswer(body: string): Answer {
  const headers = { 'Content-Type': 'application/json', 'Cache-Control': `public, max-age=${maxAge}` };
  return { status: 200, headers, body };
}
