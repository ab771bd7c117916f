import { NotificationError } from './errors.js';
import { type Notification, type Poster, presentableEndpoint } from './post.js';
import { isUntrusted, isWorthRetrying, retryAfter } from './retry.js';

/** How one attempt ended. */
export type AttemptOutcome =
  | { delivered: true; status: number }
  | {
      delivered: false;
      status?: number;
      error: NotificationError;
      /** Milliseconds that the endpoint asked us to wait; absent when another attempt is useless. */
      retryAfter?: number;
      /** This process may not call the endpoint, or does not trust it; another one may. */
      elsewhere?: true;
    };

/**
 * One attempt to deliver a ping or a push. 200 and 204 are success (CIBA Core 1.0, sections 10.2 and 10.3.1).
 *
 * Never rejects.
 *
 * @param signal ends the attempt, with a {@link NotificationError} as its reason
 */
export async function attempt(
  post: Poster['post'],
  notification: Notification,
  signal: AbortSignal,
): Promise<AttemptOutcome> {
  try {
    const { status, retryAfter: header } = await post(notification, signal);
    if (status === 200 || status === 204) return { delivered: true, status };
    const error = new NotificationError('ERR_NOTIFICATION_STATUS', `the endpoint answered with status ${status}`);
    return { delivered: false, status, error, ...(isWorthRetrying(status) && { retryAfter: retryAfter(header) }) };
  } catch (thrown) {
    const error = thrown as NotificationError;
    const isRefused = error.code === 'ERR_NOTIFICATION_ENDPOINT';
    if (isRefused && presentableEndpoint(notification.endpoint) === '') return { delivered: false, error };
    if (isRefused) return { delivered: false, error, elsewhere: true };
    return { delivered: false, error, retryAfter: 0, ...(isUntrusted(error) && { elsewhere: true }) };
  }
}

/** The error of a delivery that `close()` cuts short. */
export function closedError(cause?: unknown): NotificationError {
  return new NotificationError('ERR_NOTIFICATION_CLOSED', 'close() ran out of time before it was delivered', cause);
}
