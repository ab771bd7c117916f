import type { AuthleteError } from '../authlete/errors.js';
import type { Notification } from '../notification/post.js';
import { backoff } from '../notification/retry.js';
import type { NotificationOutcome } from '../notification/types.js';
import type { EventListener } from '../telemetry/events.js';
import type { PackageLogger } from '../telemetry/logger.js';
import { type DecisionContents, type NotificationContents, timeLeft } from './contents.js';
import type { Doubts } from './doubts.js';
import type { GiveUp } from './give-up.js';
import { jobId } from './job-codec.js';
import type { Held } from './store.js';
import { type AuthleteVerdict, type CompleteApi, isTransient, tellAuthlete } from './tell-authlete.js';

/** How the doing of a decision ended. */
export type DecisionEnd =
  /** Authlete has taken it; with a notification where the client is to be told. */
  | { end: 'taken'; notification?: Promise<NotificationOutcome> }
  /** Authlete has taken it, and its answer does not say what the client is to be told. */
  | { end: 'incomplete'; error: AuthleteError }
  /** Authlete has refused it: the ticket is unknown, used or expired. */
  | { end: 'refused'; resultCode?: string; resultMessage?: string }
  /** It will be done again. */
  | { end: 'putOff'; error: AuthleteError }
  /** It will not be done again. */
  | { end: 'failed'; error: AuthleteError };

/** What deciding needs. */
export interface DecideOptions {
  authlete: CompleteApi;
  doubts: Doubts;
  giveUp: GiveUp;
  emit: EventListener;
  logger: PackageLogger;
  /** Told of each decision that Authlete has taken. */
  decided?(transaction: string): void;
  /** Ends a job, and those of the other ids; never rejects. */
  end(held: Held, others?: readonly string[]): Promise<void>;
  /** Ends the decision's job, stores what follows, and begins to deliver it; never rejects. */
  deliver(
    held: Held<DecisionContents>,
    contents: NotificationContents,
    others: readonly string[],
  ): Promise<{ outcome: Promise<NotificationOutcome> }>;
  /** Aborted when `close()` is out of time: nothing in this process is done again. */
  stop: AbortSignal;
}

/** How a decision is done. */
export interface Doing {
  /** It was handed over, and may have been done before by a process that is gone. */
  doneBefore: boolean;
  /** It may be done again, when Authlete cannot be reached. */
  again: boolean;
  /** Milliseconds in which someone waits for the end, where someone does. */
  within?: number;
}

/** Tells Authlete of a decision; the job is done afterwards, or put off. */
export type Decide = (held: Held<DecisionContents>, doing: Doing) => Promise<DecisionEnd>;

/** Milliseconds after the decision for which delivery is tried at least, however soon the `auth_req_id` expires. */
const minPatience = 120_000;

/** Milliseconds between two calls to Authlete, at most: it takes the decision soon after it is back. */
const maxDelay = 10_000;

