import type {
  ApiResponse,
  AuthorizationDetails,
  CimdOptions,
  ClientAuthMethod,
  ClientCredentials,
  ClientFields,
  Pair,
  Property,
} from './common-types.js';

/** What the token endpoint has to do next. */
export const TokenAction = {
  OK: 'OK',
  BAD_REQUEST: 'BAD_REQUEST',
  INVALID_CLIENT: 'INVALID_CLIENT',
  INTERNAL_SERVER_ERROR: 'INTERNAL_SERVER_ERROR',
  ID_TOKEN_REISSUABLE: 'ID_TOKEN_REISSUABLE',
  PASSWORD: 'PASSWORD',
  TOKEN_EXCHANGE: 'TOKEN_EXCHANGE',
  JWT_BEARER: 'JWT_BEARER',
  NATIVE_SSO: 'NATIVE_SSO',
} as const;
export type TokenAction = (typeof TokenAction)[keyof typeof TokenAction];

/** Request to Authlete's `/auth/token` API. */
export interface TokenRequest extends ClientCredentials {
  /** The form of the client's request, exactly as it was sent. */
  parameters: string;
  properties?: Property[] | undefined;
  /** The `DPoP` header (RFC 9449). */
  dpop?: string | undefined;
  /** HTTP method of the token request, for DPoP. */
  htm?: string | undefined;
  /** Public URL of the token endpoint without query and fragment, for DPoP. */
  htu?: string | undefined;
  dpopNonceRequired?: boolean | undefined;
  /** JSON object in a string: more claims for a JWT access token. */
  jwtAtClaims?: string | undefined;
  accessToken?: string | undefined;
  /** Seconds. */
  accessTokenDuration?: number | undefined;
  /** Seconds. */
  refreshTokenDuration?: number | undefined;
  cimdOptions?: CimdOptions | undefined;
}

/** What Authlete knows about a token that came with a token exchange request (RFC 8693). */
export interface TokenInfo extends Omit<ClientFields, 'serviceAttributes' | 'clientAttributes'> {
  subject?: string | null | undefined;
  scopes?: string[] | null | undefined;
  /** Milliseconds since the epoch. */
  expiresAt?: number | null | undefined;
  properties?: Property[] | null | undefined;
  resources?: string[] | null | undefined;
  authorizationDetails?: AuthorizationDetails | null | undefined;
}

/** Response from Authlete's `/auth/token` API. */
export interface TokenResponse extends ApiResponse, ClientFields {
  action: TokenAction;
  /** JSON for the client; absent for actions that the host must complete, such as `TOKEN_EXCHANGE`. */
  responseContent?: string | null | undefined;
  /** Goes to the client as `DPoP-Nonce` (RFC 9449, section 8). */
  dpopNonce?: string | null | undefined;
  attestationChallenge?: string | null | undefined;
  /** User name of a password grant. */
  username?: string | null | undefined;
  /** Password of a password grant. Secret. */
  password?: string | null | undefined;
  ticket?: string | null | undefined;
  accessToken?: string | null | undefined;
  /** Milliseconds since the epoch. */
  accessTokenExpiresAt?: number | null | undefined;
  /** Seconds. */
  accessTokenDuration?: number | null | undefined;
  refreshToken?: string | null | undefined;
  /** Milliseconds since the epoch. */
  refreshTokenExpiresAt?: number | null | undefined;
  /** Seconds. */
  refreshTokenDuration?: number | null | undefined;
  idToken?: string | null | undefined;
  grantType?: string | null | undefined;
  subject?: string | null | undefined;
  scopes?: string[] | null | undefined;
  properties?: Property[] | null | undefined;
  jwtAccessToken?: string | null | undefined;
  clientAuthMethod?: ClientAuthMethod | null | undefined;
  resources?: string[] | null | undefined;
  accessTokenResources?: string[] | null | undefined;
  authorizationDetails?: AuthorizationDetails | null | undefined;
  grantId?: string | null | undefined;
  audiences?: string[] | null | undefined;
  requestedTokenType?: string | null | undefined;
  subjectToken?: string | null | undefined;
  subjectTokenType?: string | null | undefined;
  subjectTokenInfo?: TokenInfo | null | undefined;
  actorToken?: string | null | undefined;
  actorTokenType?: string | null | undefined;
  actorTokenInfo?: TokenInfo | null | undefined;
  assertion?: string | null | undefined;
  previousRefreshTokenUsed?: boolean | null | undefined;
  cnonce?: string | null | undefined;
  /** Milliseconds since the epoch. */
  cnonceExpiresAt?: number | null | undefined;
  /** Seconds. */
  cnonceDuration?: number | null | undefined;
  requestedIdTokenClaims?: string[] | null | undefined;
  refreshTokenScopes?: string[] | null | undefined;
  sessionId?: string | null | undefined;
  additionalClaims?: Pair[] | null | undefined;
  deviceSecret?: string | null | undefined;
  deviceSecretHash?: string | null | undefined;
}
