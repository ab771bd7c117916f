import { createHash } from 'node:crypto';
import { ClientAuthMethod, DeliveryMode } from '../../authlete/types/common-types.js';
import { hmacAlgorithms } from '../../jwt/algorithms.js';
import { secretKeys } from '../../jwt/secret-keys.js';
import { signatureAlgorithms } from '../settings/algorithms.js';
import type { ClientMetadata } from '../settings/client-metadata.js';
import { isHttpUrl } from '../settings/endpoints.js';
import { readPairs, readStrings } from '../settings/option-values.js';
import type { Settings } from '../settings/settings.js';
import type { SigningKey, SigningKeys } from '../settings/signing-keys.js';
import { readSubjectMatch } from './certificate-subject.js';
import { type Client, cibaGrantType, grantTypes, refreshGrantType } from './client.js';
import { readIdTokenEncryption } from './encryption.js';
import { checkFapiClient } from './fapi.js';
import type { ClientKeys } from './keys.js';
import { readBoolean, readOneOf, readString } from './members.js';
import { readClientKeys } from './registered-keys.js';
import { readSector } from './sector.js';
import { refuseUnimplemented } from './unimplemented.js';

const authMethods: Readonly<Record<string, ClientAuthMethod>> = {
  none: ClientAuthMethod.NONE,
  client_secret_basic: ClientAuthMethod.CLIENT_SECRET_BASIC,
  client_secret_post: ClientAuthMethod.CLIENT_SECRET_POST,
  client_secret_jwt: ClientAuthMethod.CLIENT_SECRET_JWT,
  private_key_jwt: ClientAuthMethod.PRIVATE_KEY_JWT,
  tls_client_auth: ClientAuthMethod.TLS_CLIENT_AUTH,
  self_signed_tls_client_auth: ClientAuthMethod.SELF_SIGNED_TLS_CLIENT_AUTH,
};

const deliveryModes: Readonly<Record<string, DeliveryMode>> = {
  poll: DeliveryMode.POLL,
  ping: DeliveryMode.PING,
  push: DeliveryMode.PUSH,
};

/**
 * Reads a client's registration.
 *
 * @param where names the client in the error
 * @throws TypeError naming the member that is wrong
 */
export function readClient(settings: Settings, metadata: ClientMetadata, keys: SigningKeys, where: string): Client {
  refuseUnimplemented(metadata, where);
  const id = readString(metadata, 'client_id', where);
  if (id === undefined) throw new TypeError(`${where}.client_id is missing`);
  const isNumber = /^[1-9]\d{0,18}$/.test(id);
  const secret = readString(metadata, 'client_secret', where);
  const authMethod =
    readOneOf(metadata, 'token_endpoint_auth_method', where, authMethods) ?? ClientAuthMethod.CLIENT_SECRET_BASIC;
  const deliveryMode = readOneOf(metadata, 'backchannel_token_delivery_mode', where, deliveryModes);
  const scope = readString(metadata, 'scope', where);
  const clientKeys = readClientKeys(settings, metadata, where);
  const client: Client = {
    number: isNumber ? id : numberOf(id),
    alias: isNumber ? undefined : id,
    name: readString(metadata, 'client_name', where),
    authMethod,
    secretHash: secret === undefined ? undefined : createHash('sha256').update(secret).digest(),
    keys: clientKeys,
    assertion: readAssertion(settings, metadata, authMethod, clientKeys, secret, where),
    isSubject: authMethod === ClientAuthMethod.TLS_CLIENT_AUTH ? readSubjectMatch(metadata, where) : undefined,
    grantTypes: readGrantTypes(metadata, deliveryMode, where),
    scopes: scope === undefined ? undefined : new Set(scope.split(' ')),
    deliveryMode,
    notificationEndpoint: readString(metadata, 'backchannel_client_notification_endpoint', where),
    ...readRequestSigning(settings, metadata, clientKeys, where),
    boundTokens: settings.fapi === '1.0' || readBoolean(metadata, 'tls_client_certificate_bound_access_tokens', where),
    dpopBound: readBoolean(metadata, 'dpop_bound_access_tokens', where),
    userCodeRequired: readBoolean(metadata, 'backchannel_user_code_parameter', where),
    authorizationDetailsTypes:
      metadata.authorization_details_types === undefined
        ? undefined
        : new Set(readStrings(metadata.authorization_details_types, `${where}.authorization_details_types`)),
    idTokenKey: readIdTokenKey(metadata, keys, where),
    idTokenEncryption: readIdTokenEncryption(metadata, clientKeys !== undefined, where),
    sector: readSector(metadata, id, where),
    attributes: readPairs(metadata.attributes, `${where}.attributes`),
  };
  if (settings.fapi) checkFapiClient(client, where);
  checkModes(settings, client, where);
  checkClient(client, where);
  return client;
}

/** @throws TypeError if the client registers features that the provider does not offer */
function checkModes({ deliveryModes: modes, userCode }: Settings, client: Client, where: string): void {
  if (client.deliveryMode !== undefined && !modes.includes(client.deliveryMode.toLowerCase())) {
    throw new TypeError(`${where}.backchannel_token_delivery_mode must be one of ${modes.join(', ')}`);
  }
  if (client.userCodeRequired && !userCode) {
    throw new TypeError(`${where}.backchannel_user_code_parameter must be false: there are no user codes`);
  }
}

