import { BlockList, isIP } from 'node:net';

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

/** Outside these: loopback, link-local, unique local, multicast, mapped IPv4 and everything not assigned yet. */
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

function subnets(nets: readonly [net: string, prefix: number][], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const [net, prefix] of nets) list.addSubnet(net, prefix, family);
  return list;
}
