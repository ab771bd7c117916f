import type { ApiResponse, AuthorizationDetails, ClientFields, DeliveryMode, Property } from './common-types.js';

/** What follows a decision: notify the client, do nothing, or (`SERVER_ERROR`) Authlete did not accept the decision. */
export const BackchannelAuthenticationCompleteAction = {
  NOTIFICATION: 'NOTIFICATION',
  NO_ACTION: 'NO_ACTION',
  SERVER_ERROR: 'SERVER_ERROR',
} as const;
export type BackchannelAuthenticationCompleteAction =
  (typeof BackchannelAuthenticationCompleteAction)[keyof typeof BackchannelAuthenticationCompleteAction];

/** How the authentication on the device ended. */
export const BackchannelAuthenticationCompleteResult = {
  AUTHORIZED: 'AUTHORIZED',
  ACCESS_DENIED: 'ACCESS_DENIED',
  TRANSACTION_FAILED: 'TRANSACTION_FAILED',
} as const;
export type BackchannelAuthenticationCompleteResult =
  (typeof BackchannelAuthenticationCompleteResult)[keyof typeof BackchannelAuthenticationCompleteResult];

/** Request to Authlete's `/backchannel/authentication/complete` API. */
export interface BackchannelAuthenticationCompleteRequest {
  ticket: string;
  result: BackchannelAuthenticationCompleteResult;
  subject: string;
  /** Value of the `sub` claim, if it differs from the subject. */
  sub?: string | undefined;
  /** When the user authenticated, seconds since the epoch. */
  authTime?: number | undefined;
  acr?: string | undefined;
  /** JSON object in a string. */
  claims?: string | undefined;
  properties?: Property[] | undefined;
  /** Replaces the requested scopes. */
  scopes?: string[] | undefined;
  /** JSON object in a string: more parameters for the ID token's header. */
  idtHeaderParams?: string | undefined;
  consentedClaims?: string[] | undefined;
  /** JSON object in a string: more claims for a JWT access token. */
  jwtAtClaims?: string | undefined;
  accessToken?: string | undefined;
  /** Seconds. */
  accessTokenDuration?: number | undefined;
  /** Seconds. */
  refreshTokenDuration?: number | undefined;
  idTokenAudType?: string | undefined;
  errorDescription?: string | undefined;
  errorUri?: string | undefined;
}

/** Response from Authlete's `/backchannel/authentication/complete` API. */
export interface BackchannelAuthenticationCompleteResponse extends ApiResponse, ClientFields {
  action: BackchannelAuthenticationCompleteAction;
  /** Body of the notification; in push mode it holds the tokens. */
  responseContent?: string | null | undefined;
  clientName?: string | null | undefined;
  clientNotificationEndpoint?: string | null | undefined;
  /** Bearer token for the notification endpoint. Secret. */
  clientNotificationToken?: string | null | undefined;
  authReqId?: string | null | undefined;
  deliveryMode?: DeliveryMode | null | undefined;
  accessToken?: string | null | undefined;
  refreshToken?: string | null | undefined;
  idToken?: string | null | undefined;
  /** Seconds. */
  accessTokenDuration?: number | null | undefined;
  /** Seconds. */
  refreshTokenDuration?: number | null | undefined;
  /** Seconds. */
  idTokenDuration?: number | null | undefined;
  jwtAccessToken?: string | null | undefined;
  resources?: string[] | null | undefined;
  authorizationDetails?: AuthorizationDetails | null | undefined;
  grantId?: string | null | undefined;
}
