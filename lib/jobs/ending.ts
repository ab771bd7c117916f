import type { AuthleteError } from '../authlete/errors.js';
import { attempt, closedError } from '../notification/attempt.js';
import type { Poster } from '../notification/post.js';
import { backoff } from '../notification/retry.js';
import type { NotificationOutcome } from '../notification/types.js';
import type { EventListener, GiveUpReason } from '../telemetry/events.js';
import type { PackageLogger } from '../telemetry/logger.js';
import type { Trace } from '../telemetry/trace.js';
import { Deadline } from '../time/deadline.js';
import type { InFlight } from '../time/in-flight.js';
import { mayBeProcessed, prospectOf } from './authlete-failure.js';
import { about, type DecisionContents, type IssuedTransaction, type NotificationContents } from './contents.js';
import type { GiveUp } from './give-up.js';
import type { Places } from './places.js';
import { type AuthleteVerdict, type CompleteApi, tellAuthlete } from './tell-authlete.js';
import { type Told, tracedAttempt, tracedCall } from './traced.js';
import type { Decided } from './types.js';
import { type Underway, type Underways, Work } from './underway.js';

/** What ending a transaction needs. */
export interface EndingOptions {
  authlete: CompleteApi;
  post: Poster['post'];
  places: Places;
  list: Underways;
  giveUp: GiveUp;
  emit: EventListener;
  logger: PackageLogger;
  trace: Trace | undefined;
  running: InFlight;
  /** Told of each transaction that has an end: Authlete has answered. */
  ended(transaction: IssuedTransaction, taken: boolean): void;
  /** Aborted when `close()` is out of time: nothing is begun any more. */
  stop: AbortSignal;
  /** Aborted a moment later: ends the attempts that are under way. */
  kill: AbortSignal;
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
  const { authlete, places, list, giveUp, emit, logger, running, ended, stop, kill } = options;
  const callOnce = tracedCall(call, options.trace);
  const attemptOnce = tracedAttempt((contents) => attempt(options.post, contents, kill), options.trace);

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
    return attempts(underway, next, delivered, work);
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
      await attempts(underway, contents, say, work);
    } finally {
      work.done();
    }
  }

  async function attempts(
    underway: Underway,
    given: NotificationContents,
    say: (outcome: NotificationOutcome) => void,
    work: Work,
  ): Promise<void> {
    const { row } = underway;
    const { transaction, endpoint, begunAt } = given;
    const deadline = deadlineOf(given);
    let contents = given;
    for (;;) {
      const outcome = await places(endpoint, () => attemptOnce(contents));
      // What `close()` has ended was no attempt of the client's.
      const isClosed = !outcome.delivered && outcome.error.code === 'ERR_NOTIFICATION_CLOSED';
      const attempts = contents.attempts + (isClosed ? 0 : 1);
      if (outcome.delivered) {
        const { status } = outcome;
        const durationMs = Math.max(0, Date.now() - begunAt);
        emit({ type: 'notified', status, attempts, durationMs, ...about(transaction) });
        row?.end();
        list.end(underway);
        return say({ delivered: true, status, attempts });
      }

      const { error, retryAfter, elsewhere = false } = outcome;
      const status = outcome.status ?? contents.status;
      const known = status === undefined ? {} : { status };
      const failure = { code: error.code, message: error.message };
      contents = { ...contents, ...known, attempts, failure };
      const isPossible = isClosed || retryAfter !== undefined || (elsewhere && row !== undefined);
      const left = deadline.remaining;
      if (!isPossible || (left <= 0 && !isClosed)) {
        giveUp.notification(contents, isPossible ? 'expired' : 'refused', attempts, error);
        row?.end();
        list.end(underway);
        return say({ delivered: false, ...known, attempts, error });
      }
      // However long we were asked to wait, there is one attempt at the end of the time: a push lost is lost for good.
      const wait = Math.max(backoff(Math.max(attempts, 1)), retryAfter ?? 0);
      const delay = stop.aborted ? 0 : Math.min(wait, left, elsewhere ? maxDelay : left);
      const details = { ...about(transaction), ...known, attempts, delay, error };
      if (!isClosed) {
        const message = 'a notification failed and will be repeated';
        logger.warn(message, details, elsewhere && row ? 'host' : undefined);
      }
      if (row) say({ delivered: false, ...known, attempts, error, queued: true });

      const isLeft = row !== undefined && elsewhere;
      if (!isLeft && !stop.aborted) {
        row?.become(contents, delay).catch(() => {});
        await work.pause(delay);
      }
      if (stop.aborted && row === undefined) {
        const reason = isClosed ? error : closedError(error);
        giveUp.notification(contents, 'closed', attempts, reason);
        list.end(underway);
        return say({ delivered: false, ...known, attempts, error: reason });
      }
      if (row && (isLeft || stop.aborted)) {
        row.giveBack(contents, stop.aborted ? 0 : delay);
        return list.end(underway);
      }
      if (row && !(await row.isMine())) return list.end(underway);
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

/** Steps of the wall clock do not move the end of what this process does. */
function deadlineOf({ expiresAt }: { expiresAt: number }): Deadline {
  return new Deadline(expiresAt - Date.now());
}
