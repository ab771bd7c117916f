import { isIP } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { buildConnector } from 'undici';
import { isLocalhost, withoutBrackets } from '../options/host-name.js';
import { notPublic, whyNotPublic } from './address-error.js';
import type { ProxyFor } from './proxy.js';
import { isPublicAddress } from './public-address.js';
import type { PublicLookup } from './public-lookup.js';
import { openTunnel } from './tunnel.js';
import type { Undici } from './with-undici.js';

/** Options of the connectors. */
export interface ConnectorOptions {
  /** Trusted authorities and client certificate; Node's defaults without it. */
  secureContext?: SecureContext | undefined;
  /** Longest time to connect, in milliseconds. */
  timeout: number;
  /** The proxy that leads to a host. */
  proxyFor?: ProxyFor | undefined;
}

/**
 * Creates the `connect` of an undici `Agent` or `Pool`: with TLS 1.2 or later, always verified, whatever
 * `NODE_TLS_REJECT_UNAUTHORIZED` says, and through a proxy if there is one.
 */
export function connector(undici: Undici, options: ConnectorOptions): buildConnector.connector {
  return viaProxy(undici.buildConnector(directOptions(options)), options);
}

/**
 * Creates a connector that reaches public addresses over `https:` and nothing else. It checks the resolved address in
 * the connection itself, so an address that changes between check and use does not pass. A proxy looks names up itself, so
 * behind one only literal addresses are checked.
 *
 * The request fails with an error whose `code` is `ERR_ADDRESS_NOT_PUBLIC`.
 *
 * @example
 * ```ts
 * const { lookup } = publicLookup(5000);
 * const agent = new undici.Agent({ connect: publicConnector(undici, { timeout: 5000, lookup }) });
 * ```
 */
export function publicConnector(
  undici: Undici,
  options: ConnectorOptions & Pick<PublicLookup, 'lookup'>,
): buildConnector.connector {
  const { lookup } = options;
  const connect = viaProxy(undici.buildConnector({ ...directOptions(options), lookup }), options);
  return (target, callback) => {
    const refusal = refusalOf(target);
    if (refusal) return callback(notPublic(refusal), null);
    connect(target, callback);
  };
}

/** Why an address must not be called, if that is clear without a look-up. */
export function refusalOf({ protocol, hostname }: { protocol: string; hostname: string }): string | undefined {
  if (protocol !== 'https:') return 'only https: is allowed';
  const host = withoutBrackets(hostname);
  // Node does not look up literal addresses, and `localhost` resolves without a DNS server.
  const isRefused = isIP(host) === 0 ? isLocalhost(host) : !isPublicAddress(host);
  return isRefused ? whyNotPublic(host) : undefined;
}

function directOptions({ secureContext, timeout }: ConnectorOptions): buildConnector.BuildOptions {
  return { minVersion: 'TLSv1.2', rejectUnauthorized: true, timeout, ...(secureContext && { secureContext }) };
}

function viaProxy(direct: buildConnector.connector, { proxyFor, timeout }: ConnectorOptions): buildConnector.connector {
  if (proxyFor === undefined) return direct;
  return (target, callback) => {
    const { protocol, hostname } = target;
    const port = Number(target.port) || (protocol === 'https:' ? 443 : 80);
    const proxy = proxyFor({ protocol, hostname, port });
    if (proxy === undefined) return direct(target, callback);
    openTunnel(proxy, { hostname, port }, timeout).then(
      (socket) => {
        if (protocol === 'https:') direct({ ...target, httpSocket: socket }, callback);
        else callback(null, socket);
      },
      (error) => callback(error, null),
    );
  };
}
