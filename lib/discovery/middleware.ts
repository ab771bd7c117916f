import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AuthleteApi } from '../authlete/api.js';
import { type Answer, errorAnswer, sendAnswer } from '../endpoint/answer.js';
import { optionalLogger, requireMethods, requireOptions } from '../options/checks.js';
import { type OptionNames, requireKnownOptions } from '../options/known-options.js';
import { guardedLogger, type LoggerOption } from '../telemetry/logger.js';
import { type Documents, documentSource } from './documents.js';

/** Options of {@link cibaDiscovery}. */
export interface CibaDiscoveryOptions {
  /** The protocol engine. */
  authlete: Pick<AuthleteApi, 'configuration' | 'jwks'>;
  /** Default: the console is told, once per kind, what this host's own code is at fault for. */
  logger?: LoggerOption;
}

const names: OptionNames<CibaDiscoveryOptions> = { authlete: true, logger: true };

/** The middleware made by {@link cibaDiscovery}. */
export type CibaDiscovery = (req: IncomingMessage, res: ServerResponse, next?: (error?: unknown) => void) => void;

const metadataPath = '/.well-known/openid-configuration';

/** Seconds that clients, and this middleware, may use a document for. */
const maxAge = 60;

/**
 * Makes the middleware that serves `/.well-known/openid-configuration` and, at the path of its `jwks_uri`, the JWK set.
 * Everything else goes to `next()`, which waits for Authlete only until the documents have been fetched once. They are
 * fetched when first needed and again after a minute; while Authlete cannot be reached the old ones serve on.
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
  const { authlete } = options;
  const logger = guardedLogger(options.logger);
  const documents = documentSource(authlete, maxAge * 1000, logger);

  async function serve(req: IncomingMessage, res: ServerResponse, next: () => void, isMetadata: boolean) {
    let answer: Answer | undefined;
    try {
      const found = await documents.get();
      if (isMetadata) answer = documentAnswer(found.metadata);
      else if (isJwks(req, found)) answer = documentAnswer(found.jwks);
    } catch {
      // Whether the request was for the JWK set cannot be known then; other routes must not suffer.
      if (isMetadata) answer = errorAnswer(500, 'server_error');
    }
    if (answer) await sendAnswer(res, answer, logger);
    else next();
  }

  return (req, res, next = () => notFound(res)) => {
    if (req.method !== 'GET' && req.method !== 'HEAD') return next();
    const isMetadata = pathOf(req.url) === metadataPath;
    const known = documents.latest();
    const mayBeOurs = isMetadata || (known ? isJwks(req, known) : !documents.unavailable());
    if (mayBeOurs) void serve(req, res, next, isMetadata);
    else next();
  };
}

function isJwks(req: IncomingMessage & { originalUrl?: string }, { jwksPath }: Documents): boolean {
  return jwksPath !== undefined && (pathOf(req.originalUrl) === jwksPath || pathOf(req.url) === jwksPath);
}

function pathOf(url: string | undefined): string | undefined {
  return url?.replace(/\?.*$/s, '');
}

function documentAnswer(body: string): Answer {
  const headers = { 'Content-Type': 'application/json', 'Cache-Control': `public, max-age=${maxAge}` };
  return { status: 200, headers, body };
}

function notFound(res: ServerResponse): void {
  res.writeHead(404).end();
}
