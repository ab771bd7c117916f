/** Why a ping or push was not delivered; see {@link NotificationError}. */
export type NotificationErrorCode =
  /** The endpoint is not `https:`, not a URL, or not on a public address; `notifications.allow` waives it. */
  | 'ERR_NOTIFICATION_ENDPOINT'
  /** The endpoint answered with a status other than 200 and 204. */
  | 'ERR_NOTIFICATION_STATUS'
  /** No connection, or it broke. */
  | 'ERR_NOTIFICATION_UNREACHABLE'
  /** No answer within `notifications.timeout`. */
  | 'ERR_NOTIFICATION_TIMEOUT'
  /** `close()` ran out of time. */
  | 'ERR_NOTIFICATION_CLOSED'
  /** Authlete's answer was lost: nobody knows whether there was something to deliver. */
  | 'ERR_NOTIFICATION_UNKNOWN';

/**
 * A ping or push that was not delivered. Holds no token and no part of the body.
 *
 * @example
 * ```ts
 * notifications: { onGiveUp: ({ transaction, error }) => alertOperations(transaction, error.code) },
 * ```
 */
export class NotificationError extends Error {
  readonly code: NotificationErrorCode;

  constructor(code: NotificationErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'NotificationError';
    this.code = code;
  }
}
