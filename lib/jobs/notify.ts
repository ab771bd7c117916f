import { attempt, closedError } from '../notification/attempt.js';
import type { Poster } from '../notification/post.js';
import { backoff } from '../notification/retry.js';
import type { NotificationOutcome } from '../notification/types.js';
import type { EventListener } from '../telemetry/events.js';
import type { PackageLogger } from '../telemetry/logger.js';
import { type NotificationContents, timeLeft } from './contents.js';
import type { GiveUp } from './give-up.js';
import type { Held } from './store.js';

/** What notifying needs. */
export interface NotifyOptions {
  post: Poster['post'];
  giveUp: GiveUp;
  emit: EventListener;
  logger: PackageLogger;
  /** Ends a job; never rejects. */
  end(held: Held): Promise<void>;
  /** Whether the job survives this process, be it that it was stored late. */
  isHeld(id: string): boolean;
  /** Aborted when `close()` is out of time: no attempt follows the one that is under way. */
  stop: AbortSignal;
  /** Aborted a moment later: ends the attempt that is under way. */
  kill: AbortSignal;
  /** Milliseconds to wait after so many attempts. */
  backoff?(attempts: number): number;
}

/** Makes one attempt to deliver a ping or push; the job is done afterwards, or put off. */
export type Notify = (held: Held<NotificationContents>) => Promise<NotificationOutcome>;

export function notifier(options: NotifyOptions): Notify {
  const { post, giveUp, emit, logger, end, isHeld, stop, kill, backoff: delayAfter = backoff } = options;

  async function delivered(held: Held<NotificationContents>, status: number, attempts: number) {
    const { transaction, begunAt } = held.contents;
    const { id, clientId, clientIdAlias, subject } = transaction;
    const durationMs = Math.max(0, Date.now() - begunAt);
    emit({ type: 'notified', transaction: id, clientId, clientIdAlias, subject, status, attempts, durationMs });
    await end(held);
    return { delivered: true as const, status, attempts };
  }

  return async (held) => {
    const { contents } = held;
    const outcome = await attempt(post, contents, kill);
    // What `close()` has ended was no attempt of the client's.
    const attempts =
      contents.attempts + (outcome.delivered || outcome.error.code !== 'ERR_NOTIFICATION_CLOSED' ? 1 : 0);
    if (outcome.delivered) return delivered(held, outcome.status, attempts);

    const status = outcome.status ?? contents.status;
    const known = status === undefined ? {} : { status };
    const { code, message } = outcome.error;
    const next: NotificationContents = { ...contents, ...known, attempts, failure: { code, message } };
    const left = timeLeft(contents);
    const failure = { delivered: false as const, ...known, attempts };
    const isFinal = outcome.retryAfter === undefined && !kill.aborted;

    if (isFinal || left <= 0) {
      giveUp.notification(next, isFinal ? 'refused' : 'expired', attempts, outcome.error);
      await end(held);
      return { ...failure, error: outcome.error };
    }
    if (stop.aborted && !held.store.durable) {
      const error = outcome.error.code === 'ERR_NOTIFICATION_CLOSED' ? outcome.error : closedError(outcome.error);
      const queued = isHeld(held.id);
      if (!queued) giveUp.notification(next, 'closed', attempts, error);
      await end(held);
      return { ...failure, error, ...(queued && { queued }) };
    }
    // However long we were asked to wait, there is one attempt at the end of the time: a push lost is lost for good.
    const delay = stop.aborted ? 0 : Math.min(Math.max(delayAfter(attempts), outcome.retryAfter ?? 0), left);
    const { id, clientId, subject } = contents.transaction;
    const details = { transaction: id, clientId, subject, ...known, attempts, delay, error: outcome.error };
    logger.warn('a notification failed and will be repeated', details);
    try {
      await held.putOff(next, delay);
    } catch (error) {
      logger.error('a notification could not be put off; it is repeated when its lease ends', { ...details, error });
    }
    return { ...failure, error: outcome.error, queued: true };
  };
}
