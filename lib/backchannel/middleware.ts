import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AuthleteApi } from '../authlete/api.js';
import type { AuthenticationRequest } from '../authlete/authentication-request.js';
import { resultOf } from '../authlete/expect.js';
import type { Reason } from '../authlete/reason.js';
import { transactionId } from '../authlete/transaction-id.js';
import { type CompletionResult, completer, type Pending } from '../completion/completer.js';
import type { Decision } from '../completion/decision.js';
import { type Answer, errorAnswer, isAnswer, withAttestationChallenge } from '../endpoint/answer.js';
import { parseBodyLimit } from '../endpoint/body-limit.js';
import { clientCertificateReader } from '../endpoint/certificate/client-certificate.js';
import { basicChallenge } from '../endpoint/challenge.js';
import { clientCredentials } from '../endpoint/credentials.js';
import { type Exit, failureAnswer, serve } from '../endpoint/endpoint.js';
import type { Exchange } from '../endpoint/exchange.js';
import { formReader } from '../endpoint/form.js';
import { type HookContext, hookContext } from '../endpoint/hook-context.js';
import { optionalTimeout } from '../options/checks.js';
import { emitter } from '../telemetry/events.js';
import { guardedLogger } from '../telemetry/logger.js';
import { Deadline } from '../time/deadline.js';
import { inFlight } from '../time/in-flight.js';
import { applyPolicies } from './apply-policies.js';
import { fail, releaser } from './fail.js';
import type { User } from './hooks.js';
import { identify } from './identify.js';
import { acknowledgement, issue } from './issue.js';
import { judge, type Valid } from './judge.js';
import { type CibaBackchannelOptions, checkOptions, policiesOf } from './options.js';
import { isRejection, type Rejection } from './rejection.js';
import { transactions } from './transactions.js';

/** The middleware of the backchannel authentication endpoint, made by {@link cibaBackchannel}. */
export interface CibaBackchannel {
  /** Serves with `app.use(path, ciba)`, `app.post(path, ciba)` and `http.createServer(ciba)`; never calls `next`. */
  (req: IncomingMessage, res: ServerResponse, next?: (error?: unknown) => void): void;
  /**
   * Completes a transaction whose `authenticate` said `later()`; its handle may come from another process.
   *
   * @returns when Authlete was told; `notification` of the result tells how a ping or push ended
   * @throws HandleError when the handle is malformed, tampered, foreign or expired
   * @throws CompletionError `ERR_COMPLETE_REFUSED` when Authlete refuses: unknown, used or expired
   * @throws AuthleteError when Authlete cannot be reached, or answers nonsense
   */
  complete(handle: string, decision: Decision): Promise<CompletionResult>;
  /**
   * Answers new requests with 503 and waits for what is in flight; after `timeout` milliseconds (10 000 by default)
   * hooks that still wait are aborted and completed as `TRANSACTION_FAILED`, and deliveries are given up and reported.
   * May be called again: the earliest end counts, and every call resolves to the same.
   */
  close(options?: { timeout?: number }): Promise<CloseResult>;
}

/** What `close()` had to leave undone. */
export interface CloseResult {
  /** Transactions whose hook still waited. */
  transactions: number;
  /** Pings and pushes that were not delivered. */
  deliveries: number;
}

interface BackchannelExit<U extends User> extends Exit {
  clientId?: string;
  subject?: string;
  /** Authlete refused. */
  action?: string;
  /** A hook refused. */
  reason?: Reason;
  /** Nobody refused. */
  issued?: { pending: Pending<U>; request: AuthenticationRequest; authReqId: string };
}

/**
 * Makes the middleware of the backchannel authentication endpoint: steps 1 to 6 are the HTTP request, 7 to 9 follow
 * when the answer is out.
 *
 * @throws TypeError that names the option, when one is wrong
 * @see CIBA Core 1.0, section 7; Authlete's `/backchannel/authentication` API
 * @example
 * ```ts
 * const ciba = cibaBackchannel({
 *   authlete: authleteClient({ baseUrl, serviceId, accessToken }),
 *   identifyUser: (request) => users.findByHint(request.hint),
 *   policy: (request) => (request.bindingMessage ? undefined : reject('INVALID_BINDING_MESSAGE')),
 *   authenticate: async ({ handle, user }) => (await push.send(user.device, { handle }), later()),
 * });
 * app.use('/backchannel/authentication', ciba);
 * ```
 */
