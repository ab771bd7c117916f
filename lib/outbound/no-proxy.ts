import { BlockList, isIP } from 'node:net';
import { withoutBrackets } from '../options/host-name.js';

/** The target of a connection. */
export interface ProxyTarget {
  protocol: string;
  hostname: string;
  port: number;
}

type Bypass = (target: ProxyTarget) => boolean;

/**
 * Reads `NO_PROXY`: names (`example.com` stands for all names below it too), addresses and blocks of addresses
 * (`10.0.0.0/8`), each with a port or without, separated by commas or blanks; `*` for everything.
 */
export function bypass(list: string): Bypass {
  const rules = list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map(rule);
  return (target) => rules.some((applies) => applies(target));
}

function rule(entry: string): Bypass {
  if (entry === '*') return () => true;
  const [, block = '', prefix = ''] = /^([\d.]+|[\da-f:.]+)\/(\d{1,3})$/.exec(entry) ?? [];
  if (isIP(block) !== 0) return inBlock(block, Number(prefix));
  const [, bracketed, plain = '', digits] = /^(?:\[([\da-f:.]+)\]|([^:]+|[\da-f:.]+))(?::(\d+))?$/.exec(entry) ?? [];
  const name = bracketed ?? plain.replace(/^\*?\./, '');
  return ({ hostname, port }) => {
    const host = withoutBrackets(hostname.toLowerCase()).replace(/\.$/, '');
    return (digits === undefined || Number(digits) === port) && (host === name || host.endsWith(`.${name}`));
  };
}

function inBlock(net: string, prefix: number): Bypass {
  const list = new BlockList();
  const family = isIP(net) === 4 ? 'ipv4' : 'ipv6';
  if (prefix > (family === 'ipv4' ? 32 : 128)) return () => false;
  list.addSubnet(net, prefix, family);
  return ({ hostname }) => {
    const host = withoutBrackets(hostname);
    return isIP(host) !== 0 && list.check(host, isIP(host) === 4 ? 'ipv4' : 'ipv6');
  };
}
