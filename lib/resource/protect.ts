import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import { fetchDoor } from '../endpoint/fetch.js';
import { type NodeHandler, nodeDoorToSome } from '../endpoint/node.js';
import type { EndpointRequest } from '../endpoint/request.js';
import type { AccessToken } from './access-token.js';
import { judge } from './judge.js';
import { checkOptions, type ProtectOptions } from './options.js';

/** What {@link protect} returns. */
export interface Protection extends NodeHandler {
  /**
   * The same for Web-standard hosts: resolves to the token of a request that may pass, or to the `Response` that refuses it.
   *
   * @param context only `certificate` is read: the client's, if the host knows it
   */
  fetch(request: Request, context?: unknown): Promise<AccessToken | Response>;
}

/**
 * Protects an API: lets a request pass if Authlete approves its access token, and puts the token's contents into
 * `req.token`. It takes bearer tokens (RFC 6750, in the header only), tokens that are bound to a key (DPoP, RFC 9449), and
 * tokens that are bound to a certificate (RFC 8705). Everything else is refused with the challenge that Authlete made; while
 * Authlete cannot be reached, with 503 and `Retry-After`.
 *
 * @throws TypeError that names the option
 * @see RFC 6750; RFC 8705; RFC 9449; RFC 9470
 * @example
 * ```ts
 * app.get('/accounts', protect({ authlete, scopes: ['accounts'], htu: 'https://api.bank.example' }), (req, res) => {
 *   res.json(accountsOf(req.token.subject));
 * });
 * ```
 */
export function protect<R = IncomingMessage>(options: ProtectOptions<R>): Protection {
  const checked = checkOptions(options);
  const { logger, timeout } = checked;
  const verdictOf = judge(checked) as (request: EndpointRequest) => ReturnType<ReturnType<typeof judge>>;

  const handler: NodeHandler = (req, res, next) => {
    const door = nodeDoorToSome(async (request) => {
      const verdict = await verdictOf(request);
      if ('answer' in verdict) return verdict.answer;
      const { token, dpopNonce } = verdict;
      (req as { token?: AccessToken }).token = token;
      if (dpopNonce) (res as ServerResponse | Http2ServerResponse).setHeader('DPoP-Nonce', dpopNonce);
      return undefined;
    }, logger);
    door(req, res, next);
  };

  return Object.assign(handler, {
    async fetch(request: Request, context?: unknown): Promise<AccessToken | Response> {
      let passed: AccessToken | undefined;
      const serve = async (incoming: EndpointRequest) => {
        const verdict = await verdictOf(incoming);
        if ('token' in verdict) passed = verdict.token;
        // The host answers a request that passes.
        await incoming.send('answer' in verdict ? verdict.answer : { status: 204, headers: {}, body: '' });
      };
      const response = await fetchDoor((incoming) => void serve(incoming), timeout, logger)(request, context);
      return passed ?? response;
    },
  });
}
