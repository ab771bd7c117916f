/** How the client learns of the decision (CIBA Core 1.0, section 5). */
export const DeliveryMode = { POLL: 'POLL', PING: 'PING', PUSH: 'PUSH' } as const;
export type DeliveryMode = (typeof DeliveryMode)[keyof typeof DeliveryMode];

/** Which of the three hints the client sent (CIBA Core 1.0, section 7.1). */
export const UserIdentificationHintType = {
  LOGIN_HINT: 'LOGIN_HINT',
  LOGIN_HINT_TOKEN: 'LOGIN_HINT_TOKEN',
  ID_TOKEN_HINT: 'ID_TOKEN_HINT',
} as const;
export type UserIdentificationHintType = (typeof UserIdentificationHintType)[keyof typeof UserIdentificationHintType];

/** How the client authenticated; an Authlete newer than this package may name more. */
export const ClientAuthMethod = {
  NONE: 'NONE',
  CLIENT_SECRET_BASIC: 'CLIENT_SECRET_BASIC',
  CLIENT_SECRET_POST: 'CLIENT_SECRET_POST',
  CLIENT_SECRET_JWT: 'CLIENT_SECRET_JWT',
  PRIVATE_KEY_JWT: 'PRIVATE_KEY_JWT',
  TLS_CLIENT_AUTH: 'TLS_CLIENT_AUTH',
  SELF_SIGNED_TLS_CLIENT_AUTH: 'SELF_SIGNED_TLS_CLIENT_AUTH',
  ATTEST_JWT_CLIENT_AUTH: 'ATTEST_JWT_CLIENT_AUTH',
} as const;
export type ClientAuthMethod = (typeof ClientAuthMethod)[keyof typeof ClientAuthMethod];

/** What a client asks of its grant (Grant Management for OAuth 2.0). */
export const GrantManagementAction = {
  CREATE: 'CREATE',
  QUERY: 'QUERY',
  REPLACE: 'REPLACE',
  REVOKE: 'REVOKE',
  MERGE: 'MERGE',
} as const;
export type GrantManagementAction = (typeof GrantManagementAction)[keyof typeof GrantManagementAction];

/** A name and a value: attributes of services, clients and scopes. */
export interface Pair {
  key: string;
  value: string;
}

/** An extra property of a token; a hidden one is kept at Authlete and not shown to the client. */
export interface Property {
  key: string;
  value: string;
  hidden?: boolean | null | undefined;
}

/** A text in one language. */
export interface TaggedValue {
  tag: string;
  value: string;
}

/** A registered scope that was requested. */
export interface Scope {
  name: string;
  defaultEntry?: boolean | null | undefined;
  description?: string | null | undefined;
  descriptions?: TaggedValue[] | null | undefined;
  attributes?: Pair[] | null | undefined;
}

/** A requested scope whose value is parameterised, such as `dpv:FraudPreventionAndDetection`. */
export interface DynamicScope {
  name: string;
  value: string;
}

/** One element of `authorization_details` (RFC 9396). */
export interface AuthorizationDetail {
  type: string;
  locations?: string[] | null | undefined;
  actions?: string[] | null | undefined;
  dataTypes?: string[] | null | undefined;
  identifier?: string | null | undefined;
  privileges?: string[] | null | undefined;
  /** Every member that is specific to the type, as a JSON object in a string. */
  otherFields?: string | null | undefined;
}

/** The `authorization_details` of a request (RFC 9396). */
export interface AuthorizationDetails {
  elements: AuthorizationDetail[];
}

/** A grant that exists already (Grant Management for OAuth 2.0). */
export interface Grant {
  scopes?: { scope: string; resource?: string[] | null | undefined }[] | null | undefined;
  claims?: string[] | null | undefined;
  authorizationDetails?: AuthorizationDetails | null | undefined;
}

/** How client metadata documents are retrieved. */
export interface CimdOptions {
  alwaysRetrieved?: boolean | undefined;
  httpPermitted?: boolean | undefined;
  queryPermitted?: boolean | undefined;
}

/** In every response: what Authlete says about the call itself. */
export interface ApiResponse {
  /** `A` and six digits; the third from the right says whose fault it was: 0 none, 1 Authlete, 2 this server, 3 the client. */
  resultCode?: string | null | undefined;
  resultMessage?: string | null | undefined;
}

/** Who the client is. */
export interface ClientFields {
  /** All digits of a 64-bit integer, which does not fit a JavaScript number: always a string. */
  clientId?: string | null | undefined;
  /** The textual client id, if the client has one. */
  clientIdAlias?: string | null | undefined;
  clientIdAliasUsed?: boolean | null | undefined;
  clientEntityId?: string | null | undefined;
  clientEntityIdUsed?: boolean | null | undefined;
  metadataDocumentLocation?: string | null | undefined;
  metadataDocumentUsed?: boolean | null | undefined;
  serviceAttributes?: Pair[] | null | undefined;
  clientAttributes?: Pair[] | null | undefined;
}

/** The credentials of a client, as the endpoints found them in the HTTP request. */
export interface ClientCredentials {
  clientId?: string | undefined;
  clientSecret?: string | undefined;
  /** PEM. */
  clientCertificate?: string | undefined;
  /** PEM, everything after the leaf. */
  clientCertificatePath?: string[] | undefined;
  oauthClientAttestation?: string | undefined;
  oauthClientAttestationPop?: string | undefined;
}
