import type { JSONWebKeySet } from 'jose';
import type { Pair, Scope } from '../../authlete/types/common-types.js';
import { optionalFunction } from '../../options/checks.js';
import { type OptionNames, requireKnownOptions } from '../../options/known-options.js';
import { type ProxyFor, proxyOption } from '../../outbound/proxy.js';
import type { FapiVersion } from './algorithms.js';
import type { ClientMetadata } from './client-metadata.js';
import { type EmbeddedEndpoints, type Endpoints, isHttpUrl, readEndpoints, requireHttps, urlsOf } from './endpoints.js';
import { readBoolean, readInteger, readPairs, readStrings } from './option-values.js';
import { type ParameterisedScope, readParameterisedScopes } from './parameterised-scopes.js';
import { type DynamicRegistration, type RegistrationSettings, readDynamicRegistration } from './registration.js';
import { readScopes } from './scopes.js';
import { readTrustAnchors, type TrustAnchors } from './trust-anchors.js';

/** What an access token looks like to the client. */
export type AccessTokenFormat = 'opaque' | 'jwt';

/** Options of {@link embeddedAuthlete}. */
export interface EmbeddedAuthleteOptions {
  /** The provider's issuer identifier: an http or https URL without query and fragment. */
  issuer: string;
  /** The registered clients. */
  clients: readonly ClientMetadata[];
  /** Private keys that sign the ID tokens, the default one first. An ES256 key is generated when absent. */
  jwks?: JSONWebKeySet | undefined;
  /** Lets clients register themselves while the engine runs. Default: nobody may. */
  registration?: DynamicRegistration | undefined;
  endpoints?: EmbeddedEndpoints | undefined;
  /** The rules of the FAPI-CIBA profile, over FAPI 1.0 Advanced (also `true`) or the FAPI 2.0 security profile. Default `false`. */
  fapi?: boolean | '1.0' | '2.0' | undefined;
  /**
   * Whether DPoP proofs must have a nonce of the engine's (RFC 9449, sections 8 and 9); a call asks for the same with
   * `dpopNonceRequired`. Default `false`.
   */
  dpopNonce?: boolean | undefined;
  /** PEM: the authorities whose certificates `tls_client_auth` accepts. Without it that method is refused. */
  trustAnchors?: string | readonly string[] | undefined;
  /**
   * Keys of clients are fetched from their `jwks_uri` over https and from public addresses only. Called where that
   * refuses a URL, this waives the rule by returning `true`: for tests on one machine, with `http:` too.
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
   * parameterised: what matches it whole (`consent:123`) is in `dynamicScopes`.
   */
  scopes?: readonly (string | Scope)[] | undefined;
  /** The resources for which clients may ask (RFC 8707). Default: any absolute URI without a fragment. */
  resources?: readonly string[] | undefined;
  /** The supported ACRs; requested ones that are not among them are dropped. Default none. */
  acrs?: readonly string[] | undefined;
  /**
   * The longest that a client assertion may live, seconds: from its `iat`, where it has one, and from now. Default an hour from
   * now, and a minute for clocks that differ.
   */
  maxAssertionLifetime?: number | undefined;
  /** Lifetime of an `auth_req_id`, seconds, and the longest that a client may request. Default 120. */
  expiresIn?: number | undefined;
  /** `true`: what clients request as `requested_expiry` changes nothing. Default `false`. */
  ignoreRequestedExpiry?: boolean | undefined;
  /** The delivery modes that clients may register. Default all, without push under FAPI. */
  deliveryModes?: readonly ('poll' | 'ping' | 'push')[] | undefined;
  /** `false`: a request with a `user_code` is `invalid_request`, and no client may register that it needs one. Default `true`. */
  userCode?: boolean | undefined;
  /** Least time between two polls, seconds. Default 5. */
  interval?: number | undefined;
  /** What clients get: a random value, or a JWT as RFC 9068 describes it, signed with the first key. Default `opaque`. */
  accessTokenFormat?: AccessTokenFormat | undefined;
  /** Seconds. Default 3600. */
  accessTokenDuration?: number | undefined;
  /** Seconds. Default 86 400. */
  refreshTokenDuration?: number | undefined;
  /**
   * Whether a refresh token stays as it is when it is used. Default `false`, as in Authlete: it ends, and the client gets
   * another, which lives as long as the first did. Under FAPI 2.0 it always stays.
   */
  refreshTokenKept?: boolean | undefined;
  /** Seconds. Default 3600. */
  idTokenDuration?: number | undefined;
  /**
   * Most requests that may be pending, and most tokens of each kind; what was sent in them may take 4 kB each on average.
   * Default 100 000.
   */
  maxPending?: number | undefined;
  /** Attributes of the service, as Authlete has them: they come to hooks as `serviceAttributes`. Default none. */
  serviceAttributes?: readonly Pair[] | undefined;
  /** Tells hooks, in `warnings`, which requested scopes and ACRs were dropped. Default `false`. */
  warnings?: boolean | undefined;
  /** The time, milliseconds since the epoch. Default: what `Date.now()` says at that moment. */
  clock?: (() => number) | undefined;
}

