import type { AuthleteApi } from '../authlete/api.js';
import { deliveries } from '../notification/deliveries.js';
import { notificationOptions } from '../notification/options.js';
import type { NotificationOptions, NotificationOutcome } from '../notification/types.js';
import type { EventListener } from '../telemetry/events.js';
import type { Logger } from '../telemetry/logger.js';
import type { Deadline } from '../time/deadline.js';
import { inFlight } from '../time/in-flight.js';
import { withTimeLimit } from '../time/time-limit.js';
import { type ClaimsHook, claimValues } from './claims.js';
import { type Completed, complete, completedAlready, completeRequest, unanswered } from './complete.js';
import { type Decision, failed, isDecision } from './decision.js';
import { CompletionError } from './errors.js';
import { type HandleContents, type HandleKey, type Handles, handles, handlesOfThisProcess } from './handle.js';

export type { NotificationOptions } from '../notification/types.js';
export type { ClaimsHook } from './claims.js';
export type { HandleKey } from './handle.js';

/** What is needed to complete a transaction. */
export interface Pending<U> extends HandleContents {
  /** For the `claims` hook; not in the handle. */
  user: U;
}

/** Everything that the factories hand over. `handleKeys` and `notifications` are checked here. */
export interface CompleterOptions<U extends { subject: string }> {
  authlete: Pick<AuthleteApi, 'backchannelAuthenticationComplete'>;
  handleKeys?: readonly HandleKey[];
  claims?: ClaimsHook<U>;
  notifications?: NotificationOptions;
  logger: Logger;
  emit: EventListener;
  /** Milliseconds for the `claims` hook, and as many for Authlete's answer; 10,000 by default. */
  timeout?: number;
}

/** What became of a decision. */
export interface CompletionResult {
  /** `NO_ACTION` (the client polls), or `NOTIFICATION` (it is pinged or pushed to). */
  action: 'NO_ACTION' | 'NOTIFICATION';
  /** How delivery to the client ended. It never rejects. */
  notification?: Promise<NotificationOutcome>;
}

/** Completes transactions and delivers notifications. */
export interface Completer<U extends { subject: string }> {
  /** Makes the handle. */
  seal(contents: HandleContents): string;
  /** Completes with a handle, from this process or another. */
  complete(handle: string, decision: Decision): Promise<CompletionResult>;
  /** Completes without a handle. Works after `close()` has begun, too. */
  settle(pending: Pending<U>, decision: Decision): Promise<CompletionResult>;
  /** Waits for what is in flight; resolves to the number of deliveries left undone. */
  close(deadline: Deadline): Promise<number>;
}

/** Milliseconds after the decision for which delivery is tried at least, however soon the `auth_req_id` expires. */
const leastPatience = 120_000;

/** Makes the part that both `cibaBackchannel` and `cibaCompletion` complete with. */
export function completer<U extends { subject: string }>(options: CompleterOptions<U>): Completer<U> {
  const { authlete, claims, logger, emit, timeout = 10_000 } = options;
  const { seal, open } = handlesOf(options.handleKeys, logger);
  const outgoing = deliveries({ ...notificationOptions(options.notifications), logger, emit });
  const running = inFlight();
  const underway = new Map<string, Promise<unknown>>();
  let closing = false;

  /** One decision at a time for a ticket; the next one counts only if this one could not be taken. */
  async function oneAtATime<T>(ticket: string, work: () => Promise<T>): Promise<T> {
    for (let other = underway.get(ticket); other; other = underway.get(ticket)) {
      const taken = await other.then(
        () => true,
        () => false,
      );
      if (taken) throw completedAlready();
    }
    const mine = work().finally(() => underway.delete(ticket));
    underway.set(ticket, mine);
    return mine;
  }

  /** What `close()` waits for. */
  function tracked<T>(work: Promise<T>): Promise<T> {
    running.track(work);
    return work;
  }

  async function tell(pending: Omit<Pending<U>, 'user'>, decision: Decision, values: Record<string, unknown>) {
    const { ticket, subject, clientId } = pending;
    const begun = performance.now();
    const request = completeRequest(ticket, subject, decision, values);
    // An answer that comes too late for the caller is heard all the same: the client is notified.
    return withTimeLimit(
      timeout,
      async (signal) => taken(await complete(authlete, request, signal)),
      () => unanswered(timeout),
    );

    function taken({ response, callback }: Completed): CompletionResult {
      emit({ type: 'completed', clientId, subject, result: decision.result, durationMs: performance.now() - begun });
      if (!callback) return { action: 'NO_ACTION' };
      const { deliveryMode } = response;
      const until = Math.max(pending.expiresAt, Date.now() + leastPatience);
      const about = { clientId, subject, result: decision.result, ...(deliveryMode && { deliveryMode }) };
      return { action: 'NOTIFICATION', notification: outgoing.start({ ...callback, until, ...about }) };
    }
  }

  async function completeByHandle(handle: string, decision: Decision): Promise<CompletionResult> {
    requireDecision(decision);
    if (closing) throw closedAlready();
    const pending = open(handle);
    return oneAtATime(pending.ticket, async () => {
      const user = { subject: pending.subject } as Partial<U> & { subject: string };
      return tell(pending, decision, await claimValues(claims, decision, pending.claimNames, user, timeout));
    });
  }

  async function settle(pending: Pending<U>, decision: Decision): Promise<CompletionResult> {
    requireDecision(decision);
    return oneAtATime(pending.ticket, async () => {
      let values: Record<string, unknown>;
      try {
        values = await claimValues(claims, decision, pending.claimNames, pending.user, timeout);
      } catch (error) {
        // Nobody is there to try again, and the client must not wait for what will not come.
        const { clientId, subject } = pending;
        logger.error('claims failed; the transaction has failed with it', { clientId, subject, error });
        return tell(pending, failed(), {});
      }
      return tell(pending, decision, values);
    });
  }

  return {
    seal,
    complete: (handle, decision) => tracked(completeByHandle(handle, decision)),
    settle: (pending, decision) => tracked(settle(pending, decision)),
    async close(deadline) {
      closing = true;
      await running.idle(deadline);
      return outgoing.close(deadline);
    },
  };
}

function handlesOf(keys: readonly HandleKey[] | undefined, logger: Logger): Handles {
  if (keys !== undefined) return handles(keys);
  logger.info('no handleKeys: a random key is used, so handles open in this process only and not after a restart');
  return handlesOfThisProcess();
}

function closedAlready(): CompletionError {
  return new CompletionError('ERR_CLOSED', 'closed already: another process can complete the transaction');
}

function requireDecision(decision: unknown): void {
  if (!isDecision(decision)) throw new TypeError('the decision must be what authorized(), denied() or failed() makes');
}
