import type { ClientFields } from '../../authlete/types/common-types.js';
import { type Client, clientFields } from '../client/client.js';
import type { Engine } from '../state/engine.js';

/** The client's names in responses with `clientName`: not all have it, according to Authlete's API description. */
export function namedClient(
  { settings }: Engine,
  client: Client,
  idUsed: string,
): ClientFields & { clientName?: string | null } {
  const fields: ClientFields & { clientName?: string | null } = clientFields(settings, client, idUsed);
  if (client.name !== undefined) fields.clientName = client.name;
  return fields;
}
