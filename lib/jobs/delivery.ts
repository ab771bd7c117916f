import { attempt, closedError } from '../notification/attempt.js';
import type { Poster } from '../notification/post.js';
import { backoff } from '../notification/retry.js';
import type { NotificationOutcome } from '../notification/types.js';
import type { EventListener } from '../telemetry/events.js';
import type { PackageLogger } from '../telemetry/logger.js';
import type { Trace } from '../telemetry/trace.js';
import { about, deadlineOf, type NotificationContents } from './contents.js';
import type { GiveUp } from './give-up.js';
import type { Places } from './places.js';
import { tracedAttempt } from './traced.js';
import type { Underway, Underways, Work } from './underway.js';

/** Maximum milliseconds between two attempts if another process may succeed where this one fails. */
const maxDelay = 10_000;

/** What the notification of a client needs. */
export interface DeliveryOptions {
  post: Poster['post'];
  places: Places;
  list: Underways;
  giveUp: GiveUp;
  emit: EventListener;
  logger: PackageLogger;
  trace: Trace | undefined;
  /** Aborted when `close()` is out of time: no further attempt begins. */
  stop: AbortSignal;
  /** Aborted a moment later: it ends the attempts that are under way. */
  kill: AbortSignal;
}

/** Stage 2: notifies the client, and repeats this after a pause until the client answers or the time is over. Never rejects. */
export type Notify = (
  underway: Underway,
  contents: NotificationContents,
  say: (outcome: NotificationOutcome) => void,
  work: Work,
) => Promise<void>;

export function delivery(options: DeliveryOptions): Notify {
  const { places, list, giveUp, emit, logger, stop, kill } = options;
  const attemptOnce = tracedAttempt((contents) => attempt(options.post, contents, kill), options.trace);

  return async (underway, given, say, work) => {
    const { row } = underway;
    const { transaction, endpoint, begunAt } = given;
    const deadline = deadlineOf(given);
    let contents = given;
    for (;;) {
      const outcome = await places(endpoint, () => attemptOnce(contents));
      // An attempt that `close()` has cut off does not count.
      const isClosed = !outcome.delivered && outcome.error.code === 'ERR_NOTIFICATION_CLOSED';
      const attempts = contents.attempts + (isClosed ? 0 : 1);
      if (outcome.delivered) {
        const { status } = outcome;
        const durationMs = Math.max(0, Date.now() - begunAt);
        emit({ type: 'notified', status, attempts, durationMs, ...about(transaction) });
        row?.remove();
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
        row?.remove();
        list.end(underway);
        return say({ delivered: false, ...known, attempts, error });
      }
      // The last attempt is made when the time ends, even if the client asked for a longer wait: a lost push is lost for good.
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
  };
}
