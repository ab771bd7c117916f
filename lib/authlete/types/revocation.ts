import type { ApiResponse, ClientCredentials } from './common-types.js';

/** Request to Authlete's `/auth/revocation` API. */
export interface RevocationRequest extends ClientCredentials {
  /** The form of the client's request, exactly as it was sent. */
  parameters: string;
}

/** Response from Authlete's `/auth/revocation` API. */
export interface RevocationResponse extends ApiResponse {
  /** `OK` 200, `BAD_REQUEST` 400, `INVALID_CLIENT` 401, `INTERNAL_SERVER_ERROR` 500. */
  action: 'OK' | 'BAD_REQUEST' | 'INVALID_CLIENT' | 'INTERNAL_SERVER_ERROR';
  /** JSON for the client; with `OK` the client needs no body (RFC 7009, section 2.2). */
  responseContent?: string | null | undefined;
}
