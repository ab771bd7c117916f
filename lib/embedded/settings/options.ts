import type { JSONWebKeySet } from 'jose';
import type { Pair, Scope } from '../../authlete/types/common-types.js';
import type { OptionNames } from '../../options/known-options.js';
import type { ClientMetadata } from './client-metadata.js';
import type { EmbeddedEndpoints } from './endpoints.js';
import type { DynamicRegistration } from './registration.js';

/** What an access token looks like to the client. */
export type AccessTokenFormat = 'opaque' | 'jwt';

/** Options of {@link embeddedAuthlete}. */
export interface EmbeddedAuthleteOptions {
  /** The provider's issuer identifier: an http or https URL without query and fragment. */
  issuer: string;
  /** The registered clients. */
  clients: readonly ClientMetadata[];
  /** Private keys that sign the ID tokens, the default one first. Without this option, an ES256 key is generated. */
  jwks?: JSONWebKeySet | undefined;
  /** Lets clients register themselves while the engine runs. Default: clients cannot. */
  registration?: DynamicRegistration | undefined;
  endpoints?: EmbeddedEndpoints | undefined;
  /** Enforces FAPI-CIBA, on FAPI 1.0 Advanced (`'1.0'` or `true`) or the FAPI 2.0 security profile. Default `false`. */
  fapi?: boolean | '1.0' | '2.0' | undefined;
  /**
   * Whether DPoP proofs must have a nonce from the engine (RFC 9449, sections 8 and 9). A single call can demand it with
   * `dpopNonceRequired`. Default `false`.
   */
  dpopNonce?: boolean | undefined;
  /** Certificates, in PEM, of the authorities that `tls_client_auth` trusts. Without it that method is refused. */
  trustAnchors?: string | readonly string[] | undefined;
  /**
   * Clients' keys are fetched from their `jwks_uri` over https and from public addresses only. If that rule refuses a URL,
   * this function is called, and waives the rule by returning `true`: for tests on one machine, with `http:` too.
   */
  allowJwksUri?: ((url: URL) => boolean) | undefined;
  /**
   * URL of an HTTP proxy that leads to the `jwks_uri` of clients (CONNECT), or `'env'`: the variables `HTTPS_PROXY`,
   * `HTTP_PROXY` and `NO_PROXY`.
   */
  proxy?: string | undefined;
  /**
   * The registered scopes, as names or as Authlete describes them; `openid` is always one. Default `openid`,
   * `offline_access`, `profile`, `email`, `phone`, `address`. As in Authlete, one with an attribute `regex` is
   * parameterised: a requested scope that matches it as a whole (`consent:123`) is in `dynamicScopes`.
   */
  scopes?: readonly (string | Scope)[] | undefined;
  /** The resources for which clients may ask (RFC 8707). Default: any absolute URI without a fragment. */
  resources?: readonly string[] | undefined;
  /** The supported ACRs; requested ones that are not among them are dropped. Default none. */
  acrs?: readonly string[] | undefined;
  /**
   * Maximum lifetime of a client assertion in seconds: from its `iat`, if it has one, and from now. Default: an hour from
   * now, plus a minute for clocks that differ.
   */
  maxAssertionLifetime?: number | undefined;
  /** Lifetime of an `auth_req_id`, seconds, and the longest that a client may request. Default 120. */
  expiresIn?: number | undefined;
  /** Whether `requested_expiry` is ignored. Default `false`. */
  ignoreRequestedExpiry?: boolean | undefined;
  /** The delivery modes that clients may register. Default: all of them, but under FAPI not push. */
  deliveryModes?: readonly ('poll' | 'ping' | 'push')[] | undefined;
  /** `false`: a request with a `user_code` is `invalid_request`, and no client may register that it needs one. Default `true`. */
  userCode?: boolean | undefined;
  /** Minimum time between two polls, seconds. Default 5. */
  interval?: number | undefined;
  /** What clients get: a random value, or a JWT (RFC 9068) signed with the first key. Default `opaque`. */
  accessTokenFormat?: AccessTokenFormat | undefined;
  /** Seconds. Default 3600. */
  accessTokenDuration?: number | undefined;
  /** Seconds. Default 86 400. */
  refreshTokenDuration?: number | undefined;
  /**
   * Whether a refresh token stays valid when it is used. Default `false`, as in Authlete: it ends, and the client gets
   * another with the full duration. Under FAPI 2.0 it always stays valid.
   */
  refreshTokenKept?: boolean | undefined;
  /** Seconds. Default 3600. */
  idTokenDuration?: number | undefined;
  /**
   * Maximum number of pending requests, and of tokens of each kind; their contents may take 4 kB each on average.
   * Default 100 000.
   */
  maxPending?: number | undefined;
  /** Attributes of the service, as in Authlete: hooks get them as `serviceAttributes`. Default none. */
  serviceAttributes?: readonly Pair[] | undefined;
  /** Tells hooks, in `warnings`, which requested scopes and ACRs were dropped. Default `false`. */
  warnings?: boolean | undefined;
  /** The time, milliseconds since the epoch. Default: `Date.now()`, called each time. */
  clock?: (() => number) | undefined;
}

export const optionNames: OptionNames<EmbeddedAuthleteOptions> = {
  issuer: true,
  clients: true,
  jwks: true,
  registration: true,
  ignoreRequestedExpiry: true,
  endpoints: true,
  fapi: true,
  dpopNonce: true,
  trustAnchors: true,
  allowJwksUri: true,
  proxy: true,
  scopes: true,
  resources: true,
  acrs: true,
  maxAssertionLifetime: true,
  expiresIn: true,
  deliveryModes: true,
  userCode: true,
  interval: true,
  accessTokenFormat: true,
  accessTokenDuration: true,
  refreshTokenDuration: true,
  refreshTokenKept: true,
  idTokenDuration: true,
  maxPending: true,
  serviceAttributes: true,
  warnings: true,
  clock: true,
};
