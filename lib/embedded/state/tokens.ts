import type { Property } from '../../authlete/types/common-types.js';
import type { Settings } from '../settings/settings.js';
import { type Expiring, expiringMap } from './expiring-map.js';
import type { Grant } from './grant.js';

/** What an access token is bound to, so that only the owner can use it. Both absent: a bearer token. */
export interface Binding {
  /** SHA-256 of the client's certificate (RFC 8705, section 3.1). */
  readonly certificateThumbprint?: string;
  /** SHA-256 of the client's key (RFC 9449, section 6.1). */
  readonly jkt?: string;
}

export interface AccessToken extends Expiring {
  /** Its key in the engine's memory: its value, or the `jti` of a JWT. */
  readonly key: string;
  readonly grant: Grant;
  /** Names of the scopes; a refresh may have narrowed those of the grant. */
  readonly scopes: readonly string[];
  /** The resources of the grant that it is for. */
  readonly resources?: readonly string[];
  readonly binding: Binding;
  /** JSON: the grant's, or less (RFC 9396, section 6). */
  readonly authorizationDetails?: string;
  readonly properties: readonly Property[];
  /** The refresh token that can replace it. */
  readonly refreshToken?: string;
  /** Whether that token is older than this one. */
  readonly refreshed: boolean;
}

export interface RefreshToken extends Expiring {
  readonly value: string;
  readonly grant: Grant;
}

/** The tokens that the engine remembers. */
export type Tokens = ReturnType<typeof rememberTokens>;

export function rememberTokens({ maxPending, now }: Settings) {
  return {
    access: expiringMap<AccessToken>(maxPending, now),
    refresh: expiringMap<RefreshToken>(maxPending, now),
  };
}
