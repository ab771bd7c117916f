import { NotificationError } from './errors.js';
import type { Poster } from './post.js';
import { isWorthRetrying, retryAfter } from './retry.js';

/** A ping or a push, as Authlete gave it. */
export interface Notification {
  endpoint: string;
  /** The client's notification token. Secret. */
  token: string;
  /** Of a push it holds the tokens. Secret. */
  body: string;
}

/** How one attempt ended. */
export type AttemptOutcome =
  | { delivered: true; status: number }
  | {
      delivered: false;
      status?: number;
      error: NotificationError;
      /** Milliseconds that the endpoint asked us to wait; absent when another attempt is in vain. */
      retryAfter?: number;
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
  { endpoint, token, body }: Notification,
  signal: AbortSignal,
): Promise<AttemptOutcome> {
  const url = webUrl(endpoint);
  if (url === undefined) return { delivered: false, error: notAUrl() };
  try {
    const { status, retryAfter: header } = await post({ endpoint: url, token, body }, signal);
    if (status === 200 || status === 204) return { delivered: true, status };
    const error = new NotificationError('ERR_NOTIFICATION_STATUS', `the endpoint answered with status ${status}`);
    return { delivered: false, status, error, ...(isWorthRetrying(status) && { retryAfter: retryAfter(header) }) };
  } catch (thrown) {
    const error = thrown as NotificationError;
    const isFinal = error.code === 'ERR_NOTIFICATION_ENDPOINT' || error.code === 'ERR_NOTIFICATION_CLOSED';
    return { delivered: false, error, ...(!isFinal && { retryAfter: 0 }) };
  }
}

/** The endpoint without user name, password, query and fragment, which may be secrets. */
export function presentableEndpoint(endpoint: string): string {
  const url = webUrl(endpoint);
  return url ? `${url.origin}${url.pathname}` : '';
}

/** Why a delivery is cut short by `close()`. */
export function closedError(cause?: unknown): NotificationError {
  return new NotificationError('ERR_NOTIFICATION_CLOSED', 'close() ran out of time before it was delivered', cause);
}

function webUrl(endpoint: string): URL | undefined {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  return url && /^https?:$/.test(url.protocol) ? url : undefined;
}

function notAUrl(): NotificationError {
  return new NotificationError('ERR_NOTIFICATION_ENDPOINT', 'the notification endpoint is not an https: URL');
}
