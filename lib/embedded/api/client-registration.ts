import { createHash, randomInt, timingSafeEqual } from 'node:crypto';
import type { ApiResponse } from '../../authlete/types/common-types.js';
import { isTooDeep } from '../../jwt/json-depth.js';
import { metadataInForce, ownMetadata } from '../client/own-metadata.js';
import { readString } from '../request/call-parameters.js';
import { ProtocolError, protocolError, refusal, result } from '../request/protocol-error.js';
import type { ClientMetadata } from '../settings/client-metadata.js';
import type { Settings } from '../settings/settings.js';
import type { Engine } from '../state/engine.js';
import { randomId } from '../state/random-id.js';
import type { Registration } from '../state/registrations.js';
import { authMethods } from './configuration.js';

/** Request of Authlete's `/client/registration` APIs. */
export interface ClientRegistrationRequest {
  /** The client metadata, JSON as the client sent it (RFC 7591, section 3.1). For create and update. */
  json?: string | null | undefined;
  /** The bearer token: an initial access token to create a registration, otherwise the registration access token. */
  token?: string | null | undefined;
  /** Which client. For all but create. */
  clientId?: string | null | undefined;
}

/** Response of Authlete's `/client/registration` APIs. */
export interface ClientRegistrationResponse extends ApiResponse {
  /** `CREATED` 201, `OK` and `UPDATED` 200, `DELETED` 204, `BAD_REQUEST` 400, `UNAUTHORIZED` 401, else 500. */
  action: 'CREATED' | 'OK' | 'UPDATED' | 'DELETED' | 'BAD_REQUEST' | 'UNAUTHORIZED' | 'INTERNAL_SERVER_ERROR';
  /** JSON for the client; absent with `DELETED`. */
  responseContent?: string;
}

/** Authlete's APIs of dynamic client registration (RFC 7591) and its management (RFC 7592). */
export interface ClientRegistrationApi {
  /** `/client/registration`: registers a client. */
  clientRegistration(request: ClientRegistrationRequest): Promise<ClientRegistrationResponse>;
  /** `/client/registration/get`: reads a registration. */
  clientRegistrationGet(request: ClientRegistrationRequest): Promise<ClientRegistrationResponse>;
  /** `/client/registration/update`: replaces a registration. */
  clientRegistrationUpdate(request: ClientRegistrationRequest): Promise<ClientRegistrationResponse>;
  /** `/client/registration/delete`: removes a client, and with it its tokens. */
  clientRegistrationDelete(request: ClientRegistrationRequest): Promise<ClientRegistrationResponse>;
}

export function clientRegistration(engine: Engine, request: ClientRegistrationRequest) {
  return answered(async () => {
    const { settings, clients, registrations } = engine;
    const { registration } = settings;
    if (registration === undefined) {
      throw new ProtocolError('E230301', 'access_denied', 'clients cannot register themselves here');
    }
    const { initialAccessToken, maxClients } = registration;
    const token = readString(request, 'token');
    if (initialAccessToken !== undefined && !isSame(hashOf(initialAccessToken), token)) throw invalidToken();
    const metadata = await assertedMetadata(engine, readMetadata(request));
    if (registrations.size >= maxClients) {
      throw new ProtocolError('E230101', 'server_error', 'the maximum number of clients is registered already');
    }
    // Authlete's own numbers have 14 digits.
    const registered = withSecret({ ...metadata, client_id: String(randomInt(1e13, 1e14)) });
    const registrationToken = randomId();
    const entry: Registration = {
      client: checked(() => clients.add(possible(settings, registered), 'client')),
      tokenHash: hashOf(registrationToken),
      issuedAt: Math.floor(settings.now() / 1000),
      metadata: registered,
    };
    registrations.set(registered.client_id, entry);
    return {
      ...result('E230001', 'The client has been registered.'),
      action: 'CREATED',
      responseContent: contentOf(engine, entry, registrationToken),
    };
  });
}

export function clientRegistrationGet(engine: Engine, request: ClientRegistrationRequest) {
  return answered(async () => ({
    ...result('E231001', 'The registration has been read.'),
    action: 'OK',
    responseContent: contentOf(engine, find(engine, request), request.token ?? undefined),
  }));
}

export function clientRegistrationUpdate(engine: Engine, request: ClientRegistrationRequest) {
  return answered(async () => {
    const entry = find(engine, request);
    const sent = readMetadata(request);
    // RFC 7592, section 2.2: the client cannot change values that the server chose.
    const { client_id, client_secret } = entry.metadata;
    if (sent.client_id !== client_id || (sent.client_secret ?? client_secret) !== client_secret) {
      throw invalidMetadata('client_id and client_secret must be those that were issued');
    }
    const chosen = chosenHere.find((name) => sent[name] !== undefined);
    if (chosen !== undefined) throw invalidMetadata(`${chosen} may not be in an update`);
    const metadata = withSecret({ ...(await assertedMetadata(engine, sent)), client_id }, client_secret);
    checked(() => engine.clients.update(entry.client, possible(engine.settings, metadata), 'client'));
    entry.metadata = metadata;
    return {
      ...result('E232001', 'The registration has been replaced.'),
      action: 'UPDATED',
      responseContent: contentOf(engine, entry, request.token ?? undefined),
    };
  });
}

