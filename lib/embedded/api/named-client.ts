import type { ClientFields } from '../../authlete/types/common-types.js';
import { type Client, clientFields } from '../client/client.js';
import type { Engine } from '../state/engine.js';

/** How the responses name the client that have `clientName`, as Authlete's API description says: not all of them. */
export function namedClient(
  { settings }: Engine,
  client: Client,
  idUsed: string,
): ClientFields & { clientName?: string | null } {
  const fields: ClientFields & { clientName?: string | null } = clientFields(settings, client, idUsed);
  if (client.name !== undefined) fields.clientName = client.name;
  return fields;
}
