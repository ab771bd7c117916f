import { createHash, timingSafeEqual } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { AuthleteApi } from '../../authlete/api.js';
import { stringifyApiResponse } from '../../authlete/json.js';
import { BodyError, type RequestWithBody, readJsonObject } from '../../endpoint/json-body.js';
import { requireMethods, requireOptions } from '../../options/checks.js';
import { result } from '../request/protocol-error.js';

/** Options of {@link authleteRouter}. */
export interface AuthleteRouterOptions {
  /** The service's id: the first part of every path. */
  serviceId: string;
  /** The token that callers must present as `Authorization: Bearer`. */
  accessToken: string;
}

/** Serves Express, Connect and `http.createServer`. */
export type AuthleteRouter = (req: RequestWithBody, res: ServerResponse, next?: (error?: unknown) => void) => void;

/**
 * Serves an {@link AuthleteApi} over the HTTP API of Authlete 3.0, so that Authlete's own SDKs, and servers in any
 * language, can be tested against it. Mount it on `/api`, or give it to `http.createServer` as it is. Unknown paths go
 * to `next()`, or are answered with 404 where there is none.
 *
 * @throws TypeError naming the option that is wrong
 * @example
 * ```ts
 * const authlete = await embeddedAuthlete({ issuer, clients });
 * app.use('/api', authleteRouter(authlete, { serviceId: '123', accessToken: 'secret' }));
 * ```
 */
export function authleteRouter(authlete: AuthleteApi, options: AuthleteRouterOptions): AuthleteRouter {
  requireMethods(
    authlete,
    [...apis.values()].map(({ method }) => method),
  );
  requireOptions(options, 'authleteRouter');
  for (const name of ['serviceId', 'accessToken'] as const) {
    if (typeof options[name] !== 'string' || options[name] === '') {
      throw new TypeError(`${name} must be a string that is not empty`);
    }
  }
  const service = encodeURIComponent(options.serviceId);
  const tokenHash = sha256(options.accessToken);

  return (req, res, next) => {
    const api = findApi(req.url ?? '', service);
    if (api === undefined) {
      if (next) next();
      else answer(res, 404, result('E090201', 'There is no such API.'));
    } else if (req.method !== api.verb) {
      res.setHeader('Allow', api.verb);
      answer(res, 405, result('E090202', `The HTTP method of this API is ${api.verb}.`));
    } else if (!isAuthorized(req, tokenHash)) {
      res.setHeader('WWW-Authenticate', 'Bearer error="invalid_token"');
      answer(res, 401, result('E090203', 'The access token is missing or wrong.'));
    } else {
      void serve(authlete, api, req, res);
    }
  };
}

const maxBodyBytes = 1_048_576;

interface Api {
  readonly verb: 'GET' | 'POST';
  readonly method: keyof AuthleteApi;
}

const apis: ReadonlyMap<string, Api> = new Map([
  ['/backchannel/authentication', { verb: 'POST', method: 'backchannelAuthentication' }],
  ['/backchannel/authentication/issue', { verb: 'POST', method: 'backchannelAuthenticationIssue' }],
  ['/backchannel/authentication/fail', { verb: 'POST', method: 'backchannelAuthenticationFail' }],
  ['/backchannel/authentication/complete', { verb: 'POST', method: 'backchannelAuthenticationComplete' }],
  ['/auth/token', { verb: 'POST', method: 'token' }],
  ['/auth/token/revoke', { verb: 'POST', method: 'tokenRevoke' }],
  ['/auth/introspection', { verb: 'POST', method: 'introspection' }],
  ['/service/configuration', { verb: 'GET', method: 'configuration' }],
  ['/service/jwks/get', { verb: 'GET', method: 'jwks' }],
]);

/** The `/api` before the service is there only when the router is not mounted on it. */
function findApi(url: string, service: string): Api | undefined {
  const [path = ''] = url.split('?', 1);
  for (const prefix of [`/api/${service}`, `/${service}`]) {
    if (path.startsWith(`${prefix}/`)) return apis.get(path.slice(prefix.length));
  }
  return undefined;
}

function isAuthorized({ headers }: RequestWithBody, tokenHash: Buffer): boolean {
  const presented = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
  return presented !== undefined && timingSafeEqual(sha256(presented), tokenHash);
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

async function serve(authlete: AuthleteApi, api: Api, req: RequestWithBody, res: ServerResponse): Promise<void> {
  const call = authlete[api.method].bind(authlete) as (request?: object) => Promise<object>;
  try {
    answer(res, 200, await (api.verb === 'GET' ? call() : call(await readJsonObject(req, maxBodyBytes))));
  } catch (error) {
    if (!(error instanceof BodyError)) {
      answer(res, 500, result('E090101', 'The call failed.'));
      return;
    }
    if (error.status === 413) res.setHeader('Connection', 'close');
    answer(res, error.status, result('E090204', error.message));
  }
}

function answer(res: ServerResponse, status: number, body: object): void {
  if (res.destroyed) return;
  res.statusCode = status;
  res.setHeader('Content-Type', 'application/json');
  res.setHeader('Cache-Control', 'no-store');
  res.end(stringifyApiResponse(body));
}
