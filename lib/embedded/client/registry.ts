import type { ClientMetadata } from '../settings/client-metadata.js';
import type { Settings } from '../settings/options.js';
import type { SigningKeys } from '../settings/signing-keys.js';
import type { Client } from './client.js';
import { readClient } from './registration.js';

/** Finds clients by their number and by their alias. */
export type Clients = ReadonlyMap<string, Client>;

/** @throws TypeError naming the member that is wrong */
export function registerClients(settings: Settings, registrations: unknown, keys: SigningKeys): Clients {
  if (!Array.isArray(registrations)) throw new TypeError('clients must be an array');
  const clients = new Map<string, Client>();
  registrations.forEach((metadata: ClientMetadata, index) => {
    const where = `clients[${index}]`;
    if (typeof metadata !== 'object' || metadata === null) throw new TypeError(`${where} must be an object`);
    const client = readNamedClient(settings, metadata, keys, where);
    for (const id of [client.number, client.alias]) {
      if (id === undefined) continue;
      if (clients.has(id)) throw new TypeError(`${where}.client_id is another client's already`);
      clients.set(id, client);
    }
  });
  return clients;
}

/** Whoever reads the error finds the client by its id, not by counting. */
function readNamedClient(settings: Settings, metadata: ClientMetadata, keys: SigningKeys, where: string): Client {
  try {
    return readClient(settings, metadata, keys, where);
  } catch (error) {
    const { message, cause } = error as Error;
    throw new TypeError(`${message} (client ${metadata.client_id})`, { cause });
  }
}
