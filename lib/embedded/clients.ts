import { createHash } from 'node:crypto';
import { ClientAuthMethod, type ClientFields, DeliveryMode } from '../authlete/common-types.js';
import type { ClientMetadata } from './client-metadata.js';
import { isHttpUrl, readStrings } from './options.js';
import type { SigningKey, SigningKeys } from './signing-keys.js';

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
  readonly grantTypes: ReadonlySet<string>;
  /** Absent: every registered scope. */
  readonly scopes?: ReadonlySet<string>;
  /** Absent: no CIBA. */
  readonly deliveryMode?: DeliveryMode;
  readonly notificationEndpoint?: string;
  readonly userCodeRequired: boolean;
  /** Absent: any type. */
  readonly authorizationDetailsTypes?: ReadonlySet<string>;
  /** Signs its ID tokens. */
  readonly idTokenKey: SigningKey;
}

/** Finds clients by their number and by their alias. */
export type Clients = ReadonlyMap<string, Client>;

/** @throws TypeError naming the member that is wrong */
export function registerClients(registrations: unknown, keys: SigningKeys): Clients {
  if (!Array.isArray(registrations)) throw new TypeError('clients must be an array');
  const clients = new Map<string, Client>();
  registrations.forEach((metadata: ClientMetadata, index) => {
    const where = `clients[${index}]`;
    if (typeof metadata !== 'object' || metadata === null) throw new TypeError(`${where} must be an object`);
    const client = readClient(metadata, keys, where);
    for (const id of [client.number, client.alias]) {
      if (id === undefined) continue;
      if (clients.has(id)) throw new TypeError(`${where}.client_id is another client's already`);
      clients.set(id, client);
    }
  });
  return clients;
}

/** How the responses name the client. */
export function clientFields(client: Client, idUsed: string): ClientFields {
  const fields: ClientFields = { clientId: client.number };
  if (client.alias !== undefined) fields.clientIdAlias = client.alias;
  fields.clientIdAliasUsed = idUsed === client.alias;
  if (client.name !== undefined) fields.clientName = client.name;
  return fields;
}

const authMethods: Readonly<Record<string, ClientAuthMethod>> = {
  none: ClientAuthMethod.NONE,
  client_secret_basic: ClientAuthMethod.CLIENT_SECRET_BASIC,
  client_secret_post: ClientAuthMethod.CLIENT_SECRET_POST,
};

const deliveryModes: Readonly<Record<string, DeliveryMode>> = {
  poll: DeliveryMode.POLL,
  ping: DeliveryMode.PING,
  push: DeliveryMode.PUSH,
};

function readClient(metadata: ClientMetadata, keys: SigningKeys, where: string): Client {
  const id = readString(metadata, 'client_id', where);
  if (id === undefined) throw new TypeError(`${where}.client_id is missing`);
  const isNumber = /^[1-9]\d{0,18}$/.test(id);
  const secret = readString(metadata, 'client_secret', where);
  const authMethod = readOneOf(metadata, 'token_endpoint_auth_method', where, authMethods);
  const deliveryMode = readOneOf(metadata, 'backchannel_token_delivery_mode', where, deliveryModes);
  const scope = readString(metadata, 'scope', where);
  const client: Client = {
    number: isNumber ? id : numberOf(id),
    alias: isNumber ? undefined : id,
    name: readString(metadata, 'client_name', where),
    authMethod: authMethod ?? ClientAuthMethod.CLIENT_SECRET_BASIC,
    secretHash: secret === undefined ? undefined : createHash('sha256').update(secret).digest(),
    grantTypes: new Set(
      metadata.grant_types === undefined
        ? deliveryMode && [cibaGrantType, refreshGrantType]
        : readStrings(metadata.grant_types, `${where}.grant_types`),
    ),
    scopes: scope === undefined ? undefined : new Set(scope.split(' ')),
    deliveryMode,
    notificationEndpoint: readString(metadata, 'backchannel_client_notification_endpoint', where),
    userCodeRequired: readBoolean(metadata, 'backchannel_user_code_parameter', where),
    authorizationDetailsTypes:
      metadata.authorization_details_types === undefined
        ? undefined
        : new Set(readStrings(metadata.authorization_details_types, `${where}.authorization_details_types`)),
    idTokenKey: readIdTokenKey(metadata, keys, where),
  };
  checkClient(client, where);
  return client;
}

function readIdTokenKey(metadata: ClientMetadata, keys: SigningKeys, where: string): SigningKey {
  const alg = readString(metadata, 'id_token_signed_response_alg', where) ?? keys[0].alg;
  const key = keys.find((candidate) => candidate.alg === alg);
  if (key === undefined) throw new TypeError(`${where}.id_token_signed_response_alg: jwks has no key for ${alg}`);
  return key;
}

function checkClient(client: Client, where: string): void {
  if (client.authMethod.startsWith('CLIENT_SECRET') && client.secretHash === undefined) {
    throw new TypeError(`${where}.client_secret is missing: token_endpoint_auth_method asks for one`);
  }
  const notified = client.deliveryMode === DeliveryMode.PING || client.deliveryMode === DeliveryMode.PUSH;
  if (notified && !isHttpUrl(client.notificationEndpoint)) {
    throw new TypeError(`${where}.backchannel_client_notification_endpoint must be a URL: the delivery mode needs it`);
  }
}

/** A positive 64-bit integer that is the same in every process. */
function numberOf(alias: string): string {
  const bits = createHash('sha256').update(alias).digest().readBigUInt64BE();
  return String(BigInt.asUintN(63, bits) || 1n);
}

function readString(metadata: ClientMetadata, name: string, where: string): string | undefined {
  const value = metadata[name];
  if (value === undefined || (typeof value === 'string' && value !== '')) return value;
  throw new TypeError(`${where}.${name} must be a string that is not empty`);
}

function readBoolean(metadata: ClientMetadata, name: string, where: string): boolean {
  const value = metadata[name] ?? false;
  if (typeof value !== 'boolean') throw new TypeError(`${where}.${name} must be a boolean`);
  return value;
}

function readOneOf<T>(metadata: ClientMetadata, name: string, where: string, known: Readonly<Record<string, T>>) {
  const value = metadata[name];
  if (value === undefined) return undefined;
  if (typeof value === 'string' && Object.hasOwn(known, value)) return known[value];
  throw new TypeError(`${where}.${name} must be one of ${Object.keys(known).join(', ')}`);
}
