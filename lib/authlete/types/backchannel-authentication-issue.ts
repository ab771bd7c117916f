import type { ApiResponse } from './common-types.js';

/** Whether Authlete has issued an `auth_req_id` for the ticket. */
export const BackchannelAuthenticationIssueAction = {
  OK: 'OK',
  INTERNAL_SERVER_ERROR: 'INTERNAL_SERVER_ERROR',
  INVALID_TICKET: 'INVALID_TICKET',
} as const;
export type BackchannelAuthenticationIssueAction =
  (typeof BackchannelAuthenticationIssueAction)[keyof typeof BackchannelAuthenticationIssueAction];

/** Request to Authlete's `/backchannel/authentication/issue` API. */
export interface BackchannelAuthenticationIssueRequest {
  ticket: string;
}

/** Response from Authlete's `/backchannel/authentication/issue` API. */
export interface BackchannelAuthenticationIssueResponse extends ApiResponse {
  action: BackchannelAuthenticationIssueAction;
  /** JSON for the client: the acknowledgement, or an error. */
  responseContent?: string | null | undefined;
  authReqId?: string | null | undefined;
  /** Lifetime of the `auth_req_id`, in seconds. */
  expiresIn?: number | null | undefined;
  /** Minimum time between two polls, in seconds. */
  interval?: number | null | undefined;
}
