import type { ApiResponse } from './common-types.js';
import type { Reason } from './reason.js';

/** The HTTP status with which the request is refused. */
export const BackchannelAuthenticationFailAction = {
  BAD_REQUEST: 'BAD_REQUEST',
  FORBIDDEN: 'FORBIDDEN',
  INTERNAL_SERVER_ERROR: 'INTERNAL_SERVER_ERROR',
} as const;
export type BackchannelAuthenticationFailAction =
  (typeof BackchannelAuthenticationFailAction)[keyof typeof BackchannelAuthenticationFailAction];

/** Request to Authlete's `/backchannel/authentication/fail` API, which deletes the ticket. */
export interface BackchannelAuthenticationFailRequest {
  ticket: string;
  reason: Reason;
  errorDescription?: string | undefined;
  errorUri?: string | undefined;
}

/** Response from Authlete's `/backchannel/authentication/fail` API. */
export interface BackchannelAuthenticationFailResponse extends ApiResponse {
  action: BackchannelAuthenticationFailAction;
  /** JSON for the client. */
  responseContent?: string | null | undefined;
}
