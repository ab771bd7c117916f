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
  scopes?: string[];
  /** The subject that the access token must have. */
  subject?: string;
  /** PEM: the certificate that the caller of the resource presented (RFC 8705). */
  clientCertificate?: string;
  /** The `DPoP` header (RFC 9449). */
  dpop?: string;
  /** HTTP method of the request to the resource, for DPoP. */
  htm?: string;
  /** URL of the resource, for DPoP. */
  htu?: string;
  dpopNonceRequired?: boolean;
  resources?: string[];
  acrValues?: string[];
  /** Seconds. */
  maxAge?: number;
  /** URL of the request to the resource, for HTTP message signatures (RFC 9421). */
  uri?: string;
  /** Body of that request. */
  message?: string;
  /** Headers of that request. */
  headers?: Pair[];
  /** Components of that request that its signature has to cover. */
  requiredComponents?: string[];
  /** `@target-uri` of that request, where it differs from `uri`. */
  targetUri?: string;
  /** Whether that request has a body. */
  requestBodyContained?: boolean;
}

/** Response from Authlete's `/auth/introspection` API. */
export interface IntrospectionResponse extends ApiResponse, ClientFields {
  action: IntrospectionAction;
  /** Value of the `WWW-Authenticate` header (RFC 6750), not a body. */
  responseContent?: string | null;
  /** Goes to the client as `DPoP-Nonce` (RFC 9449, section 9). */
  dpopNonce?: string | null;
  subject?: string | null;
  grantType?: string | null;
  scopes?: string[] | null;
  scopeDetails?: Scope[] | null;
  /** Milliseconds since the epoch. */
  expiresAt?: number | null;
  /** Whether the token exists and has not expired. */
  usable?: boolean | null;
  /** Whether the token covers the scopes asked for. */
  sufficient?: boolean | null;
  existent?: boolean | null;
  refreshable?: boolean | null;
  /** SHA-256 of the certificate that the token is bound to, base64url. */
  certificateThumbprint?: string | null;
  properties?: Property[] | null;
  resources?: string[] | null;
  accessTokenResources?: string[] | null;
  authorizationDetails?: AuthorizationDetails | null;
  grantId?: string | null;
  grant?: Grant | null;
  consentedClaims?: string[] | null;
  acr?: string | null;
  /** Seconds since the epoch. */
  authTime?: number | null;
  /** Whether the token is for the issuance of verifiable credentials. */
  forCredentialIssuance?: boolean | null;
  /** Whether the token was issued for an external attachment. */
  forExternalAttachment?: boolean | null;
  /** Credentials that the token lets issue, as JSON. */
  issuableCredentials?: string | null;
  cnonce?: string | null;
  /** Milliseconds since the epoch. */
  cnonceExpiresAt?: number | null;
  /** Whether the answer of the resource has to be signed (FAPI 2.0 HTTP Signatures). */
  responseSigningRequired?: boolean | null;
}
