import type { IncomingMessage } from 'node:http';
import type { AuthleteApi } from '../authlete/api.js';
import { resultOf } from '../authlete/client/expect.js';
import { tracedApi } from '../authlete/traced-api.js';
import type { TokenRequest } from '../authlete/types/token.js';
import { errorOf } from '../endpoint/answer.js';
import { authleteAnswer } from '../endpoint/authlete-answer.js';
import { doors, type EndpointHandler } from '../endpoint/doors.js';
import { type ClientRequest, endpoint } from '../endpoint/endpoint.js';
import type { Exchange } from '../endpoint/exchange.js';
import { isRefusal, Refusal } from '../endpoint/refusal.js';
import { reports } from '../telemetry/reports.js';
import { tracedHook } from '../telemetry/trace.js';
import { closeOnce } from '../time/close.js';
import { dpopReader } from './dpop.js';
import { HeldPolls } from './held-polls.js';
import { judgedTokenRequest } from './judged-token-request.js';
import { type CibaTokenOptions, checkOptions } from './options.js';
import { answerOtherGrant, needsHost, type TokenAnswer } from './other-grant.js';
import { policyApplier } from './policy.js';
import { readTokenForm, type TokenForm } from './token-form.js';

/** The token endpoint, returned by {@link cibaToken}: middleware that never calls `next`, and `fetch`. */
export interface CibaToken extends EndpointHandler {
  /**
   * Answers new requests with 503, ends the holds of polls at once, and waits for what is in flight, revocations of tokens
   * included, for `timeout` milliseconds (10 000 by default) at most. May be called again: the earliest timeout
   * counts, and every call resolves to the same: how many requests and revocations had not ended.
   */
  close(options?: { timeout?: number | undefined }): Promise<{ requests: number }>;
}

/**
 * Creates the token endpoint. It forwards every grant to Authlete, the CIBA grant among them, under the same rules as the
 * backchannel authentication endpoint.
 *
 * @throws TypeError that names the option, when one is wrong
 * @see RFC 6749, section 3.2; CIBA Core 1.0, section 10.1; Authlete's `/auth/token` API
 * @example
 * ```ts
 * app.use('/token', cibaToken({ authlete }));
 * ```
 */
export function cibaToken<R extends object = IncomingMessage>(options: CibaTokenOptions<R>): CibaToken {
  checkOptions(options);
  const { longPolling } = options;
  const { logger, emit, trace } = reports(options);
  const authlete = tracedApi(options.authlete as AuthleteApi, trace);
  const otherGrant = tracedHook('otherGrant', options.otherGrant, trace);
  const policy = tracedHook('policy', options.policy, trace);
  const readDpop = dpopReader(options, logger);

  const served = endpoint<R, TokenAnswer>(options, logger, { respond, finished, traced: { trace, name: 'token' } });
  const { timeout, lateCalls } = served;
  const polls = longPolling && new HeldPolls(longPolling, (change) => trace?.count?.('polls', change));
  const applyPolicy = policy && policyApplier(policy, authlete, lateCalls, timeout, logger);
  const readsForm = polls !== undefined || policy !== undefined || options.onEvent !== undefined;
  /** Forms of the requests in flight, for their events. */
  const forms = new WeakMap<Exchange<R>, TokenForm>();

  // Not an async function, since that would take more memory for each poll that is held.
  function respond(exchange: Exchange<R>, client: ClientRequest): Promise<TokenAnswer | Refusal> {
    const form = readsForm ? readTokenForm(client.parameters) : {};
    if (options.onEvent) forms.set(exchange, form);
    const held = polls?.hold(exchange, form);
    const proceed = () => askAuthlete(exchange, client, form);
    return held === undefined ? proceed() : held.then(proceed);
  }

  async function askAuthlete(
    exchange: Exchange<R>,
    client: ClientRequest,
    form: TokenForm,
  ): Promise<TokenAnswer | Refusal> {
    const request: TokenRequest = Object.assign(client, readDpop(exchange.request));
    const response = await exchange.ask('token', () => authlete.token(request, exchange.callOptions));
    if (isRefusal(response)) return response;
    logger.debug('Authlete has judged a token request', () => resultOf(response, request));
    const judged = judgedTokenRequest(response);
    exchange.account.subject = judged.subject;
    exchange.account.scopes = judged.scopes;

    if (needsHost(judged)) return answerOtherGrant(otherGrant, judged, exchange);

    const refused = await applyPolicy?.(judged, form, exchange);
    if (isRefusal(refused)) return refused;

    const answer = authleteAnswer('token', response, exchange.challenge);
    return answer.status === 200 ? { answer } : new Refusal(answer, { action: response.action });
  }

  function finished(exchange: Exchange<R>, { answer }: TokenAnswer | Refusal): void {
    // A client that has left got no answer.
    if (options.onEvent === undefined || exchange.interruption === 'gone') return;
    const { account, durationMs, heldMs } = exchange;
    const { clientId, clientIdAlias, subject, scopes } = account;
    const { grantType, transaction } = forms.get(exchange) ?? {};
    const { status } = answer;
    const error = errorOf(answer);
    const type = 'answered';
    const about = { transaction, clientId, clientIdAlias, subject, scopes };
    emit({ type, ...about, durationMs, grantType, status, error, heldMs });
  }

  const close = closeOnce(async (deadline) => {
    const requests = served.close(deadline);
    polls?.close();
    return { requests: await requests };
  });

  return Object.assign(doors(served, logger), { close });
}
