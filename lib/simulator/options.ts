import { type OptionNames, requireKnownOptions } from '../options/known-options.js';
import { hostName } from './allowed-host.js';
import type { Client } from './client.js';

/**
 * A client that the page's consumption device may act as, under its RFC 7591 and CIBA metadata names: an entry of
 * `embeddedAuthlete`'s `clients` can be given as it is, other members are ignored.
 */
export interface SimulatorClient {
  client_id: string;
  /** Stays on the server: the browser never sees it. */
  client_secret: string;
  /** The client's name on the page; `client_id` by default. */
  client_name?: string | undefined;
  /** `poll` by default. A `ping` or `push` client needs the simulator's `/notifications` as its notification endpoint. */
  backchannel_token_delivery_mode?: string | undefined;
  /** `client_secret_basic` by default. */
  token_endpoint_auth_method?: string | undefined;
  /** Scopes, separated by spaces, that the form suggests; `openid` by default. */
  scope?: string | undefined;
  [metadata: string]: unknown;
}

/** Where the consumption device finds the provider. Each URL replaces the one of the provider's metadata. */
export interface SimulatorEndpoints {
  backchannel_authentication_endpoint?: string | undefined;
  token_endpoint?: string | undefined;
  jwks_uri?: string | undefined;
}

/** Options of {@link simulator}, all optional. */
export interface SimulatorOptions {
  /** The clients of the consumption device. Without any, the page shows only the authentication device. */
  clients?: readonly SimulatorClient[] | undefined;
  /**
   * The provider's issuer, which the consumption device needs: its metadata is read from
   * `/.well-known/openid-configuration` under it, and it must be the ID tokens' `iss`.
   */
  issuer?: string | undefined;
  /** Endpoints that differ from the provider's metadata; when all three are given, the metadata is not read. */
  endpoints?: SimulatorEndpoints | undefined;
  /** Login hints that the form suggests, with the first one filled in. */
  loginHints?: readonly string[] | undefined;
  /**
   * Names or addresses, without ports, under which the simulator may be opened, besides those of loopback (`localhost`,
   * `127.0.0.1`, `[::1]`). Requests with another `Host` are refused, so that no stranger's page gets in by DNS rebinding.
   */
  allowedHosts?: readonly string[] | undefined;
  /** Starts even if `NODE_ENV` is `production`: anybody who can open the page can approve every request. */
  allowInProduction?: boolean | undefined;
}

/** The result of {@link checkOptions}. */
export interface CheckedOptions {
  clients: Client[];
  issuer: string;
  endpoints: SimulatorEndpoints;
  loginHints: string[];
  allowedHosts: ReadonlySet<string>;
}

const optionNames: OptionNames<SimulatorOptions> = {
  clients: true,
  issuer: true,
  endpoints: true,
  loginHints: true,
  allowedHosts: true,
  allowInProduction: true,
};

const endpointNames: OptionNames<SimulatorEndpoints> = {
  backchannel_authentication_endpoint: true,
  token_endpoint: true,
  jwks_uri: true,
};

/**
 * Checks the options at construction.
 *
 * @throws TypeError that names the option
 */
export function checkOptions(options: SimulatorOptions): CheckedOptions {
  requireKnownOptions(options, optionNames, 'simulator');
  const { clients = [], issuer, endpoints = {}, loginHints = [], allowedHosts = [], allowInProduction } = options;
  if (allowInProduction !== undefined && typeof allowInProduction !== 'boolean') {
    throw new TypeError('allowInProduction must be a boolean');
  }
  if (!Array.isArray(clients)) throw new TypeError('clients must be an array');
  if (!Array.isArray(loginHints) || !loginHints.every((hint) => typeof hint === 'string')) {
    throw new TypeError('loginHints must be an array of strings');
  }
  if (!Array.isArray(allowedHosts)) throw new TypeError('allowedHosts must be an array of host names');
  requireKnownOptions(endpoints, endpointNames, 'endpoints');
  if (clients.length > 0 && issuer === undefined) throw new TypeError('issuer must be given with clients');
  if (issuer !== undefined) requireUrl(issuer, 'issuer');
  for (const [name, url] of Object.entries(endpoints)) {
    if (url !== undefined) requireUrl(url, `endpoints.${name}`);
  }
  return {
    clients: clients.map(checkClient),
    issuer: issuer ?? '',
    endpoints: { ...endpoints },
    loginHints: [...loginHints],
    allowedHosts: new Set(allowedHosts.map(checkHost)),
  };
}

function checkClient(metadata: SimulatorClient, index: number): Client {
  const name = `clients[${index}]`;
  if (typeof metadata !== 'object' || metadata === null) throw new TypeError(`${name} must be an object`);
  const {
    client_id: id,
    client_secret: secret,
    backchannel_token_delivery_mode: mode = 'poll',
    token_endpoint_auth_method: authMethod = 'client_secret_basic',
    scope = 'openid',
  } = metadata;
  if (typeof id !== 'string' || id === '') throw new TypeError(`${name}.client_id must be a string, not empty`);
  if (typeof secret !== 'string' || secret === '') {
    throw new TypeError(`${name}.client_secret must be a string, not empty: the simulator authenticates with it`);
  }
  if (mode !== 'poll' && mode !== 'ping' && mode !== 'push') {
    throw new TypeError(`${name}.backchannel_token_delivery_mode must be poll, ping or push`);
  }
  if (authMethod !== 'client_secret_basic' && authMethod !== 'client_secret_post') {
    throw new TypeError(`${name}.token_endpoint_auth_method must be client_secret_basic or client_secret_post`);
  }
  if (typeof scope !== 'string') throw new TypeError(`${name}.scope must be a string`);
  const clientName = metadata.client_name ?? id;
  if (typeof clientName !== 'string') throw new TypeError(`${name}.client_name must be a string`);
  return { id, secret, name: clientName, mode, authMethod, scope };
}

function checkHost(host: string, index: number): string {
  const name = typeof host === 'string' ? hostName(host) : undefined;
  if (name === undefined || new URL(`http://${host}`).port !== '') {
    throw new TypeError(`allowedHosts[${index}] must be a host name or address without a port`);
  }
  return name;
}

function requireUrl(value: unknown, option: string): void {
  const protocol = typeof value === 'string' && URL.canParse(value) ? new URL(value).protocol : undefined;
  if (protocol !== 'https:' && protocol !== 'http:') throw new TypeError(`${option} must be an absolute http(s) URL`);
}
