/** What went wrong in a call to the Authlete Web API; see {@link AuthleteError}. */
export type AuthleteErrorCode =
  /** No connection, or it broke. */
  | 'ERR_AUTHLETE_UNREACHABLE'
  /** No complete answer within the timeout. */
  | 'ERR_AUTHLETE_TIMEOUT'
  /** An HTTP status other than 200: the call itself was refused. */
  | 'ERR_AUTHLETE_STATUS'
  /** An answer that is not what the API promises: not a JSON object, with an unknown action, or too large. */
  | 'ERR_AUTHLETE_ANSWER';

/** Details of an {@link AuthleteError}. */
export interface AuthleteErrorDetails {
  /** Name of the API, such as `backchannelAuthenticationIssue`. */
  api: string;
  /** HTTP status of the answer, where there was one. */
  status?: number;
  resultCode?: string;
  resultMessage?: string;
  /** Seconds after which the call may be made again, where Authlete said so (429, 503). */
  retryAfter?: number;
  cause?: unknown;
}

/**
 * A call to the Authlete Web API failed. The error holds no credential and no part of the request: it can be logged as it is.
 *
 * @example
 * ```ts
 * try {
 *   await authlete.token({ parameters });
 * } catch (error) {
 *   if (error.code === 'ERR_AUTHLETE_STATUS' && error.status === 429) await backOff();
 * }
 * ```
 */
export class AuthleteError extends Error {
  readonly code: AuthleteErrorCode;
  readonly api: string;
  readonly status?: number;
  /** Authlete's own code, `A` and six digits. */
  readonly resultCode?: string;
  readonly resultMessage?: string;
  /** Seconds after which the call may be made again, where Authlete said so (429, 503). */
  readonly retryAfter?: number;

  constructor(code: AuthleteErrorCode, message: string, details: AuthleteErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'AuthleteError';
    this.code = code;
    this.api = details.api;
    if (details.status !== undefined) this.status = details.status;
    if (details.resultCode !== undefined) this.resultCode = details.resultCode;
    if (details.resultMessage !== undefined) this.resultMessage = details.resultMessage;
    if (details.retryAfter !== undefined) this.retryAfter = details.retryAfter;
  }
}
