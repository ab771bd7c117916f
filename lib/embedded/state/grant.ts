import type { Property } from '../../authlete/types/common-types.js';
import type { Client } from '../client/client.js';

/** What the user granted to the client: tokens are made from it. */
export interface Grant {
  /** As Authlete names it. */
  readonly grantType: 'CIBA' | 'CLIENT_CREDENTIALS';
  /** Its tokens are no longer valid. */
  revoked?: true;
  /** Number of characters that clients and the server sent in it. */
  readonly size: number;
  readonly client: Client;
  /** The client id that the request used; the audience of the ID token. */
  readonly clientId: string;
  /** The host's identifier of the user. Absent: the client acts for itself (`client_credentials`). */
  readonly subject?: string;
  /** `sub` of the ID token, if it differs from the subject. */
  readonly sub?: string;
  /** Names of the granted scopes. */
  readonly scopes: readonly string[];
  /** Seconds since the epoch. */
  readonly authTime?: number;
  readonly acr?: string;
  /** More claims for the ID token. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** More parameters for the ID token's header. */
  readonly idTokenHeader?: Readonly<Record<string, unknown>>;
  /** The audience of the ID token as an array, rather than a string. */
  readonly audienceAsArray: boolean;
  /** Target resources (RFC 8707). */
  readonly resources?: readonly string[];
  /** JSON (RFC 9396). */
  readonly authorizationDetails?: string;
  readonly properties: readonly Property[];
  readonly consentedClaims?: readonly string[];
  /** More claims for access tokens that are JWTs. */
  readonly jwtClaims?: Readonly<Record<string, unknown>>;
  /** The value for the first access token. */
  readonly accessToken?: string;
  /** Seconds. */
  readonly accessTokenDuration: number;
  /** Seconds. */
  readonly refreshTokenDuration: number;
}
