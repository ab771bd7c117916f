import type { Pair, Scope } from '../../authlete/types/common-types.js';
import { optionalFunction } from '../../options/checks.js';
import { requireKnownOptions } from '../../options/known-options.js';
import { type ProxyFor, proxyOption } from '../../outbound/proxy.js';
import type { FapiVersion } from './algorithms.js';
import { type Endpoints, isHttpUrl, readEndpoints, requireHttps, urlsOf } from './endpoints.js';
import { readBoolean, readInteger, readPairs, readStrings } from './option-values.js';
import { type AccessTokenFormat, type EmbeddedAuthleteOptions, optionNames } from './options.js';
import { type ParameterisedScope, readParameterisedScopes } from './parameterised-scopes.js';
import { type RegistrationSettings, readDynamicRegistration } from './registration.js';
import { readScopes } from './scopes.js';
import { readTrustAnchors, type TrustAnchors } from './trust-anchors.js';

/** The options that are plain values, checked and with their defaults. */
export interface Settings {
  readonly issuer: string;
  readonly endpoints: Endpoints;
  /** Each of these may be the audience of a client assertion, except under FAPI 2.0, which allows only the issuer. */
  readonly assertionAudience: readonly string[];
  /** Each of these may be the audience of a signed request. */
  readonly requestAudience: readonly string[];
  readonly fapi: FapiVersion;
  readonly dpopNonce: boolean;
  /** Absent: `tls_client_auth` is refused. */
  readonly trustAnchors?: TrustAnchors;
  readonly allowJwksUri?: (url: URL) => boolean;
  readonly proxyFor?: ProxyFor | undefined;
  readonly scopes: ReadonlyMap<string, Scope>;
  readonly parameterisedScopes: readonly ParameterisedScope[];
  /** Absent: clients cannot register themselves. */
  readonly registration?: RegistrationSettings;
  /** Absent: any resource. */
  readonly resources?: ReadonlySet<string>;
  readonly acrs: ReadonlySet<string>;
  /** Absent: an hour from now, plus a minute for clocks that differ. */
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

/** @throws TypeError naming the option that is wrong */
export function readSettings(options: EmbeddedAuthleteOptions): Settings {
  requireKnownOptions(options, optionNames, 'embeddedAuthlete');
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
  throw new TypeError(`deliveryModes must hold ${allowed.join(', ')} only, and at least one of them`);
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
