import type { ClientAuthMethod, ClientFields, DeliveryMode } from '../../authlete/common-types.js';
import type { ClientMetadata } from '../settings/client-metadata.js';
import type { Settings } from '../settings/options.js';
import type { SigningKey, SigningKeys } from '../settings/signing-keys.js';
import type { SubjectMatch } from './certificate-subject.js';
import type { ClientKeys } from './client-keys.js';
import { readClient } from './client-registration.js';

export const cibaGrantType = 'urn:openid:params:grant-type:ciba';
export const refreshGrantType = 'refresh_token';

/** A registered client. */
export interface Client {
  /** Digits. */
  readonly number: string;
  readonly alias?: string;
  readonly name?: string;
  readonly authMethod: ClientAuthMethod;
  /** SHA-256 of the secret. */
  readonly secretHash?: Buffer;
  /** Of `private_key_jwt` and `client_secret_jwt`: how assertions may be signed. */
  readonly assertion?: { readonly algorithms: readonly string[]; readonly keys: Pick<ClientKeys, 'forJwt'> };
  /** Absent: it registered none. */
  readonly keys?: ClientKeys;
  /** Of `tls_client_auth`. */
  readonly isSubject?: SubjectMatch;
  readonly grantTypes: ReadonlySet<string>;
  /** Absent: every registered scope. */
  readonly scopes?: ReadonlySet<string>;
  /** Absent: no CIBA. */
  readonly deliveryMode?: DeliveryMode;
  readonly notificationEndpoint?: string;
  /** How its requests may be signed. Absent: it does not sign them. */
  readonly requestAlgorithms?: readonly string[];
  readonly mustSignRequests: boolean;
  /** Whether its access tokens are bound to its certificate (RFC 8705, section 3). */
  readonly boundTokens: boolean;
  readonly userCodeRequired: boolean;
  /** Absent: any type. */
  readonly authorizationDetailsTypes?: ReadonlySet<string>;
  /** Signs its ID tokens. */
  readonly idTokenKey: SigningKey;
}

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

/** The ids by which a client may call itself. */
export function clientIds({ number, alias }: Client): readonly string[] {
  return alias === undefined ? [number] : [number, alias];
}

/** How the responses name the client. */
export function clientFields(client: Client, idUsed: string): ClientFields {
  const fields: ClientFields = { clientId: client.number };
  if (client.alias !== undefined) fields.clientIdAlias = client.alias;
  fields.clientIdAliasUsed = idUsed === client.alias;
  if (client.name !== undefined) fields.clientName = client.name;
  return fields;
}