export function cibaBackchannel<U extends User, R extends IncomingMessage = IncomingMessage>(
  options: CibaBackchannelOptions<U, R>,
): CibaBackchannel {
  checkOptions(options);
  const { authlete, identifyUser, authenticate, bodyLimit = '64kb', realm = 'CIBA', timeout = 10_000 } = options;
  const logger = guardedLogger(options.logger);
  const policies = policiesOf(options.policy);
  const readForm = formReader(parseBodyLimit(bodyLimit));
  const readCertificate = clientCertificateReader(options.clientCertificate);
  const challenge = basicChallenge(realm);
  const emit = emitter(options.onEvent, logger);
  const requests = inFlight();
  const release = releaser(authlete, logger, requests.track);
  const completion = completer<U>({
    ...options,
    authlete: authlete as Pick<AuthleteApi, 'backchannelAuthenticationComplete'>,
    logger,
    emit,
  });
  const asked = transactions(authenticate, completion, logger);
  let closed: { deadline: Deadline; result: Promise<CloseResult> } | undefined;

  async function respond(req: R, exchange: Exchange): Promise<BackchannelExit<U>> {
    if (closed) return { answer: shuttingDown() };

    const form = await readForm(req, exchange); // 1
    if (typeof form !== 'string') return { answer: form };

    const credentials = clientCredentials(req, readCertificate); // 2
    if (isAnswer(credentials)) return { answer: credentials };

    const judged = await judge(authlete, { ...credentials, parameters: form }, challenge, exchange, release); // 3
    logger.debug('Authlete has judged a request', resultOf(judged.response));
    // An API that is not ours may hand out the number itself.
    const clientId = judged.response.clientId?.toString();
    if (judged.answer) return { answer: judged.answer, action: judged.response.action, clientId };

    const exit = await answerValid(judged, hookContext(req, exchange), exchange);
    return { ...exit, answer: withAttestationChallenge(exit.answer, judged.response), clientId };
  }

  async function answerValid(
    { ticket, request }: Valid,
    context: HookContext<R>,
    exchange: Exchange,
  ): Promise<BackchannelExit<U>> {
    let subject: string | undefined;
    try {
      const user = await identify(identifyUser, request, context, exchange, logger); // 4
      if (isRejection(user)) return refuse(user);
      subject = user.subject;
      const rejection = await applyPolicies(policies, request, user, context, exchange, logger);
      if (rejection) return { ...(await refuse(rejection)), subject };

      const { answer, response } = await issue(authlete, ticket, exchange); // 5
      if (response.action === 'OK') {
        const { authReqId, expiresAt } = acknowledgement(response);
        const { clientId, clientIdAlias, deliveryMode, claimNames = [] } = request;
        const pending: Pending<U> = {
          id: transactionId(authReqId),
          ticket,
          subject,
          clientId,
          ...(clientIdAlias && { clientIdAlias }),
          deliveryMode,
          claimNames,
          expiresAt,
          user,
        };
        return { answer, subject, issued: { pending, request, authReqId } };
      }
      logger.error('Authlete did not issue an auth_req_id', resultOf(response));
      if (response.action !== 'INVALID_TICKET') release(ticket);
      return { answer, subject, action: response.action };
    } catch (error) {
      release(ticket);
      return { answer: failureAnswer(error, logger), subject };
    }

    async function refuse(rejection: Rejection): Promise<BackchannelExit<U>> {
      const answer = await fail(authlete, ticket, rejection, exchange, requests.track, logger);
      return { answer, reason: rejection.reason };
    }
  }

  async function handle(req: R, res: ServerResponse): Promise<void> {
    const started = performance.now();
    const { exit, sent } = await serve(req, res, timeout, logger, (exchange) => respond(req, exchange)); // 6
    const { answer, action, reason, clientId, subject, issued } = exit;
    const about = { clientId, subject, durationMs: performance.now() - started };
    if (issued === undefined) emit({ ...about, type: 'refused', status: answer.status, action, reason });
    else if (sent) {
      emit({ ...about, type: 'issued' });
      asked.begin(issued.pending, issued.request, issued.authReqId); // 7 to 9
    } else if (authenticate) asked.abandon(issued.pending);
    else release(issued.pending.ticket);
  }

  async function closeAll(deadline: Deadline): Promise<CloseResult> {
    await requests.idle(deadline);
    const transactions = await asked.close(deadline, timeout);
    return { transactions, deliveries: await completion.close(deadline) };
  }

  return Object.assign(
    (req: IncomingMessage, res: ServerResponse) => {
      requests.track(handle(req as R, res));
    },
    {
      complete: completion.complete,
      close({ timeout: within = 10_000 }: { timeout?: number } = {}) {
        optionalTimeout(within, 'timeout', 0);
        if (closed === undefined) {
          const deadline = new Deadline(within);
          closed = { deadline, result: closeAll(deadline) };
        }
        closed.deadline.bringForward(within);
        return closed.result;
      },
    },
  );
}

function shuttingDown(): Answer {
  return errorAnswer(503, 'server_error', 'the server is shutting down', { Connection: 'close' });
}