function readGrantTypes(
  metadata: ClientMetadata,
  deliveryMode: DeliveryMode | undefined,
  where: string,
): ReadonlySet<string> {
  if (metadata.grant_types === undefined) return new Set(deliveryMode && [cibaGrantType, refreshGrantType]);
  const registered = readStrings(metadata.grant_types, `${where}.grant_types`);
  const unknown = registered.find((grantType) => !Object.hasOwn(grantTypes, grantType));
  if (unknown !== undefined) {
    throw new TypeError(`${where}.grant_types must hold ${Object.keys(grantTypes).join(', ')} only`);
  }
  // CIBA Core 1.0, section 4: clients register the grant for the token endpoint, which push clients do not call.
  const granted = new Set(deliveryMode === DeliveryMode.PUSH ? [...registered, cibaGrantType] : registered);
  if ((deliveryMode !== undefined) === granted.has(cibaGrantType)) return granted;
  throw new TypeError(`${where}.grant_types and backchannel_token_delivery_mode: CIBA needs both`);
}

function readAssertion(
  settings: Settings,
  metadata: ClientMetadata,
  authMethod: ClientAuthMethod,
  keys: ClientKeys | undefined,
  secret: string | undefined,
  where: string,
): Client['assertion'] {
  const name = 'token_endpoint_auth_signing_alg';
  if (authMethod === ClientAuthMethod.PRIVATE_KEY_JWT) {
    if (keys === undefined) return undefined;
    return { algorithms: readAlgorithms(metadata, name, where, signatureAlgorithms(settings)), keys: keys.forJwt };
  }
  if (authMethod === ClientAuthMethod.CLIENT_SECRET_JWT && secret !== undefined) {
    return { algorithms: readAlgorithms(metadata, name, where, hmacAlgorithms), keys: secretKeys(secret) };
  }
  return undefined;
}

/**
 * A client that registers an algorithm signs its requests, and a client that registers none does not (CIBA
 * Core 1.0, section 4). Under FAPI 1.0 all sign.
 */
function readRequestSigning(settings: Settings, metadata: ClientMetadata, keys: ClientKeys | undefined, where: string) {
  const name = 'backchannel_authentication_request_signing_alg';
  const mustSignRequests =
    metadata[name] !== undefined || (settings.fapi === '1.0' && metadata.backchannel_token_delivery_mode !== undefined);
  if (!mustSignRequests) return { mustSignRequests, requestAlgorithms: undefined };
  if (keys === undefined) {
    throw new TypeError(`${where}.jwks or jwks_uri is missing: its requests must be signed`);
  }
  const requestAlgorithms = readAlgorithms(metadata, name, where, signatureAlgorithms(settings));
  return { mustSignRequests, requestAlgorithms };
}

/** The registered algorithm; without one, all that are allowed. */
function readAlgorithms(
  metadata: ClientMetadata,
  name: string,
  where: string,
  allowed: readonly string[],
): readonly string[] {
  const registered = readString(metadata, name, where);
  if (registered === undefined) return allowed;
  if (!allowed.includes(registered)) throw new TypeError(`${where}.${name} must be one of ${allowed.join(', ')}`);
  return [registered];
}

function readIdTokenKey(metadata: ClientMetadata, keys: SigningKeys, where: string): SigningKey {
  const alg = readString(metadata, 'id_token_signed_response_alg', where) ?? keys[0].alg;
  const key = keys.find((candidate) => candidate.alg === alg);
  if (key === undefined) throw new TypeError(`${where}.id_token_signed_response_alg: jwks has no key for ${alg}`);
  return key;
}

const usesKeys: readonly ClientAuthMethod[] = [
  ClientAuthMethod.PRIVATE_KEY_JWT,
  ClientAuthMethod.SELF_SIGNED_TLS_CLIENT_AUTH,
];

function checkClient(client: Client, where: string): void {
  if (client.boundTokens && client.deliveryMode === DeliveryMode.PUSH) {
    throw new TypeError(`${where}.tls_client_certificate_bound_access_tokens: no certificate comes with a push`);
  }
  if (client.dpopBound && client.deliveryMode === DeliveryMode.PUSH) {
    throw new TypeError(`${where}.dpop_bound_access_tokens: no DPoP proof comes with a push`);
  }
  if (client.authMethod.startsWith('CLIENT_SECRET') && client.secretHash === undefined) {
    throw new TypeError(`${where}.client_secret is missing: token_endpoint_auth_method asks for one`);
  }
  if (usesKeys.includes(client.authMethod) && client.keys === undefined) {
    throw new TypeError(`${where}.jwks or jwks_uri is missing: token_endpoint_auth_method needs one of them`);
  }
  const notified = client.deliveryMode === DeliveryMode.PING || client.deliveryMode === DeliveryMode.PUSH;
  if (notified && !isHttpUrl(client.notificationEndpoint)) {
    throw new TypeError(`${where}.backchannel_client_notification_endpoint must be a URL: the delivery mode needs it`);
  }
}

/** Fourteen digits, as Authlete's own numbers have: the same in every process, and exact as a JavaScript number. */
function numberOf(alias: string): string {
  const bits = createHash('sha256').update(alias).digest().readBigUInt64BE();
  return String(10n ** 13n + (bits % (9n * 10n ** 13n)));
}