/** The options that are plain values, checked and with their defaults. */
export interface Settings {
  readonly issuer: string;
  readonly endpoints: Endpoints;
  /** Each of these may be the audience of a client assertion, where FAPI 2.0 does not want the issuer alone. */
  readonly assertionAudience: readonly string[];
  /** The same of a signed request. */
  readonly requestAudience: readonly string[];
  readonly fapi: FapiVersion;
  readonly dpopNonce: boolean;
  /** Absent: `tls_client_auth` is refused. */
  readonly trustAnchors?: TrustAnchors;
  readonly allowJwksUri?: (url: URL) => boolean;
  readonly proxyFor?: ProxyFor | undefined;
  readonly scopes: ReadonlyMap<string, Scope>;
  readonly parameterisedScopes: readonly ParameterisedScope[];
  /** Absent: nobody may register. */
  readonly registration?: RegistrationSettings;
  /** Absent: any. */
  readonly resources?: ReadonlySet<string>;
  readonly acrs: ReadonlySet<string>;
  /** Absent: an hour from now, more or less. */
  readonly maxAssertionLifetime?: number;
  readonly expiresIn: number;
  readonly ignoreRequestedExpiry: boolean;
  readonly deliveryModes: readonly string[];
  readonly userCode: boolean;
  readonly interval: number;
  readonly accessTokenFormat: AccessTokenFormat;
  readonly accessTokenDuration: number;
  readonly refreshTokenDuration: number;
  readonly refreshTokenKept: boolean;
  readonly idTokenDuration: number;
  readonly maxPending: number;
  readonly serviceAttributes: readonly Pair[];
  readonly warnings: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const names: OptionNames<EmbeddedAuthleteOptions> = {
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

/** @throws TypeError naming the option that is wrong */
export function readSettings(options: EmbeddedAuthleteOptions): Settings {
  requireKnownOptions(options, names, 'embeddedAuthlete');
  const issuer = readIssuer(options.issuer);
  const endpoints = readEndpoints(issuer, options.endpoints);
  const fapi = readFapi(options.fapi);
  if (fapi) requireHttps(issuer, endpoints);
  optionalFunction(options.clock, 'clock');
  optionalFunction(options.allowJwksUri, 'allowJwksUri');
  const scopes = readScopes(options.scopes);
  return {
    issuer,
    registration: readDynamicRegistration(options.registration),
    endpoints,
    assertionAudience: [issuer, ...urlsOf(endpoints, ['token_endpoint', 'backchannel_authentication_endpoint'])],
    requestAudience: [issuer, ...urlsOf(endpoints, ['backchannel_authentication_endpoint'])],
    fapi,
    dpopNonce: readBoolean(options.dpopNonce ?? false, 'dpopNonce'),
    trustAnchors: readTrustAnchors(options.trustAnchors),
    allowJwksUri: options.allowJwksUri,
    proxyFor: proxyOption(options.proxy, 'proxy'),
    scopes,
    parameterisedScopes: readParameterisedScopes(scopes),
    resources: options.resources === undefined ? undefined : new Set(readResources(options.resources)),
    acrs: new Set(readStrings(options.acrs ?? [], 'acrs')),
    maxAssertionLifetime:
      options.maxAssertionLifetime === undefined
        ? undefined
        : readInteger(options.maxAssertionLifetime, 'maxAssertionLifetime', 1),
    expiresIn: readInteger(options.expiresIn ?? 120, 'expiresIn', 1),
    ignoreRequestedExpiry: readBoolean(options.ignoreRequestedExpiry ?? false, 'ignoreRequestedExpiry'),
    deliveryModes: readDeliveryModes(options.deliveryModes, fapi),
    userCode: readBoolean(options.userCode ?? true, 'userCode'),
    interval: readInteger(options.interval ?? 5, 'interval', 0),
    accessTokenFormat: readFormat(options.accessTokenFormat ?? 'opaque'),
    accessTokenDuration: readInteger(options.accessTokenDuration ?? 3600, 'accessTokenDuration', 1),
    refreshTokenDuration: readInteger(options.refreshTokenDuration ?? 86_400, 'refreshTokenDuration', 1),
    refreshTokenKept: readRefreshTokenKept(options.refreshTokenKept, fapi),
    idTokenDuration: readInteger(options.idTokenDuration ?? 3600, 'idTokenDuration', 1),
    maxPending: readInteger(options.maxPending ?? 100_000, 'maxPending', 1),
    serviceAttributes: readPairs(options.serviceAttributes, 'serviceAttributes'),
    warnings: readBoolean(options.warnings ?? false, 'warnings'),
    // Not `Date.now` itself: a test that replaces `Date` later moves the engine, too.
    now: options.clock ?? (() => Date.now()),
  };
}

function readIssuer(issuer: unknown): string {
  if (!isHttpUrl(issuer) || /[?#]/.test(issuer)) {
    throw new TypeError('issuer must be an http or https URL without query and fragment');
  }
  return issuer;
}

function readResources(value: unknown): readonly string[] {
  const resources = readStrings(value, 'resources');
  if (resources.every((resource) => URL.canParse(resource) && !resource.includes('#'))) return resources;
  throw new TypeError('resources must hold absolute URIs without a fragment');
}

function readDeliveryModes(value: unknown, fapi: FapiVersion): readonly string[] {
  const allowed = fapi ? ['poll', 'ping'] : ['poll', 'ping', 'push'];
  const modes = readStrings(value ?? allowed, 'deliveryModes');
  if (modes.length > 0 && modes.every((mode) => allowed.includes(mode))) return modes;
  throw new TypeError(`deliveryModes must hold ${allowed.join(', ')} only, and one of them at least`);
}

function readFapi(value: unknown): FapiVersion {
  if (value === undefined || value === false) return false;
  if (value === true || value === '1.0') return '1.0';
  if (value === '2.0') return value;
  throw new TypeError("fapi must be '1.0', '2.0' or a boolean");
}

/** FAPI 2.0 Security Profile, section 5.3.2.1: no rotation of refresh tokens. */
function readRefreshTokenKept(value: unknown, fapi: FapiVersion): boolean {
  const kept = readBoolean(value ?? fapi === '2.0', 'refreshTokenKept');
  if (fapi === '2.0' && !kept) throw new TypeError('refreshTokenKept must be true under FAPI 2.0');
  return kept;
}

function readFormat(value: unknown): AccessTokenFormat {
  if (value !== 'opaque' && value !== 'jwt') throw new TypeError('accessTokenFormat must be opaque or jwt');
  return value;
}
