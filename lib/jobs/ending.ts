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
import type { Decided } from './types.js';
import { type Underway, Work } from './underway.js';

/** What ending a transaction needs. */
export interface EndingOptions extends DeliveryOptions {
  authlete: CompleteApi;
  running: InFlight;
  /** Told of each transaction that has an end: Authlete has answered. */
  ended(transaction: IssuedTransaction, taken: boolean): void;
}

/** How a decision is told. */
export interface Telling {
  /** Whether Authlete is told again when it does not answer. */
  again: boolean;
  /** Milliseconds in which someone waits for the end, where someone does. */
  within?: number;
  /** Whether somebody is told how the first call ended. */
  isHeard: boolean;
  /** Told how it went, as soon as that is known. */
  say(decided: Decided): void;
}

/** Milliseconds after the decision for which delivery is tried at least, however soon the `auth_req_id` expires. */
const minPatience = 120_000;

/** Milliseconds between two calls to Authlete, at most: it takes the decision soon after it is back. */
const maxDelay = 10_000;

/** How a transaction ends: Authlete is told of the decision until it has answered, then the client is notified. */
export interface Endings {
  /** Never rejects. */
  decide(underway: Underway, contents: DecisionContents, telling: Telling): Promise<void>;
  /** Never rejects. @param say told how the delivery ended; in a durable queue, how the first attempt did */
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

  // Stage 1: Authlete is told.

  async function decide(underway: Underway, given: DecisionContents, telling: Telling): Promise<void> {
    const work = new Work(running, underway);
    try {
      await tell(underway, given, telling, work);
    } finally {
      work.done();
    }
  }

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

      telling.say({ end: 'putOff', error });
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

  /** One call. It is not cut off: what Authlete did has to be known. */
  async function call({ request }: DecisionContents, within: number | undefined): Promise<Told> {
    const begun = performance.now();
    try {
      const verdict = await tellAuthlete(authlete, request, within);
      return { verdict, durationMs: performance.now() - begun };
    } catch (error) {
      return { error: error as AuthleteError, durationMs: performance.now() - begun };
    }
  }

  /** There is no further call. */
  async function failed(
    underway: Underway,
    contents: DecisionContents,
    { error, durationMs }: Told & { error: AuthleteError },
    { again, say }: Telling,
  ): Promise<void> {
    if (underway.over || underway.calls > 0) return say({ end: 'failed', error });
    if (isUnknown(underway)) {
      const ending = unlessStored(underway, contents, durationMs);
      say({ end: 'failed', error });
      return ending;
    }
    const isNonsense = error.code === 'ERR_AUTHLETE_ANSWER';
    if (isNonsense) giveUp.decision(contents, 'unknown', durationMs);
    else if (again) giveUp.decision(contents, reasonOf(underway, error, stop.aborted), durationMs);
    say({ end: 'failed', error });
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
      // Another call may tell what has become of it.
      const isSettled = underway.calls > 0 || underway.over;
      const ending = isSettled ? undefined : refused(underway, contents, durationMs, telling.isHeard);
      const { action: _, ...result } = verdict;
      say({ end: 'refused', ...result });
      return ending;
    }
    underway.over = true;
    underway.wake?.();
    emit({ type: 'completed', result: request.result, durationMs, ...about(transaction) });
    ended(transaction, true);
    if (verdict.action === 'NO_ACTION' || verdict.notification === undefined) {
      if (verdict.action === 'NOTIFICATION') giveUp.decision(contents, 'unknown', durationMs);
      underway.row?.end();
      list.end(underway);
      return say(verdict.action === 'NO_ACTION' ? { end: 'taken' } : { end: 'incomplete', error: verdict.error });
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
    say({ end: 'taken', notification: outcome });
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
    // Should another process have the row and die, the row has to be found.
    void row?.withdraw();
    list.end(underway);
  }

  /**
   * A call was lost and another one was refused: nobody knows what the client should have been sent. Unless the row has
   * gone on without us: then the process that heard Authlete's answer has stored it.
   */
  async function unlessStored(underway: Underway, contents: DecisionContents, durationMs: number): Promise<void> {
    const { row } = underway;
    if (row && !(await row.ask().catch(() => false))) return list.end(underway);
    giveUp.decision(contents, 'unknown', durationMs);
    row?.end();
    list.end(underway);
  }

  // Stage 2: the client is notified.

  async function deliver(
    underway: Underway,
    contents: NotificationContents,
    say: (outcome: NotificationOutcome) => void,
  ): Promise<void> {
    const work = new Work(running, underway);
    try {
      underway.over = true;
      await notify(underway, contents, say, work);
    } finally {
      work.done();
    }
  }

  return { decide, deliver };
}

/** A call was lost, and the ticket is used: by that call, as far as we know. */
function isUnknown({ lost, refused, calls }: Underway): boolean {
  return lost && refused && calls === 0;
}

function reasonOf({ row, lost }: Underway, error: AuthleteError, closed: boolean): GiveUpReason {
  if (prospectOf(error) !== 'again') return 'refused';
  // What is in a durable queue has an end here only when its time is over.
  if (closed && row === undefined) return 'closed';
  return lost ? 'unknown' : 'expired';
}
