import type { ApiResponse, AuthorizationDetails, ClientFields, Grant, Pair, Property, Scope } from './common-types.js';

/** What a resource server has to do next. */
export const IntrospectionAction = {
  OK: 'OK',
  BAD_REQUEST: 'BAD_REQUEST',
  UNAUTHORIZED: 'UNAUTHORIZED',
  FORBIDDEN: 'FORBIDDEN',
  INTERNAL_SERVER_ERROR: 'INTERNAL_SERVER_ERROR',
} as const;
export type IntrospectionAction = (typeof IntrospectionAction)[keyof typeof IntrospectionAction];

/** Request to Authlete's `/auth/introspection` API. */
export interface IntrospectionRequest {
  /** The access token. */
  token: string;
  /** Scopes that the access token must have. */
  scopes?: string[] | undefined;
  /** The subject that the access token must have. */
  subject?: string | undefined;
  /** PEM: the certificate that the caller of the resource presented (RFC 8705). */
  clientCertificate?: string | undefined;
  /** The `DPoP` header (RFC 9449). */
  dpop?: string | undefined;
  /** HTTP method of the request to the resource, for DPoP. */
  htm?: string | undefined;
  /** URL of the resource, for DPoP. */
  htu?: string | undefined;
  dpopNonceRequired?: boolean | undefined;
  resources?: string[] | undefined;
  acrValues?: string[] | undefined;
  /** Seconds. */
  maxAge?: number | undefined;
  /** URL of the request to the resource, for HTTP message signatures (RFC 9421). */
  uri?: string | undefined;
  /** Body of that request. */
  message?: string | undefined;
  /** Headers of that request. */
  headers?: Pair[] | undefined;
  /** Components of that request that its signature has to cover. */
  requiredComponents?: string[] | undefined;
  /** `@target-uri` of that request, where it differs from `uri`. */
  targetUri?: string | undefined;
  /** Whether that request has a body. */
  requestBodyContained?: boolean | undefined;
}

/** Response from Authlete's `/auth/introspection` API. */
export interface IntrospectionResponse extends ApiResponse, ClientFields {
  action: IntrospectionAction;
  /** Value of the `WWW-Authenticate` header (RFC 6750), not a body. */
  responseContent?: string | null | undefined;
  /** Goes to the client as `DPoP-Nonce` (RFC 9449, section 9). */
  dpopNonce?: string | null | undefined;
  subject?: string | null | undefined;
  grantType?: string | null | undefined;
  scopes?: string[] | null | undefined;
  scopeDetails?: Scope[] | null | undefined;
  /** Milliseconds since the epoch. */
  expiresAt?: number | null | undefined;
  /** Whether the token exists and has not expired. */
  usable?: boolean | null | undefined;
  /** Whether the token covers the scopes asked for. */
  sufficient?: boolean | null | undefined;
  existent?: boolean | null | undefined;
  refreshable?: boolean | null | undefined;
  /** SHA-256 of the certificate that the token is bound to, base64url. */
  certificateThumbprint?: string | null | undefined;
  properties?: Property[] | null | undefined;
  resources?: string[] | null | undefined;
  accessTokenResources?: string[] | null | undefined;
  authorizationDetails?: AuthorizationDetails | null | undefined;
  grantId?: string | null | undefined;
  grant?: Grant | null | undefined;
  consentedClaims?: string[] | null | undefined;
  acr?: string | null | undefined;
  /** Seconds since the epoch. */
  authTime?: number | null | undefined;
  /** Whether the token is for the issuance of verifiable credentials. */
  forCredentialIssuance?: boolean | null | undefined;
  /** Whether the token was issued for an external attachment. */
  forExternalAttachment?: boolean | null | undefined;
  /** The verifiable credentials that may be issued for the token, as JSON. */
  issuableCredentials?: string | null | undefined;
  cnonce?: string | null | undefined;
  /** Milliseconds since the epoch. */
  cnonceExpiresAt?: number | null | undefined;
  /** Whether the resource server has to sign its response (FAPI 2.0 HTTP Signatures). */
  responseSigningRequired?: boolean | null | undefined;
}
