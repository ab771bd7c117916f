import { parseApiResponse, parseJsonObject } from '../../json/api-response.js';
import { connector } from '../../outbound/connectors.js';
import { withUndici } from '../../outbound/with-undici.js';
import type { AuthleteApi, CallOptions } from '../api.js';
import { AuthleteError } from '../errors.js';
import { type AuthleteClientConfig, clientSettings } from './client-config.js';
import { type HttpRequest, httpCall, type Outcome } from './http-call.js';
import { readAnswer } from './read-answer.js';
import { Repetitions } from './repetition.js';

/** Milliseconds to connect; after that Authlete counts as unreachable, and nothing was sent. */
const maxConnectTimeout = 10_000;

/** The Authlete Web API over HTTP, as {@link authleteClient} makes it. */
export interface AuthleteClient extends Required<AuthleteApi> {
  /**
   * Waits for the calls under way, no longer than their timeout, and closes the connections. Later calls fail with
   * `ERR_AUTHLETE_UNREACHABLE`. May be called more than once.
   */
  close(): Promise<void>;
}

/**
 * Creates a client of the Authlete Web API: version 3.0 with `serviceId` and `accessToken`, version 2.x with `apiKey` and
 * `apiSecret`. It keeps connections open between calls; one client is enough for a process.
 *
 * Every method rejects with an {@link AuthleteError}, with one exception: when the `signal` given to it is aborted, it
 * rejects with that signal's `reason`, as `fetch` does. When a call is abandoned, its connection is closed. A call is
 * repeated, once, only when nothing of it can have been sent, or when Authlete refused it temporarily (429, 503) and said
 * in `Retry-After` or `RateLimit-Reset` when to try again, well within the time that the call has left.
 *
 * @throws TypeError that names the option, when one is missing or wrong
 * @see https://docs.authlete.com/
 * @example
 * ```ts
 * import { authleteClient } from 'ciba-backchannel';
 *
 * const authlete = authleteClient({ baseUrl: 'https://us.authlete.com', serviceId, accessToken });
 * ```
 */
export function authleteClient(config: AuthleteClientConfig): AuthleteClient {
  const settings = clientSettings(config);
  const { origin, apiPath, authorization, timeout } = settings;
  const pool = withUndici(
    (undici) =>
      new undici.Pool(origin, {
        connections: settings.connections,
        maxResponseSize: settings.maxResponseBytes,
        connect: connector(undici, {
          timeout: Math.min(timeout, maxConnectTimeout),
          secureContext: settings.secureContext,
          proxyFor: settings.proxyFor,
        }),
        // The deadline of each call takes the place of these timeouts.
        headersTimeout: 0,
        bodyTimeout: 0,
      }),
  );
  // undici is loaded now, so that the first call need not wait for it. If that fails, the first call says so.
  void Promise.resolve(pool()).catch(() => {});
  const getHeaders = ['user-agent', 'ciba-backchannel', 'authorization', authorization];
  const postHeaders = [...getHeaders, 'content-type', 'application/json'];

  const repetitions = new Repetitions();
  let closed: Promise<void> | undefined;

  /** @param left milliseconds for the call */
  function send(http: HttpRequest, left: number, signal: AbortSignal | undefined): Outcome | Promise<Outcome> {
    const made = pool();
    if (!(made instanceof Promise)) return httpCall(made, http, left, signal);
    const begun = performance.now();
    return made.then(
      (opened) => httpCall(opened, http, left - (performance.now() - begun), signal),
      (error) => {
        signal?.throwIfAborted();
        return { status: undefined, failure: 'broken', error };
      },
    );
  }

  /** Without `request` it is a GET, which returns an OpenID Connect document and not a response in Authlete's own format. */
  async function call<T extends object>(
    api: string,
    path: string,
    request: object | undefined,
    options?: CallOptions,
  ): Promise<T> {
    if (closed) throw new AuthleteError('ERR_AUTHLETE_UNREACHABLE', `${api}: the client has been closed`, { api });
    const http: HttpRequest =
      request === undefined
        ? { method: 'GET', path: apiPath + path, headers: getHeaders }
        : { method: 'POST', path: apiPath + path, headers: postHeaders, body: JSON.stringify(request) };
    const begun = performance.now();
    let outcome = await send(http, timeout, options?.signal);
    if (outcome.retryAfter !== undefined) {
      const left = Math.min(timeout, options?.within ?? timeout) - (performance.now() - begun);
      if (await repetitions.wait(outcome.retryAfter, left, options?.signal)) {
        outcome = await send(http, timeout - (performance.now() - begun), options?.signal);
      }
    }
    return readAnswer(outcome, {
      api,
      origin,
      timeout,
      parse: request === undefined ? parseJsonObject : parseApiResponse,
      secrets: [settings.secrets, request],
    });
  }

  return {
    backchannelAuthentication: (request, options) =>
      call('backchannelAuthentication', '/backchannel/authentication', request, options),
    backchannelAuthenticationIssue: (request, options) =>
      call('backchannelAuthenticationIssue', '/backchannel/authentication/issue', request, options),
    backchannelAuthenticationFail: (request, options) =>
      call('backchannelAuthenticationFail', '/backchannel/authentication/fail', request, options),
    backchannelAuthenticationComplete: (request, options) =>
      call('backchannelAuthenticationComplete', '/backchannel/authentication/complete', request, options),
    token: (request, options) => call('token', '/auth/token', request, options),
    tokenRevoke: (request, options) => call('tokenRevoke', '/auth/token/revoke', request, options),
    revocation: (request, options) => call('revocation', '/auth/revocation', request, options),
    introspection: (request, options) => call('introspection', '/auth/introspection', request, options),
    configuration: (options) => call('configuration', '/service/configuration', undefined, options),
    jwks: (options) => call('jwks', '/service/jwks/get', undefined, options),
    close: () => {
      // Calls that wait for their repetition fail with the refusal that they got.
      repetitions.close();
      closed ??= Promise.resolve(pool()).then(
        (opened) => opened.close(),
        () => {},
      );
      return closed;
    },
  };
}
