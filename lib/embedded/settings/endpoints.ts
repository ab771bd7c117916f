import { type OptionNames, requireKnownOptions } from '../../options/known-options.js';

/** Where the provider's endpoints are: paths under the issuer, or absolute URLs. */
export interface EmbeddedEndpoints {
  /** Default `/authorize`. Discovery requires one; the engine serves nothing there. */
  authorization_endpoint?: string | undefined;
  /** Default `/token`. */
  token_endpoint?: string | undefined;
  /** Default `/backchannel/authentication`. */
  backchannel_authentication_endpoint?: string | undefined;
  /** Default `/jwks`. */
  jwks_uri?: string | undefined;
  /** Default `/register`; in the metadata only if clients may register themselves. */
  registration_endpoint?: string | undefined;
  /** In the metadata only if it is given: your server serves the endpoint, by calling `userinfo`. */
  userinfo_endpoint?: string | undefined;
  /** In the metadata only if it is given: your server serves the endpoint, by calling `revocation` (RFC 7009). */
  revocation_endpoint?: string | undefined;
  /** In the metadata only if it is given: your server serves the endpoint, by calling `standardIntrospection` (RFC 7662). */
  introspection_endpoint?: string | undefined;
  /** Endpoints for clients with a certificate, if they differ (RFC 8705, section 5). Default: they do not. */
  mtls_endpoint_aliases?: MtlsEndpointAliases | undefined;
}

/** Addresses of endpoints for clients with a certificate (RFC 8705, section 5). */
export interface MtlsEndpointAliases {
  token_endpoint?: string | undefined;
  backchannel_authentication_endpoint?: string | undefined;
}

/** Absolute URLs. */
export type Endpoints = Required<Pick<EmbeddedEndpoints, keyof typeof defaultPlaces>> & EmbeddedEndpoints;

const defaultPlaces = {
  authorization_endpoint: '/authorize',
  token_endpoint: '/token',
  backchannel_authentication_endpoint: '/backchannel/authentication',
  jwks_uri: '/jwks',
  registration_endpoint: '/register',
};

const names: OptionNames<EmbeddedEndpoints> = {
  authorization_endpoint: true,
  token_endpoint: true,
  backchannel_authentication_endpoint: true,
  jwks_uri: true,
  registration_endpoint: true,
  userinfo_endpoint: true,
  revocation_endpoint: true,
  introspection_endpoint: true,
  mtls_endpoint_aliases: true,
};

const aliasNames: OptionNames<MtlsEndpointAliases> = {
  token_endpoint: true,
  backchannel_authentication_endpoint: true,
};

/** @throws TypeError naming the option that is wrong */
export function readEndpoints(issuer: string, endpoints: EmbeddedEndpoints = {}): Endpoints {
  requireKnownOptions(endpoints, names, 'endpoints');
  const { mtls_endpoint_aliases: aliases, ...places } = endpoints;
  const read: Endpoints = { ...defaultPlaces };
  for (const [name, place] of Object.entries({ ...defaultPlaces, ...withoutUndefined(places) })) {
    read[name as keyof typeof places] = urlOf(issuer, place, `endpoints.${name}`);
  }
  const elsewhere = readAliases(issuer, aliases ?? {});
  // RFC 8705, section 5: no need to name those that are the same.
  for (const name of Object.keys(elsewhere) as (keyof MtlsEndpointAliases)[]) {
    if (elsewhere[name] === read[name]) delete elsewhere[name];
  }
  return Object.keys(elsewhere).length === 0 ? read : { ...read, mtls_endpoint_aliases: elsewhere };
}

function withoutUndefined<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function readAliases(issuer: string, aliases: MtlsEndpointAliases): MtlsEndpointAliases {
  const option = 'endpoints.mtls_endpoint_aliases';
  requireKnownOptions(aliases, aliasNames, option);
  const read: MtlsEndpointAliases = {};
  for (const name of Object.keys(aliasNames) as (keyof MtlsEndpointAliases)[]) {
    if (aliases[name] !== undefined) read[name] = urlOf(issuer, aliases[name], `${option}.${name}`);
  }
  return read;
}

/** The URLs of some endpoints, those for clients with a certificate included. */
export function urlsOf(endpoints: Endpoints, names: readonly (keyof MtlsEndpointAliases)[]): string[] {
  return names.flatMap((name) => [endpoints[name], endpoints.mtls_endpoint_aliases?.[name] ?? []].flat());
}

function urlOf(issuer: string, place: unknown, option: string): string {
  if (typeof place !== 'string' || !(place.startsWith('/') || isHttpUrl(place))) {
    throw new TypeError(`${option} must be a path that begins with / or an http or https URL`);
  }
  return place.startsWith('/') ? issuer.replace(/\/$/, '') + place : place;
}

/** FAPI-CIBA has no exception for tests. @throws TypeError naming the option */
export function requireHttps(issuer: string, { mtls_endpoint_aliases: aliases, ...endpoints }: Endpoints): void {
  const urls: [string, string][] = [...Object.entries({ issuer, ...endpoints }), ...Object.entries(aliases ?? {})];
  for (const [name, url] of urls) {
    if (!/^https:/i.test(url)) throw new TypeError(`${name} must be an https URL under FAPI`);
  }
}

export function isHttpUrl(value: unknown): value is string {
  return typeof value === 'string' && /^https?:\/\//i.test(value) && URL.canParse(value);
}
