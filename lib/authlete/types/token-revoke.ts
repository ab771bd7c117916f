import type { ApiResponse } from './common-types.js';

/**
 * Request to Authlete's `/auth/token/revoke` API: which tokens to revoke. One of the two tokens, or a client, a subject
 * or both of them.
 */
export interface TokenRevokeRequest {
  /** An access token, or its hash as Authlete lists it. */
  accessTokenIdentifier?: string | undefined;
  /** A refresh token, or its hash. */
  refreshTokenIdentifier?: string | undefined;
  /** The client's number or alias: all of its tokens, or those of `subject` only. */
  clientIdentifier?: string | undefined;
  /** The user whose tokens to revoke. */
  subject?: string | undefined;
}

/** Response from Authlete's `/auth/token/revoke` API. */
export interface TokenRevokeResponse extends ApiResponse {
  /** The number of tokens that were revoked. */
  count?: number | null | undefined;
}
