import type { SecureContext } from 'node:tls';
import { optionalCount, optionalTimeout, requireOptions } from '../../options/checks.js';
import { isPossibleHostName } from '../../options/host-name.js';
import { type OptionNames, requireKnownOptions } from '../../options/known-options.js';
import { secureContextOf } from '../../options/secure-context.js';
import { type ProxyFor, proxyOption } from '../../outbound/proxy.js';

/** Certificates for the connections to Authlete; PEM, as in `node:tls`. */
export interface AuthleteTls {
  /** Certificate authorities to trust instead of the well-known ones. */
  ca?: string | Buffer | Array<string | Buffer> | undefined;
  /** Certificate of this server, for an Authlete that asks for one. */
  cert?: string | Buffer | undefined;
  /** Private key of `cert`. */
  key?: string | Buffer | undefined;
}

/** Options for both versions of Authlete. */
export interface AuthleteConnection {
  /**
   * Where the Web API is, without `/api`: `https://us.authlete.com`, or `https://gateway.example.com/authlete` behind a
   * gateway. Over `http:`, credentials and tickets travel in clear text: use it only on your own machine.
   */
  baseUrl: string;
  /**
   * Milliseconds for each call, from the request to the last byte of the answer, repetition included. Default 60,000.
   * No other limit cuts a call off, and after this one nobody knows whether Authlete has acted: keep it well above the
   * `timeout` of the endpoints, which answer their clients in time even while a call goes on.
   */
  timeout?: number | undefined;
  /** Maximum number of open connections; further calls wait for one. Default 100. */
  connections?: number | undefined;
  /** Largest answer that is accepted, in bytes. Default 1,048,576. */
  maxResponseBytes?: number | undefined;
  tls?: AuthleteTls | undefined;
  /**
   * URL of an HTTP proxy that leads to Authlete (CONNECT), with credentials if it needs them:
   * `http://user:password@proxy.example:3128`. Or `'env'`: the variables `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`.
   */
  proxy?: string | undefined;
}

/** Authlete 3.0. */
export interface Authlete3Config extends AuthleteConnection {
  serviceId: string;
  /** The service access token. Secret. */
  accessToken: string;
  apiKey?: undefined;
  apiSecret?: undefined;
}

/** Authlete 2.x. */
export interface Authlete2Config extends AuthleteConnection {
  apiKey: string;
  /** Secret. */
  apiSecret: string;
  serviceId?: undefined;
  accessToken?: undefined;
}

/** What {@link authleteClient} takes: the credentials of Authlete 3.0 or those of 2.x. */
export type AuthleteClientConfig = Authlete3Config | Authlete2Config;

/** The configuration, checked and made ready for use. */
export interface ClientSettings {
  origin: string;
  /** What comes before the path of each API. */
  apiPath: string;
  /** Value of the `Authorization` header. */
  authorization: string;
  /** Values that no error may show. */
  secrets: string[];
  timeout: number;
  connections: number;
  maxResponseBytes: number;
  secureContext: SecureContext | undefined;
  proxyFor: ProxyFor | undefined;
}

const names: OptionNames<AuthleteClientConfig> = {
  baseUrl: true,
  serviceId: true,
  accessToken: true,
  apiKey: true,
  apiSecret: true,
  timeout: true,
  connections: true,
  maxResponseBytes: true,
  tls: true,
  proxy: true,
};

/** @throws TypeError that names the option; never shows its value */
export function clientSettings(config: unknown): ClientSettings {
  requireOptions(config, 'authleteClient');
  requireKnownOptions(config, names, 'authleteClient');
  const url = checkBaseUrl(config.baseUrl);
  const { service, authorization, secret } = checkCredentials(config);
  optionalTimeout(config.timeout, 'timeout');
  optionalCount(config.connections, 'connections');
  optionalCount(config.maxResponseBytes, 'maxResponseBytes');
  return {
    origin: url.origin,
    apiPath: `${url.pathname.replace(/\/+$/, '')}/api${service}`,
    authorization,
    secrets: [authorization.slice(authorization.indexOf(' ') + 1), secret],
    timeout: (config.timeout as number | undefined) ?? 60_000,
    connections: (config.connections as number | undefined) ?? 100,
    maxResponseBytes: (config.maxResponseBytes as number | undefined) ?? 1_048_576,
    secureContext: checkTls(config.tls, url),
    proxyFor: proxyOption(config.proxy, 'proxy'),
  };
}

function checkBaseUrl(baseUrl: unknown): URL {
  const url = typeof baseUrl === 'string' && URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new TypeError('baseUrl must be an https: (or http:) URL, such as https://us.authlete.com');
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new TypeError('baseUrl must have no user, password, query or fragment');
  }
  if (!isPossibleHostName(url.hostname)) {
    throw new TypeError('baseUrl must have a host name of at most 253 characters, in labels of at most 63');
  }
  return url;
}

function checkCredentials(config: Record<string, unknown>) {
  const { serviceId, accessToken, apiKey, apiSecret } = config;
  const version3 = serviceId !== undefined || accessToken !== undefined;
  const version2 = apiKey !== undefined || apiSecret !== undefined;
  if (version3 === version2) {
    throw new TypeError(
      'authleteClient needs either serviceId and accessToken (Authlete 3.0) or apiKey and apiSecret (Authlete 2.x)',
    );
  }
  if (version3) {
    const service = encodeURIComponent(visibleAscii(serviceId, 'serviceId'));
    const secret = visibleAscii(accessToken, 'accessToken');
    return { service: `/${service}`, authorization: `Bearer ${secret}`, secret };
  }
  const key = visibleAscii(apiKey, 'apiKey');
  if (key.includes(':')) throw new TypeError('apiKey must not contain a colon');
  const secret = visibleAscii(apiSecret, 'apiSecret');
  return { service: '', authorization: `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`, secret };
}

function visibleAscii(value: unknown, option: string): string {
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) {
    throw new TypeError(
      `${option} must be a non-empty string of visible ASCII characters, without spaces or line breaks`,
    );
  }
  return value;
}

function checkTls(tls: unknown, url: URL): SecureContext | undefined {
  if (tls === undefined) return undefined;
  const context = secureContextOf(tls, 'tls');
  if (url.protocol !== 'https:') throw new TypeError('tls needs an https: baseUrl');
  return context;
}
