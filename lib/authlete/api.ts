import type { JSONWebKeySet } from 'jose';
import type {
  BackchannelAuthenticationRequest,
  BackchannelAuthenticationResponse,
} from './types/backchannel-authentication.js';
import type {
  BackchannelAuthenticationCompleteRequest,
  BackchannelAuthenticationCompleteResponse,
} from './types/backchannel-authentication-complete.js';
import type {
  BackchannelAuthenticationFailRequest,
  BackchannelAuthenticationFailResponse,
} from './types/backchannel-authentication-fail.js';
import type {
  BackchannelAuthenticationIssueRequest,
  BackchannelAuthenticationIssueResponse,
} from './types/backchannel-authentication-issue.js';
import type { IntrospectionRequest, IntrospectionResponse } from './types/introspection.js';
import type { RevocationRequest, RevocationResponse } from './types/revocation.js';
import type { TokenRequest, TokenResponse } from './types/token.js';
import type { TokenRevokeRequest, TokenRevokeResponse } from './types/token-revoke.js';

/** Options of every call. */
export interface CallOptions {
  /**
   * Ends the call when it is aborted. The endpoints do not abort their calls: they must know what Authlete did, so that
   * they can release a ticket. If you implement this API yourself, give each call a time limit.
   */
  signal?: AbortSignal | undefined;
  /**
   * How long the answer is useful to the caller, in milliseconds. It does not end the call: {@link authleteClient} uses it
   * to decide whether there is time to repeat a call that Authlete refused temporarily (429, 503).
   */
  within?: number | undefined;
}

/** OpenID provider metadata (OpenID Connect Discovery 1.0, section 3; CIBA Core 1.0, section 4). */
export interface ProviderMetadata {
  issuer: string;
  [name: string]: unknown;
}

/**
 * The part of the Authlete Web API that CIBA needs, named as Authlete's own libraries name it. {@link authleteClient}
 * makes one that speaks HTTP, `embeddedAuthlete` one that runs in the process; either can be given to every factory
 * of this package, and so can your own object.
 *
 * @example
 * ```ts
 * const counting: AuthleteApi = {
 *   ...authlete,
 *   token: (request, options) => (calls.inc(), authlete.token(request, options)),
 * };
 * ```
 */
export interface AuthleteApi {
  /** Judges a backchannel authentication request. */
  backchannelAuthentication(
    request: BackchannelAuthenticationRequest,
    options?: CallOptions,
  ): Promise<BackchannelAuthenticationResponse>;
  /** Issues the `auth_req_id`. */
  backchannelAuthenticationIssue(
    request: BackchannelAuthenticationIssueRequest,
    options?: CallOptions,
  ): Promise<BackchannelAuthenticationIssueResponse>;
  /** Refuses the request and deletes the ticket. */
  backchannelAuthenticationFail(
    request: BackchannelAuthenticationFailRequest,
    options?: CallOptions,
  ): Promise<BackchannelAuthenticationFailResponse>;
  /** Tells Authlete how the authentication on the device ended. */
  backchannelAuthenticationComplete(
    request: BackchannelAuthenticationCompleteRequest,
    options?: CallOptions,
  ): Promise<BackchannelAuthenticationCompleteResponse>;
  /** Judges a token request and makes the tokens. */
  token(request: TokenRequest, options?: CallOptions): Promise<TokenResponse>;
  /** Revokes tokens. */
  tokenRevoke(request: TokenRevokeRequest, options?: CallOptions): Promise<TokenRevokeResponse>;
  /** Authenticates a client and revokes its token (RFC 7009); only `cibaRevocation` needs it. */
  revocation?(request: RevocationRequest, options?: CallOptions): Promise<RevocationResponse>;
  /** Says what an access token is good for. */
  introspection(request: IntrospectionRequest, options?: CallOptions): Promise<IntrospectionResponse>;
  /** The provider's metadata, for `/.well-known/openid-configuration`. */
  configuration(options?: CallOptions): Promise<ProviderMetadata>;
  /** The provider's public keys, for `jwks_uri`. */
  jwks(options?: CallOptions): Promise<JSONWebKeySet>;
}
