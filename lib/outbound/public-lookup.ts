import dns from 'node:dns';
import { Resolver } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { notPublic, whyNotPublic } from './address-error.js';
import { isPublicAddress } from './public-address.js';

/** Looks up names that must be public. */
export interface PublicLookup {
  /** For `net.connect()`: refuses a name if any of its addresses is not public, since Node chooses which one it uses. */
  lookup: LookupFunction;
  /** Ends the look-ups under way. */
  cancel(): void;
}

interface Address {
  address: string;
  family: 4 | 6;
}

interface Query {
  addresses: Promise<Address[]>;
  resolver: Resolver;
}

/**
 * Creates the look-up. It uses c-ares and not `dns.lookup()`, which libuv runs only twice at once and never cancels:
 * eight names with a silent DNS server would stop every other look-up of the process. Concurrent look-ups of a name share
 * one query. The hosts file is not read, and search domains are not tried.
 *
 * @param limit milliseconds after which a look-up is cancelled
 */
export function publicLookup(limit: number): PublicLookup {
  const queries = new Map<string, Query>();

  function query(name: string): Query {
    const resolver = new Resolver({ timeout: 1500, tries: 3 });
    // Servers set with dns.setServers() are used here, too. (It replaces functions of the module, so `getServers` cannot be
    // imported by name.)
    const servers = dns.getServers();
    if (servers.length > 0) resolver.setServers(servers);
    const timer = setTimeout(() => resolver.cancel(), limit);
    const addresses = addressesOf(resolver, name).finally(() => {
      clearTimeout(timer);
      queries.delete(name);
    });
    return { addresses, resolver };
  }

  return {
    lookup(hostname, options, callback) {
      const name = hostname.toLowerCase();
      const asked = queries.get(name) ?? query(name);
      queries.set(name, asked);
      asked.addresses.then(
        (addresses) => {
          const [first] = addresses;
          if (!first || !addresses.every(({ address }) => isPublicAddress(address)))
            callback(notPublic(whyNotPublic(hostname)), []);
          else if (options.all) callback(null, addresses);
          else callback(null, first.address, first.family);
        },
        (error) => callback(error, []),
      );
    },
    cancel() {
      for (const { resolver } of queries.values()) resolver.cancel();
    },
  };
}

/** @throws Error of the query for IPv4 addresses, when neither query gives any */
async function addressesOf(resolver: Resolver, name: string): Promise<Address[]> {
  const [four, six] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  const addresses: Address[] = [];
  if (four.status === 'fulfilled') for (const address of four.value) addresses.push({ address, family: 4 });
  if (six.status === 'fulfilled') for (const address of six.value) addresses.push({ address, family: 6 });
  if (addresses.length === 0 && four.status === 'rejected') throw four.reason;
  return addresses;
}

/** Whether DNS says that it does not know the name, or there is no DNS server to ask. A silent server is neither. */
export function isUnknownName(error: unknown): boolean {
  const { syscall, code } = error as NodeJS.ErrnoException;
  return syscall?.startsWith('query') === true && !isSilence(code);
}

/** Whether the code says that a look-up had no answer in time. */
export function isSilence(code: unknown): boolean {
  return code === 'ETIMEOUT' || code === 'ECANCELLED';
}
