/** What is wrong with a handle; see {@link HandleError}. */
export type HandleErrorCode =
  /** It is not a handle. */
  | 'ERR_HANDLE_MALFORMED'
  /** It names one of `handleKeys`, but its content was not sealed with that key. */
  | 'ERR_HANDLE_TAMPERED'
  /** It was sealed with a key that is not among `handleKeys`. */
  | 'ERR_HANDLE_UNKNOWN_KEY'
  /** The transaction has expired. */
  | 'ERR_HANDLE_EXPIRED'
  /** The transaction belongs to another user than the `subject` given to `complete()`. */
  | 'ERR_HANDLE_SUBJECT';

/**
 * A handle that cannot be used. The handle itself is not in the error.
 *
 * @example
 * ```ts
 * try {
 *   await ciba.complete(handle, decision);
 * } catch (error) {
 *   if (error.code === 'ERR_HANDLE_EXPIRED') return res.status(409).end();
 *   throw error;
 * }
 * ```
 */
export class HandleError extends Error {
  readonly code: HandleErrorCode;

  constructor(code: HandleErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'HandleError';
    this.code = code;
  }
}

/** Why a decision was not taken; see {@link CompletionError}. */
export type CompletionErrorCode =
  /** There is a decision already, or Authlete answered `SERVER_ERROR`: the ticket is unknown, used or expired. */
  | 'ERR_COMPLETE_REFUSED'
  /** The `claims` hook failed. The transaction is still pending: `complete` may be called again. */
  | 'ERR_CLAIMS_FAILED'
  /** The queue cannot store the decision. The transaction is still pending: `complete` may be called again. */
  | 'ERR_QUEUE_UNAVAILABLE'
  /** `close()` was called before. The transaction is still pending: another process can complete it. */
  | 'ERR_CLOSED';

/**
 * A decision that was not taken. Holds no ticket, handle or token.
 *
 * @example
 * ```ts
 * try {
 *   await ciba.complete(handle, decision);
 * } catch (error) {
 *   if (error.code === 'ERR_COMPLETE_REFUSED') return res.status(409).end();
 *   throw error;
 * }
 * ```
 */
export class CompletionError extends Error {
  readonly code: CompletionErrorCode;
  /** Authlete's own code, `A` and six digits. */
  readonly resultCode?: string;
  readonly resultMessage?: string;

  constructor(
    code: CompletionErrorCode,
    message: string,
    details: { resultCode?: string | null; resultMessage?: string | null; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'CompletionError';
    this.code = code;
    if (typeof details.resultCode === 'string') this.resultCode = details.resultCode;
    if (typeof details.resultMessage === 'string') this.resultMessage = details.resultMessage;
  }
}
