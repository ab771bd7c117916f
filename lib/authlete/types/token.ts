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
  properties?: Property[];
  /** The `DPoP` header (RFC 9449). */
  dpop?: string;
  /** HTTP method of the token request, for DPoP. */
  htm?: string;
  /** Public URL of the token endpoint without query and fragment, for DPoP. */
  htu?: string;
  dpopNonceRequired?: boolean;
  /** JSON object in a string: more claims for a JWT access token. */
  jwtAtClaims?: string;
  accessToken?: string;
  /** Seconds. */
  accessTokenDuration?: number;
  /** Seconds. */
  refreshTokenDuration?: number;
  cimdOptions?: CimdOptions;
}

/** What is known of a token that came with a token exchange. */
export interface TokenInfo extends Omit<ClientFields, 'serviceAttributes' | 'clientAttributes'> {
  subject?: string | null;
  scopes?: string[] | null;
  /** Milliseconds since the epoch. */
  expiresAt?: number | null;
  properties?: Property[] | null;
  resources?: string[] | null;
  authorizationDetails?: AuthorizationDetails | null;
}

/** Response from Authlete's `/auth/token` API. */
export interface TokenResponse extends ApiResponse, ClientFields {
  action: TokenAction;
  /** JSON for the client; none with the actions that need the host. */
  responseContent?: string | null;
  /** Goes to the client as `DPoP-Nonce` (RFC 9449, section 8). */
  dpopNonce?: string | null;
  attestationChallenge?: string | null;
  /** User name of a password grant. */
  username?: string | null;
  /** Password of a password grant. Secret. */
  password?: string | null;
  ticket?: string | null;
  accessToken?: string | null;
  /** Milliseconds since the epoch. */
  accessTokenExpiresAt?: number | null;
  /** Seconds. */
  accessTokenDuration?: number | null;
  refreshToken?: string | null;
  /** Milliseconds since the epoch. */
  refreshTokenExpiresAt?: number | null;
  /** Seconds. */
  refreshTokenDuration?: number | null;
  idToken?: string | null;
  grantType?: string | null;
  subject?: string | null;
  scopes?: string[] | null;
  properties?: Property[] | null;
  jwtAccessToken?: string | null;
  clientAuthMethod?: ClientAuthMethod | null;
  resources?: string[] | null;
  accessTokenResources?: string[] | null;
  authorizationDetails?: AuthorizationDetails | null;
  grantId?: string | null;
  audiences?: string[] | null;
  requestedTokenType?: string | null;
  subjectToken?: string | null;
  subjectTokenType?: string | null;
  subjectTokenInfo?: TokenInfo | null;
  actorToken?: string | null;
  actorTokenType?: string | null;
  actorTokenInfo?: TokenInfo | null;
  assertion?: string | null;
  previousRefreshTokenUsed?: boolean | null;
  cnonce?: string | null;
  /** Milliseconds since the epoch. */
  cnonceExpiresAt?: number | null;
  /** Seconds. */
  cnonceDuration?: number | null;
  requestedIdTokenClaims?: string[] | null;
  refreshTokenScopes?: string[] | null;
  sessionId?: string | null;
  additionalClaims?: Pair[] | null;
  deviceSecret?: string | null;
  deviceSecretHash?: string | null;
}
