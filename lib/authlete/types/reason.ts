/**
 * Why a valid backchannel authentication request is refused before any user is asked: the nine reasons of Authlete's
 * `/backchannel/authentication/fail` API. Each becomes an OAuth error code in the answer to the client.
 *
 * | Reason | `error` | HTTP status |
 * |---|---|---|
 * | `ACCESS_DENIED` | `access_denied` | 403 |
 * | `EXPIRED_LOGIN_HINT_TOKEN` | `expired_login_hint_token` | 400 |
 * | `INVALID_BINDING_MESSAGE` | `invalid_binding_message` | 400 |
 * | `INVALID_TARGET` | `invalid_target` | 400 |
 * | `INVALID_USER_CODE` | `invalid_user_code` | 400 |
 * | `MISSING_USER_CODE` | `missing_user_code` | 400 |
 * | `SERVER_ERROR` | `server_error` | 500 |
 * | `UNAUTHORIZED_CLIENT` | `unauthorized_client` | 400 |
 * | `UNKNOWN_USER_ID` | `unknown_user_id` | 400 |
 *
 * @see CIBA Core 1.0, section 13 (and RFC 8707, section 2, for `invalid_target`)
 * @example
 * ```ts
 * import { Reason, reject } from 'ciba-backchannel';
 *
 * const policy = (request) => (request.bindingMessage ? undefined : reject(Reason.INVALID_BINDING_MESSAGE));
 * ```
 */
export const Reason = {
  ACCESS_DENIED: 'ACCESS_DENIED',
  EXPIRED_LOGIN_HINT_TOKEN: 'EXPIRED_LOGIN_HINT_TOKEN',
  INVALID_BINDING_MESSAGE: 'INVALID_BINDING_MESSAGE',
  INVALID_TARGET: 'INVALID_TARGET',
  INVALID_USER_CODE: 'INVALID_USER_CODE',
  MISSING_USER_CODE: 'MISSING_USER_CODE',
  SERVER_ERROR: 'SERVER_ERROR',
  UNAUTHORIZED_CLIENT: 'UNAUTHORIZED_CLIENT',
  UNKNOWN_USER_ID: 'UNKNOWN_USER_ID',
} as const;

/** One of the nine names of {@link Reason}. */
export type Reason = (typeof Reason)[keyof typeof Reason];
