import { isPossibleHostName } from '../options/host-name.js';
import { bypass, type ProxyTarget } from './no-proxy.js';

/** An HTTP proxy. */
export interface HttpProxy {
  /** Scheme, host and port; without credentials. */
  url: URL;
  /** Value of `Proxy-Authorization`. Secret. */
  authorization?: string;
}

/** The proxy that leads to a target; `undefined` where the connection is made without one. */
export type ProxyFor = (target: ProxyTarget) => HttpProxy | undefined;

/**
 * Reads a `proxy` option: the URL of a proxy, or `'env'` for the variables `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`
 * (lower-case names first, as curl does it), which are read at once.
 *
 * @throws TypeError that names the option, or the variable, but not its value
 */
export function proxyOption(value: unknown, option: string): ProxyFor | undefined {
  if (value === undefined) return undefined;
  if (value !== 'env') {
    const proxy = proxyAt(value);
    if (proxy === undefined) {
      throw new TypeError(`${option} must be the http: or https: URL of a proxy, without a path, or 'env'`);
    }
    return () => proxy;
  }
  const proxies = { 'https:': proxyIn('HTTPS_PROXY', option), 'http:': proxyIn('HTTP_PROXY', option) };
  const isBypassed = bypass(variable('NO_PROXY') ?? '');
  return (target) => (isBypassed(target) ? undefined : proxies[target.protocol as keyof typeof proxies]);
}

function proxyIn(name: string, option: string): HttpProxy | undefined {
  const value = variable(name);
  if (!value) return undefined;
  // Proxies are often written without a scheme there.
  const proxy = proxyAt(value.includes('://') ? value : `http://${value}`);
  if (proxy === undefined)
    throw new TypeError(`${option}: the variable ${name} must be the http: or https: URL of a proxy`);
  return proxy;
}

function variable(name: string): string | undefined {
  return process.env[name.toLowerCase()] ?? process.env[name];
}

function proxyAt(value: unknown): HttpProxy | undefined {
  if (typeof value !== 'string' || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  if (!/^https?:$/.test(url.protocol) || !isPossibleHostName(url.hostname)) return undefined;
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') return undefined;
  const credentials = decoded(`${url.username}:${url.password}`);
  if (credentials === undefined) return undefined;
  const origin = new URL(url.origin);
  return credentials === ':'
    ? { url: origin }
    : { url: origin, authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