export function clientRegistrationDelete(engine: Engine, request: ClientRegistrationRequest) {
  return answered(async () => {
    const { client, metadata } = find(engine, request);
    engine.clients.remove(client);
    engine.registrations.delete(metadata.client_id);
    return { ...result('E233001', 'The client has been removed.'), action: 'DELETED' };
  });
}

async function answered(work: () => Promise<ClientRegistrationResponse>): Promise<ClientRegistrationResponse> {
  try {
    return await work();
  } catch (thrown) {
    const error = protocolError(thrown);
    return { ...refusal(error), action: actionOf(error) };
  }
}

function actionOf({ error }: ProtocolError): ClientRegistrationResponse['action'] {
  if (error === 'invalid_token') return 'UNAUTHORIZED';
  return error === 'server_error' ? 'INTERNAL_SERVER_ERROR' : 'BAD_REQUEST';
}

/** RFC 7592, section 2: the answer for an unknown client is the same as for a wrong token. */
function find({ registrations }: Engine, request: ClientRegistrationRequest): Registration {
  const entry = registrations.get(readString(request, 'clientId') ?? '');
  if (entry === undefined || !isSame(entry.tokenHash, readString(request, 'token'))) throw invalidToken();
  return entry;
}

function readMetadata(request: ClientRegistrationRequest): ClientMetadata {
  let metadata: ClientMetadata | null;
  try {
    metadata = JSON.parse(readString(request, 'json') ?? '');
  } catch {
    throw invalidMetadata('the metadata are not JSON');
  }
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata) || isTooDeep(metadata)) {
    throw invalidMetadata('the metadata are not an object');
  }
  // RFC 7591, section 2: a member without a value counts as absent.
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== null)) as ClientMetadata;
}

/** The client's own metadata, overridden by those of its software statement if the host demands one. */
async function assertedMetadata({ settings }: Engine, sent: ClientMetadata): Promise<Partial<ClientMetadata>> {
  const { software_statement: statement, ...metadata } = checked(() => ownMetadata(sent));
  const verify = settings.registration?.softwareStatement;
  if (verify === undefined) return metadata;
  if (typeof statement !== 'string') {
    throw new ProtocolError('E230302', 'invalid_software_statement', 'a software_statement is needed');
  }
  const asserted = await verify(statement);
  if (asserted === undefined) {
    throw new ProtocolError('E230303', 'unapproved_software_statement', 'the software_statement is not accepted');
  }
  return { ...metadata, software_statement: statement, ...asserted };
}

/** What a client may not send in an update (RFC 7592, section 2.2). */
const chosenHere = [
  'registration_access_token',
  'registration_client_uri',
  'client_secret_expires_at',
  'client_id_issued_at',
];

/** Makes a secret for a client that needs one; a client that had one keeps it. */
function withSecret(metadata: ClientMetadata, secret = randomId()): ClientMetadata {
  const usesSecret = /^client_secret_/.test(metadata.token_endpoint_auth_method ?? 'client_secret_basic');
  return usesSecret ? { ...metadata, client_secret: secret } : metadata;
}

/** @throws TypeError if a client could not use what it registers */
function possible(settings: Settings, metadata: ClientMetadata): ClientMetadata {
  const { token_endpoint_auth_method: method = 'client_secret_basic' } = metadata;
  const methods = authMethods(settings);
  if (methods.includes(method)) return metadata;
  throw new TypeError(`token_endpoint_auth_method must be one of ${methods.join(', ')}`);
}

function checked<T>(register: () => T): T {
  try {
    return register();
  } catch (error) {
    if ((error as Error).name !== 'TypeError') throw error;
    throw invalidMetadata((error as Error).message);
  }
}

function invalidMetadata(description: string): ProtocolError {
  return new ProtocolError('E230304', 'invalid_client_metadata', description);
}

function invalidToken(): ProtocolError {
  return new ProtocolError('E230305', 'invalid_token', 'the token is missing, or does not belong to the client');
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function isSame(hash: Buffer, token: string | undefined): boolean {
  return token !== undefined && timingSafeEqual(hash, hashOf(token));
}

/** The client information response (RFC 7591, section 3.2.1; RFC 7592, section 3). */
function contentOf({ settings }: Engine, registration: Registration, token: string | undefined): string {
  const { client, metadata, issuedAt } = registration;
  return JSON.stringify({
    ...metadataInForce(settings, client, metadata),
    client_id_issued_at: issuedAt,
    client_secret_expires_at: metadata.client_secret === undefined ? undefined : 0,
    registration_access_token: token,
    registration_client_uri: `${settings.endpoints.registration_endpoint}/${metadata.client_id}`,
  });
}
