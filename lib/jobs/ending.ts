import type { AuthleteError } from '../authlete/errors.js';
import { backoff } from '../notification/retry.js';
import type { NotificationOutcome } from '../notification/types.js';
import type { GiveUpReason } from '../telemetry/events.js';
import type { InFlight } from '../time/in-flight.js';
import { mayBeProcessed, prospectOf } from './authlete-failure.js';
import {
  about,
  type DecisionContents,
  deadlineOf,
  type IssuedTransaction,
  type NotificationContents,
} from './contents.js';
import { type DeliveryOptions, delivery } from './delivery.js';
import { type AuthleteVerdict, type CompleteApi, tellAuthlete } from './tell-authlete.js';
import { type Told, tracedCall } from './traced.js';
import type { DecisionOutcome } from './types.js';
import { type Underway, Work } from './underway.js';

/** What the end of a transaction needs. */
export interface EndingOptions extends DeliveryOptions {
  authlete: CompleteApi;
  running: InFlight;
  /** Called for each transaction that has ended. @param taken false if Authlete has refused the decision */
  ended(transaction: IssuedTransaction, taken: boolean): void;
}

/** How Authlete is told of a decision, and who hears the result. */
export interface Telling {
  /** Whether the call to Authlete is repeated when it fails. */
  again: boolean;
  /** Milliseconds for which a caller waits for the answer; `undefined` if no caller waits. */
  within?: number;
  /** Whether a caller still hears the result from `say`. */
  isHeard: boolean;
  /** Called with the result as soon as it is known. */
  say(outcome: DecisionOutcome): void;
}

/** Minimum milliseconds after the decision for which delivery is tried, even if the `auth_req_id` expires sooner. */
const minPatience = 120_000;

/** Maximum milliseconds between two calls to Authlete, so that it gets the decision soon after it is back. */
const maxDelay = 10_000;

/** How a transaction ends: Authlete is told of the decision until it has answered, then the client is notified. */
export interface Endings {
  /** Never rejects. */
  decide(underway: Underway, contents: DecisionContents, telling: Telling): Promise<void>;
  /** Never rejects. @param say called with the result of the delivery; in a durable queue, with that of the first attempt */
  deliver(
    underway: Underway,
    contents: NotificationContents,
    say: (outcome: NotificationOutcome) => void,
  ): Promise<void>;
}

