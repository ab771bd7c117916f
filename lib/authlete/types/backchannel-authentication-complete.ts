import type { ApiResponse, AuthorizationDetails, ClientFields, DeliveryMode, Property } from './common-types.js';

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
  /** Value of the `sub` claim where it differs from the subject. */
  sub?: string;
  /** When the user authenticated, seconds since the epoch. */
  authTime?: number;
  acr?: string;
  /** JSON object in a string. */
  claims?: string;
  properties?: Property[];
  /** Replaces the requested scopes. */
  scopes?: string[];
  /** JSON object in a string: more parameters for the ID token's header. */
  idtHeaderParams?: string;
  consentedClaims?: string[];
  /** JSON object in a string: more claims for a JWT access token. */
  jwtAtClaims?: string;
  accessToken?: string;
  /** Seconds. */
  accessTokenDuration?: number;
  /** Seconds. */
  refreshTokenDuration?: number;
  idTokenAudType?: string;
  errorDescription?: string;
  errorUri?: string;
}

/** Response from Authlete's `/backchannel/authentication/complete` API. */
export interface BackchannelAuthenticationCompleteResponse extends ApiResponse, ClientFields {
  action: BackchannelAuthenticationCompleteAction;
  /** Body of the notification; of a push, it holds the tokens. */
  responseContent?: string | null;
  clientName?: string | null;
  clientNotificationEndpoint?: string | null;
  /** Bearer token for the notification endpoint. Secret. */
  clientNotificationToken?: string | null;
  authReqId?: string | null;
  deliveryMode?: DeliveryMode | null;
  accessToken?: string | null;
  refreshToken?: string | null;
  idToken?: string | null;
  /** Seconds. */
  accessTokenDuration?: number | null;
  /** Seconds. */
  refreshTokenDuration?: number | null;
  /** Seconds. */
  idTokenDuration?: number | null;
  jwtAccessToken?: string | null;
  resources?: string[] | null;
  authorizationDetails?: AuthorizationDetails | null;
  grantId?: string | null;
}
