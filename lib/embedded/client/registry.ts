import type { ClientMetadata } from '../settings/client-metadata.js';
import type { Settings } from '../settings/settings.js';
import type { SigningKeys } from '../settings/signing-keys.js';
import type { Client } from './client.js';
import { readClient } from './registration.js';

/** The clients, by their number and by their alias. */
export interface Clients {
  get(id: string): Client | undefined;
  /** Every client once. */
  all(): Iterable<Client>;
  /**
   * @param where names the client in the error
   * @throws TypeError naming the member that is wrong
   */
  add(metadata: ClientMetadata, where: string): Client;
  /** Applies a client's new registration; it keeps its transactions and tokens. @throws TypeError */
  update(client: Client, metadata: ClientMetadata, where: string): void;
  remove(client: Client): void;
}

/** @throws TypeError naming the member that is wrong */
export function registerClients(settings: Settings, registrations: unknown, keys: SigningKeys): Clients {
  if (!Array.isArray(registrations)) throw new TypeError('clients must be an array');
  const clients = emptyRegistry(settings, keys);
  registrations.forEach((metadata: ClientMetadata, index) => {
    const where = `clients[${index}]`;
    if (typeof metadata !== 'object' || metadata === null) throw new TypeError(`${where} must be an object`);
    addNamedClient(clients, metadata, where);
  });
  return clients;
}

function emptyRegistry(settings: Settings, keys: SigningKeys): Clients {
  const byId = new Map<string, Client>();
  const clients = new Set<Client>();
  return {
    get: (id) => byId.get(id),
    all: () => clients,
    add(metadata, where) {
      const client = readClient(settings, metadata, keys, where);
      const ids = [client.number, client.alias].filter((id) => id !== undefined);
      if (ids.some((id) => byId.has(id))) throw new TypeError(`${where}.client_id already belongs to another client`);
      for (const id of ids) byId.set(id, client);
      clients.add(client);
      return client;
    },
    update(client, metadata, where) {
      // In place, since whatever belongs to the client refers to this object.
      Object.assign(client, readClient(settings, metadata, keys, where));
    },
    remove(client) {
      for (const id of [client.number, client.alias]) if (id !== undefined) byId.delete(id);
      clients.delete(client);
    },
  };
}

/** Adds the client's id to errors, so that the reader need not count the clients. */
function addNamedClient(clients: Clients, metadata: ClientMetadata, where: string): void {
  try {
    clients.add(metadata, where);
  } catch (error) {
    const { message, cause } = error as Error;
    throw new TypeError(`${message} (client ${metadata.client_id})`, { cause });
  }
}
