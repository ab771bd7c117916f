import { setTimeout as wait } from 'node:timers/promises';
import { NotificationError } from '../completion/errors.js';
import { longestTimeout } from '../options/checks.js';
import type { Message, Poster } from './post.js';
import { backoff, isWorthRetrying, retryAfter } from './retry.js';
import type { NotificationOutcome } from './types.js';

/** Says when a delivery ends that does not succeed. */
export interface DeliveryOptions {
  /** After this no attempt begins, milliseconds since the epoch. */
  until: number;
  /** Aborted by `close()` when its time is up: no attempt follows the one that is under way. */
  stop: AbortSignal;
  /** Aborted by `close()` a moment later: ends the attempt that is under way. */
  kill: AbortSignal;
  /** Told of each attempt that will be followed by another. */
  onRetry(failure: { attempts: number; status?: number; error: NotificationError; delay: number }): void;
  /** Milliseconds to wait after so many attempts. */
  backoff?(attempts: number): number;
}

interface Failure {
  status?: number;
  error: NotificationError;
  /** Milliseconds that the endpoint asked us to wait; absent when another attempt is in vain. */
  retryAfter?: number;
}

/**
 * Delivers a ping or a push: attempt after attempt until the client's endpoint has taken it, has refused it for good, or
 * time is up. 200 and 204 are success (CIBA Core 1.0, sections 10.2 and 10.3.1).
 *
 * Never rejects.
 */
export async function deliver(
  poster: Pick<Poster, 'post'>,
  message: Message,
  options: DeliveryOptions,
): Promise<NotificationOutcome> {
  const { until, stop, kill, onRetry, backoff: delayAfter = backoff } = options;
  let status: number | undefined;
  let last = false;
  for (let attempts = 1; ; attempts += 1) {
    if (kill.aborted) return undelivered(status, attempts - 1, closed());
    const outcome = await attempt(poster, message, kill);
    if ('delivered' in outcome) return { ...outcome, attempts };

    const { error, retryAfter } = outcome;
    status = outcome.status ?? status;
    const left = until - Date.now();
    if (retryAfter === undefined || last || left <= 0) return undelivered(status, attempts, error);

    // However long we were asked to wait, there is one attempt at the end of the time: a push lost is lost for good.
    const delay = Math.min(Math.max(delayAfter(attempts), retryAfter), left, longestTimeout);
    last = delay === left;
    if (!stop.aborted) {
      onRetry({ attempts, ...(status !== undefined && { status }), error, delay });
      // The timer holds the process: what it waits for would be lost with it.
      await wait(delay, undefined, { signal: stop }).catch(() => {});
    }
    if (stop.aborted) return undelivered(status, attempts, closed(error));
  }
}

async function attempt(
  poster: Pick<Poster, 'post'>,
  message: Message,
  kill: AbortSignal,
): Promise<{ delivered: true; status: number } | Failure> {
  try {
    const { status, retryAfter: header } = await poster.post(message, kill);
    if (status === 200 || status === 204) return { delivered: true, status };
    const error = new NotificationError('ERR_NOTIFICATION_STATUS', `the endpoint answered with status ${status}`);
    return { status, error, ...(isWorthRetrying(status) && { retryAfter: retryAfter(header) }) };
  } catch (thrown) {
    const error = thrown as NotificationError;
    const isFinal = error.code === 'ERR_NOTIFICATION_ENDPOINT' || error.code === 'ERR_NOTIFICATION_CLOSED';
    return { error, ...(!isFinal && { retryAfter: 0 }) };
  }
}

function undelivered(status: number | undefined, attempts: number, error: NotificationError): NotificationOutcome {
  return { delivered: false, ...(status !== undefined && { status }), attempts, error };
}

/** Why a delivery is cut short by `close()`. */
export function closed(cause?: unknown): NotificationError {
  return new NotificationError('ERR_NOTIFICATION_CLOSED', 'close() ran out of time before it was delivered', cause);
}
