import type { Property } from '../../authlete/types/common-types.js';
import type { Binding, RefreshToken } from '../state/tokens.js';

/** The options with which the tokens of one response are made. */
export interface IssueOptions {
  /** Names of the scopes: those of the grant, or fewer. */
  readonly scopes: readonly string[];
  /** The resources of the grant that the access token is for. */
  readonly resources?: readonly string[];
  /** JSON: the grant's, or less (RFC 9396, section 6). */
  readonly authorizationDetails?: string;
  /** The refresh token that was used. */
  readonly refreshToken?: RefreshToken;
  /** Only in a push. */
  readonly authReqId?: string;
  /** The value for the access token. */
  readonly accessToken?: string;
  /** Seconds. */
  readonly accessTokenDuration: number;
  /** Seconds. */
  readonly refreshTokenDuration: number;
  readonly properties: readonly Property[];
  /** More claims for a JWT. */
  readonly jwtClaims?: Readonly<Record<string, unknown>>;
  /** What the access token is bound to. */
  readonly binding: Binding;
}
