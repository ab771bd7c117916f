import type { ServerResponse } from 'node:http';
import type { AuthleteApi } from '../../authlete/api.js';
import { stringifyApiResponse } from '../../json/api-response.js';
import { requireMethods } from '../../options/checks.js';
import { requireKnownOptions } from '../../options/known-options.js';
import { BodyError, closeAfter, type RequestWithBody } from '../../routers/json-body.js';
import type { EmbeddedAuthlete } from '../api/embedded-authlete-api.js';
import { ProtocolError, result } from '../request/protocol-error.js';
import { queryParameters, readParameters } from './body.js';
import { type Call, findCall, requiredMethods } from './calls.js';
import { basicCredentials, bearerCredentials, type ServiceCredentials } from './service-credentials.js';

/** Options of {@link authleteRouter}: which of Authlete's HTTP APIs it serves. */
export type AuthleteRouterOptions =
  /** The API of Authlete 3.0, at `/api/{serviceId}/...`. */
  | {
      serviceId: string;
      /** The token that callers must present as `Authorization: Bearer` (or `DPoP`). */
      accessToken: string;
    }
  /** The API of Authlete 2.x, at `/api/...`. */
  | {
      apiKey: string;
      /** With `apiKey`, what callers must present as `Authorization: Basic`. */
      apiSecret: string;
    };

/** Serves Express, Connect and `http.createServer`. */
export type AuthleteRouter = (req: RequestWithBody, res: ServerResponse, next?: (error?: unknown) => void) => void;

/**
 * Serves an {@link AuthleteApi} over the HTTP API of Authlete 3.0 or 2.x, so that Authlete's own libraries, and servers
 * in any language, can be tested against it. Mount it on `/api`, or give it to `http.createServer`. Unknown paths of the
 * service get 404, as from Authlete; others go to `next()`, if there is one.
 *
 * @throws TypeError naming the option that is wrong
 * @example
 * ```ts
 * const authlete = await embeddedAuthlete({ issuer, clients });
 * app.use('/api', authleteRouter(authlete, { serviceId: '123', accessToken: 'secret' }));
 * app.use('/api', authleteRouter(authlete, { apiKey: '123', apiSecret: 'secret' }));
 * ```
 */
export function authleteRouter(authlete: AuthleteApi, options: AuthleteRouterOptions): AuthleteRouter {
  requireMethods(authlete, requiredMethods);
  const credentials = readCredentials(options);
  const api = authlete as EmbeddedAuthlete;

  return (req, res, next) => {
    const path = pathAt(req.url ?? '', credentials.prefix);
    const call = path === undefined ? undefined : findCall(path);
    if (call === undefined || typeof api[call.method] !== 'function') {
      if (next && !credentials.owns(path)) next();
      else answer(res, 404, result('E090201', 'There is no such API.'));
    } else if (!call.verbs.some((verb) => verb === req.method)) {
      res.setHeader('Allow', call.verbs.join(', '));
      answer(res, 405, result('E090202', `The HTTP method of this API is ${call.verbs.join(' or ')}.`));
    } else if (!credentials.accept(req.headers.authorization)) {
      res.setHeader('WWW-Authenticate', credentials.challenge);
      answer(res, 401, result('E090203', 'The credentials of the service are missing or wrong.'));
    } else {
      void serve(api, call, req, res);
    }
  };
}

const names = { serviceId: true, accessToken: true, apiKey: true, apiSecret: true } as const;

function readCredentials(options: AuthleteRouterOptions): ServiceCredentials {
  requireKnownOptions(options, names, 'authleteRouter');
  const given: Partial<Record<keyof typeof names, string>> = options;
  const read = (name: keyof typeof names) => {
    const value = given[name];
    if (typeof value === 'string' && value !== '') return value;
    throw new TypeError(`${name} must be a string that is not empty`);
  };
  const is2x = given.apiKey !== undefined || given.apiSecret !== undefined;
  if (is2x && (given.serviceId !== undefined || given.accessToken !== undefined)) {
    throw new TypeError('authleteRouter needs serviceId and accessToken, or apiKey and apiSecret, not both');
  }
  return is2x
    ? basicCredentials(read('apiKey'), read('apiSecret'))
    : bearerCredentials(read('serviceId'), read('accessToken'));
}

/**
 * The part of a URL's path after the service. The path begins with `/api` only if the router is not mounted on `/api`.
 */
function pathAt(url: string, prefix: string): string | undefined {
  const [path = ''] = url.split('?', 1);
  const start = [`/api${prefix}`, prefix].find((each) => path.startsWith(`${each}/`));
  return start === undefined ? undefined : path.slice(start.length);
}

async function serve(api: EmbeddedAuthlete, call: Call, req: RequestWithBody, res: ServerResponse): Promise<void> {
  try {
    const parameters = req.method === 'GET' ? queryParameters(req.url ?? '') : await readParameters(req);
    answer(res, 200, await call.answer(api, parameters), parameters.pretty === true);
  } catch (error) {
    if (error instanceof BodyError) {
      if (error.status === 413) closeAfter(res);
      answer(res, error.status, result('E090204', error.message));
    } else if (error instanceof ProtocolError) {
      answer(res, 404, result(error.resultCode, error.message));
    } else {
      answer(res, 500, result('E090101', 'The call failed.'));
    }
  }
}

function answer(res: ServerResponse, status: number, body: object, pretty = false): void {
  if (res.destroyed) return;
  res.statusCode = status;
  res.setHeader('Content-Type', 'application/json');
  res.setHeader('Cache-Control', 'no-store');
  // Only the provider's documents are pretty-printed, and they hold no integer that JSON.stringify would round.
  res.end(pretty ? JSON.stringify(body, undefined, 2) : stringifyApiResponse(body));
}
