import type { IncomingMessage } from 'node:http';
import { completer } from '../completion/completer.js';
import type { CibaCompletion, CloseResult } from '../completion/types.js';
import { doors, type EndpointHandler } from '../endpoint/doors.js';
import { type ClientRequest, endpoint } from '../endpoint/endpoint.js';
import type { Exchange } from '../endpoint/exchange.js';
import { requestParameters } from '../endpoint/parameters.js';
import { isRefusal, type Refusal } from '../endpoint/refusal.js';
import { closeOnce } from '../time/close.js';
import { inFlight } from '../time/in-flight.js';
import { applyPolicies } from './apply-policies.js';
import type { User } from './hooks.js';
import { hostOf } from './host.js';
import { identify } from './identify.js';
import { type Issued, issue } from './issue.js';
import { judge } from './judge.js';
import type { CibaBackchannelOptions } from './options.js';
import { tickets } from './tickets.js';
import { transactions } from './transactions.js';

/**
 * The backchannel authentication endpoint, returned by {@link cibaBackchannel}. Use it with `app.use(path, ciba)`,
 * `app.post(path, ciba)`, `http.createServer(ciba)` and, in Web-standard hosts, `ciba.fetch`; it never calls `next`.
 */
export interface CibaBackchannel extends EndpointHandler, CibaCompletion {}

/**
 * Creates the backchannel authentication endpoint. It checks the request, identifies the user, applies the policies and
 * answers with an `auth_req_id` (steps 1 to 6 of the flow in the README). When the client has its answer, it asks the user,
 * tells Authlete of the decision and notifies the client (steps 7 to 9).
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
export function cibaBackchannel<U extends User, R extends object = IncomingMessage>(
  options: CibaBackchannelOptions<U, R>,
): CibaBackchannel {
  const { authlete, identifyUser, policies, authenticate, logger, emit, trace } = hostOf(options);

  const traced = { trace, name: 'backchannelAuthentication' } as const;
  const served = endpoint<R, Issued<U>>(options, logger, {
    respond,
    finished,
    traced,
    readParameters: requestParameters,
  }); // 1, 2 and 6
  const { timeout, lateCalls } = served;
  const { release, fail } = tickets(authlete, lateCalls, timeout, logger);
  const running = inFlight();
  const ended = (ticket: string) => asked.ended(ticket);
  const completion = completer<U>({ ...options, authlete, logger, emit, trace, running, ended });
  const asked = transactions(authenticate, completion, logger, running);

  async function respond(exchange: Exchange<R>, form: ClientRequest) {
    const judged = await judge(authlete, form, exchange, release, logger); // 3
    if (isRefusal(judged)) return judged;
    const { ticket, request } = judged;
    exchange.account.deliveryMode = request.deliveryMode;
    exchange.account.scopes = request.scopes.map(({ name }) => name);

    const identified = await identify(identifyUser, request, exchange, logger); // 4
    if (isRefusal(identified)) return fail(ticket, identified, exchange);

    const refused = await applyPolicies(policies, request, identified.user, exchange, logger);
    if (isRefusal(refused)) return fail(ticket, refused, exchange);

    const issued = await issue(authlete, judged, identified, exchange, logger); // 5
    if (isRefusal(issued)) return fail(ticket, issued, exchange);

    if (authenticate) completion.issued(issued.pending);
    return issued;
  }

  function finished(exchange: Exchange<R>, outcome: Issued<U> | Refusal, sent: boolean): void {
    const { account, durationMs } = exchange;
    const { clientId, clientIdAlias, subject, actor, deliveryMode, scopes = [] } = account;
    const about = { clientId, clientIdAlias, subject, actor, deliveryMode, durationMs };
    if (isRefusal(outcome)) {
      const { answer, action, reason } = outcome;
      const { status } = answer;
      emit({ type: 'refused', status, action, reason, scopes: account.scopes, ...about });
    } else if (sent) {
      const transaction = outcome.pending.id;
      emit({ type: 'issued', transaction, scopes, ...about });
      asked.begin(outcome.pending, outcome.request, outcome.authReqId); // 7 to 9
    } else if (authenticate) asked.abandon(outcome.pending);
    else release(outcome.pending.ticket);
  }

  const close = closeOnce(async (deadline): Promise<CloseResult> => {
    const requests = await served.close(deadline);
    const interrupted = await asked.close(deadline);
    const undone = await completion.close(deadline);
    const { size } = new Set([...interrupted, ...undone.tickets]);
    return { transactions: requests + size, deliveries: undone.deliveries };
  });

  async function idle(): Promise<void> {
    await served.idle();
    await running.idle();
  }

  return Object.assign(doors(served, logger), { complete: completion.complete, idle, close });
}