export function endings(options: EndingOptions): Endings {
  const { authlete, list, giveUp, emit, logger, running, ended, stop } = options;
  const callOnce = tracedCall(call, options.trace);
  const notify = delivery(options);

  /** Stage 1: Authlete is told, again after each pause. */
  async function tell(underway: Underway, given: DecisionContents, telling: Telling, work: Work): Promise<void> {
    const { row } = underway;
    const deadline = deadlineOf(given);
    for (let attempts = given.attempts + 1; ; attempts += 1) {
      underway.calls += 1;
      const told = await callOnce(given, telling.within);
      underway.calls -= 1;
      if ('verdict' in told) return heard(underway, given, told, telling, work);

      const { error } = told;
      underway.lost ||= mayBeProcessed(error);
      const contents = { ...given, attempts, unheard: true };
      const delay = Math.min(backoff(attempts), maxDelay);
      const prospect = prospectOf(error);
      const isPossible = prospect === 'again' || (prospect === 'elsewhere' && row !== undefined);
      const isInTime = deadline.remaining > delay && !(stop.aborted && row === undefined);
      const again = telling.again && isPossible && isInTime && !underway.over && !isUnknown(underway);
      const details = { ...about(given.transaction), result: given.request.result, attempts, again, error };
      logger.error('Authlete could not be told of a decision', details, prospect === 'elsewhere' ? 'host' : undefined);
      if (!again) return failed(underway, contents, told, telling);

      telling.say({ type: 'putOff', error });
      telling.isHeard = false;
      const isLeft = prospect === 'elsewhere' || stop.aborted;
      if (!isLeft) {
        row?.become(contents, delay).catch(() => {});
        await work.pause(delay);
      }
      if (row && (isLeft || stop.aborted)) {
        row.giveBack({ ...contents, unheard: underway.lost }, stop.aborted ? 0 : delay);
        return list.end(underway);
      }
      if (underway.over) return;
      if (row && !(await row.isMine())) return list.end(underway);
    }
  }

  /** Makes one call. It is not cut off, since we must know what Authlete did. */
  async function call({ request }: DecisionContents, within: number | undefined): Promise<Told> {
    const begun = performance.now();
    try {
      const verdict = await tellAuthlete(authlete, request, within);
      return { verdict, durationMs: performance.now() - begun };
    } catch (error) {
      return { error: error as AuthleteError, durationMs: performance.now() - begun };
    }
  }

  /** The call has failed, and is not repeated. */
  async function failed(
    underway: Underway,
    contents: DecisionContents,
    { error, durationMs }: Told & { error: AuthleteError },
    { again, say }: Telling,
  ): Promise<void> {
    if (underway.over || underway.calls > 0) return say({ type: 'failed', error });
    if (isUnknown(underway)) {
      const ending = unlessStored(underway, contents, durationMs);
      say({ type: 'failed', error });
      return ending;
    }
    const isNonsense = error.code === 'ERR_AUTHLETE_ANSWER';
    if (isNonsense) giveUp.decision(contents, 'unknown', durationMs);
    else if (again) giveUp.decision(contents, reasonOf(underway, error, stop.aborted), durationMs);
    say({ type: 'failed', error });
    void underway.row?.withdraw();
    if (again || isNonsense || underway.row || !underway.lost) list.end(underway);
    else list.remember(underway, deadlineOf(contents).remaining);
  }

  function heard(
    underway: Underway,
    contents: DecisionContents,
    { verdict, durationMs }: Told & { verdict: AuthleteVerdict },
    telling: Telling,
    work: Work,
  ): Promise<void> | void {
    const { say } = telling;
    const { transaction, request } = contents;
    if (verdict.action === 'SERVER_ERROR') {
      underway.refused = true;
      // If another call is under way, its answer settles the transaction.
      const isSettled = underway.calls > 0 || underway.over;
      const ending = isSettled ? undefined : refused(underway, contents, durationMs, telling.isHeard);
      const { action: _, ...result } = verdict;
      say({ type: 'refused', ...result });
      return ending;
    }
    underway.over = true;
    underway.wake?.();
    emit({ type: 'completed', result: request.result, durationMs, ...about(transaction) });
    ended(transaction, true);
    if (verdict.action === 'NO_ACTION' || verdict.notification === undefined) {
      if (verdict.action === 'NOTIFICATION') giveUp.decision(contents, 'unknown', durationMs);
      underway.row?.remove();
      list.end(underway);
      return say(verdict.action === 'NO_ACTION' ? { type: 'taken' } : { type: 'incomplete', error: verdict.error });
    }
    const { notification, deliveryMode = transaction.deliveryMode } = verdict;
    const begunAt = Date.now();
    const next: NotificationContents = {
      kind: 'notification',
      transaction: { ...transaction, deliveryMode },
      result: request.result,
      ...notification,
      attempts: 0,
      begunAt,
      expiresAt: Math.max(contents.expiresAt, begunAt + minPatience),
    };
    underway.row?.become(next).catch(() => {});
    let delivered!: (outcome: NotificationOutcome) => void;
    const outcome = new Promise<NotificationOutcome>((resolve) => {
      delivered = resolve;
    });
    say({ type: 'taken', notification: outcome });
    return notify(underway, next, delivered, work);
  }

  /** Authlete has refused, and no call is under way any more: the ticket is unknown, expired, or used. */
  async function refused(
    underway: Underway,
    contents: DecisionContents,
    durationMs: number,
    isHeard: boolean,
  ): Promise<void> {
    const { row } = underway;
    ended(contents.transaction, false);
    if (underway.lost) return unlessStored(underway, contents, durationMs);
    if (!isHeard && (row === undefined || (await row.isMine()))) {
      giveUp.decision(contents, Date.now() < contents.expiresAt ? 'refused' : 'expired', durationMs);
    }
    // The row stays if another process has it: if that process dies, the next one must find the row.
    void row?.withdraw();
    list.end(underway);
  }

  /**
   * A call was lost and another one was refused, so nobody knows what the client should have received. But if another
   * process has the row now, that process has heard Authlete's answer and has stored it.
   */
  async function unlessStored(underway: Underway, contents: DecisionContents, durationMs: number): Promise<void> {
    const { row } = underway;
    if (row && !(await row.ask().catch(() => false))) return list.end(underway);
    giveUp.decision(contents, 'unknown', durationMs);
    row?.remove();
    list.end(underway);
  }

  /** Counts what is done for a transaction until it has ended. */
  async function counted(underway: Underway, perform: (work: Work) => Promise<void>): Promise<void> {
    const work = new Work(running, underway);
    try {
      await perform(work);
    } finally {
      work.done();
    }
  }

  return {
    decide: (underway, contents, telling) => counted(underway, (work) => tell(underway, contents, telling, work)),
    deliver(underway, contents, say) {
      underway.over = true;
      return counted(underway, (work) => notify(underway, contents, say, work));
    },
  };
}

/** A call was lost, and Authlete has refused another: as far as we know, the lost call has used the ticket. */
function isUnknown({ lost, refused, calls }: Underway): boolean {
  return lost && refused && calls === 0;
}

function reasonOf({ row, lost }: Underway, error: AuthleteError, closed: boolean): GiveUpReason {
  if (prospectOf(error) !== 'again') return 'refused';
  // In a durable queue, another process does the work that this one leaves when it closes.
  if (closed && row === undefined) return 'closed';
  return lost ? 'unknown' : 'expired';
}
