import { lookup as dnsLookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import type { SecureContext } from 'node:tls';
import { buildConnector } from 'undici';

/*
 * Addresses that a server must not be talked into calling (server-side request forgery): what IANA's registries of
 * special-purpose addresses do not call globally reachable, and multicast.
 */
const specialIPv4: readonly [net: string, prefix: number][] = [
  ['0.0.0.0', 8], // this network, unspecified
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // carrier-grade NAT
  ['127.0.0.0', 8], // loopback
  ['169.254.0.0', 16], // link-local, where clouds keep their metadata
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // 6to4 relays
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, broadcast
];

/** Outside these: loopback, link-local, unique local, multicast, mapped IPv4 and everything not given out yet. */
const globalIPv6: readonly [net: string, prefix: number][] = [
  ['2000::', 3], // global unicast
  ['64:ff9b::', 96], // NAT64 (RFC 6052): how a network without IPv4 reaches it, judged by the IPv4 address within
];

const specialIPv6: readonly [net: string, prefix: number][] = [
  ['2001::', 23], // Teredo, benchmarks, ORCHID
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4, which may hold any IPv4 address
  ['3fff::', 20], // documentation
  ...specialIPv4.map(([net, prefix]): [string, number] => [`64:ff9b::${net}`, 96 + prefix]),
];

const notPublicIPv4 = subnets(specialIPv4, 'ipv4');
const publicIPv6 = subnets(globalIPv6, 'ipv6');
const notPublicIPv6 = subnets(specialIPv6, 'ipv6');

/** Whether the text is an IP address that anyone on the Internet could have; anything else is not public. */
export function isPublicAddress(address: string): boolean {
  const [withoutZone = ''] = address.split('%');
  switch (isIP(withoutZone)) {
    case 4:
      return !notPublicIPv4.check(withoutZone, 'ipv4');
    case 6:
      return publicIPv6.check(withoutZone, 'ipv6') && !notPublicIPv6.check(withoutZone, 'ipv6');
    default:
      return false;
  }
}

/** What is wrong with an address; see {@link AddressError}. */
export type AddressErrorCode =
  /** It is not `https:`, not public, or a name that resolves to what is not. */
  | 'ERR_ADDRESS_NOT_PUBLIC'
  /** The host name is longer than a name may be. */
  | 'ERR_HOST_NAME';

/** An address that is not called. */
export class AddressError extends Error {
  readonly code: AddressErrorCode;

  constructor(code: AddressErrorCode, message: string) {
    super(message);
    this.name = 'AddressError';
    this.code = code;
  }
}

/** Options of {@link publicConnector}. */
export interface PublicConnectorOptions {
  /** Trusted authorities and client certificate; Node's defaults without it. */
  secureContext?: SecureContext;
  /** Longest time to connect, in milliseconds. */
  timeout: number;
  /** Resolves names, `dns.lookup` by default. */
  lookup?: LookupFunction;
}

/**
 * Creates the `connect` of an undici `Agent` that reaches public addresses over `https:` and nothing else. What a name
 * resolves to is checked in the connection itself, so an address that changes between check and use does not pass.
 * Otherwise the request fails with an error whose `code` is `ERR_ADDRESS_NOT_PUBLIC`.
 *
 * @example
 * ```ts
 * const agent = new Agent({ connect: publicConnector({ timeout: 5000 }) });
 * ```
 */
export function publicConnector({ secureContext, timeout, lookup }: PublicConnectorOptions): buildConnector.connector {
  const connect = buildConnector({
    ...tlsOptions(secureContext),
    timeout,
    lookup: publicLookup(lookup ?? (dnsLookup as LookupFunction)),
  });
  return (options, callback) => {
    const host = options.hostname.replace(/^\[|\]$/g, '');
    if (options.protocol !== 'https:')
      return callback(new AddressError('ERR_ADDRESS_NOT_PUBLIC', 'only https: is allowed'), null);
    // Node does not look up what is an address already.
    if (isIP(host) !== 0 && !isPublicAddress(host)) return callback(notPublic(host), null);
    connect(options, callback);
  };
}

/** What every connection to a party outside asks for, whatever the environment of the process says. */
export function tlsOptions(secureContext?: SecureContext) {
  return { minVersion: 'TLSv1.2', rejectUnauthorized: true, ...(secureContext && { secureContext }) } as const;
}

/** Refuses a name if any of its addresses is not public: which one would be taken is not for us to say. */
function publicLookup(lookup: LookupFunction): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, resolved) => {
      if (error) return callback(error, []);
      const addresses = resolved as { address: string; family: number }[];
      const refused = addresses.find(({ address }) => !isPublicAddress(address));
      const [first] = addresses;
      if (refused || !first) return callback(notPublic(hostname), []);
      if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

function notPublic(host: string): AddressError {
  return new AddressError('ERR_ADDRESS_NOT_PUBLIC', `${host} is not a public address, or resolves to one that is not`);
}

function subnets(nets: readonly [net: string, prefix: number][], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const [net, prefix] of nets) list.addSubnet(net, prefix, family);
  return list;
}