export function decider(options: DecideOptions): Decide {
  const { authlete, doubts, giveUp, emit, logger, decided, end, deliver, stop } = options;

  async function unanswered(
    held: Held<DecisionContents>,
    error: AuthleteError,
    { again }: Doing,
    durationMs: number,
  ): Promise<DecisionEnd> {
    const { contents } = held;
    const { transaction, request } = contents;
    const unknown = doubts.lost(transaction.ticket);
    const attempts = contents.attempts + 1;
    const delay = Math.min(backoff(attempts), maxDelay);
    const late = timeLeft(contents) <= delay;
    const closed = stop.aborted && !held.store.durable;
    const putOff = isTransient(error) && again && !late && !closed && !unknown;
    const { id, clientId, subject } = transaction;
    const { result } = request;
    const details = { transaction: id, clientId, subject, result, attempts, again: putOff, error };
    logger.error('Authlete could not be told of a decision', details);
    if (putOff) {
      await held
        .putOff({ ...contents, attempts }, stop.aborted ? 0 : delay)
        .catch((error) => logger.error('a decision is repeated when its lease ends', { ...details, error }));
      return { end: 'putOff', error };
    }
    // Before the job ends: a process that dies in between says it twice, and does not keep silent.
    if (unknown || error.code === 'ERR_AUTHLETE_ANSWER') giveUp.decision(contents, 'unknown', durationMs);
    else if (again) giveUp.decision(contents, reasonOf(error, closed), durationMs);
    await end(held);
    return { end: 'failed', error };
  }

  async function refused(
    held: Held<DecisionContents>,
    { resultCode, resultMessage }: AuthleteVerdict & { action: 'SERVER_ERROR' },
    { doneBefore }: Doing,
    durationMs: number,
  ): Promise<DecisionEnd> {
    const { contents } = held;
    const doubtful = doubts.refused(contents.transaction.ticket);
    // Who has heard Authlete's answer ends the job. So it is lost if the job is there still, and only then.
    const unknown = doubtful && (!doneBefore || (await held.renew().catch(() => true)));
    if (unknown) giveUp.decision(contents, 'unknown', durationMs);
    // Where another process may have taken over, Authlete may have answered that one: it ends the job, and should it die,
    // the job has to be found.
    if (held.lapsed && !doneBefore) held.release();
    else await end(held, othersOf(contents));
    return { end: 'refused', ...(resultCode && { resultCode }), ...(resultMessage && { resultMessage }) };
  }

  async function taken(
    held: Held<DecisionContents>,
    verdict: Exclude<AuthleteVerdict, { action: 'SERVER_ERROR' }>,
    durationMs: number,
  ): Promise<DecisionEnd> {
    const { contents } = held;
    const { transaction, request } = contents;
    const { id, clientId, clientIdAlias, subject } = transaction;
    doubts.taken(transaction.ticket);
    emit({ type: 'completed', transaction: id, clientId, clientIdAlias, subject, result: request.result, durationMs });
    decided?.(id);
    if (verdict.action === 'NO_ACTION') {
      await end(held, othersOf(contents));
      return { end: 'taken' };
    }
    if (verdict.notification === undefined) {
      giveUp.decision(contents, 'unknown', durationMs);
      await end(held, othersOf(contents));
      return { end: 'incomplete', error: verdict.error };
    }
    const { notification, deliveryMode = transaction.deliveryMode } = verdict;
    const next = notificationContents(contents, notification, deliveryMode);
    const { outcome } = await deliver(held, next, othersOf(contents));
    return { end: 'taken', notification: outcome };
  }

  return async (held, doing) => {
    const { transaction, request } = held.contents;
    const begun = performance.now();
    doubts.begin(transaction.ticket, doing.doneBefore);
    let verdict: AuthleteVerdict;
    try {
      verdict = await tellAuthlete(authlete, request, doing.within);
    } catch (error) {
      return unanswered(held, error as AuthleteError, doing, performance.now() - begun);
    }
    const durationMs = performance.now() - begun;
    if (verdict.action === 'SERVER_ERROR') return refused(held, verdict, doing, durationMs);
    return taken(held, verdict, durationMs);
  };
}

/** What ends with the decision: a client that polls has no job that waits for the expiry. */
function othersOf({ transaction }: DecisionContents): string[] {
  return transaction.deliveryMode === 'POLL' ? [] : [jobId('expiry', transaction)];
}

function notificationContents(
  { transaction, request, expiresAt }: DecisionContents,
  notification: Notification,
  deliveryMode: NotificationContents['transaction']['deliveryMode'],
): NotificationContents {
  const begunAt = Date.now();
  return {
    kind: 'notification',
    transaction: { ...transaction, deliveryMode },
    result: request.result,
    ...notification,
    attempts: 0,
    begunAt,
    expiresAt: Math.max(expiresAt, begunAt + minPatience),
  };
}

function reasonOf(error: AuthleteError, closed: boolean): 'refused' | 'closed' | 'expired' {
  if (!isTransient(error)) return 'refused';
  return closed ? 'closed' : 'expired';
}
