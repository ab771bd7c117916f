import type { JWTPayload } from 'jose';
import { parseExactly, stringifyExactly } from '../../json/exact-json.js';
import { isTooDeep } from '../../jwt/json-depth.js';
import type { Client } from '../client/client.js';
import type { Engine } from '../state/engine.js';
import { requireUnused, verifyClientJwt } from './client-jwt.js';
import type { Form, RequestParameters } from './form.js';
import { ProtocolError } from './protocol-error.js';

/**
 * Finds the parameters of a request: in the form, or in the JWT that is its `request` (CIBA Core 1.0, section 7.1.1).
 *
 * @throws ProtocolError `invalid_request`, whatever is wrong with the JWT
 */
export async function requestParameters(engine: Engine, client: Client, form: Form): Promise<RequestParameters> {
  if (form.problem !== undefined) throw new ProtocolError('E020301', 'invalid_request', form.problem);
  const jwt = form.values.get('request');
  if (jwt === undefined) {
    if (client.mustSignRequests) throw refuse('is missing: this client signs its requests');
    // FAPI-CIBA, section 5.3; without FAPI it is an unknown parameter, which is ignored.
    const context = engine.settings.fapi ? form.values.get('request_context') : undefined;
    return context === undefined ? form : { ...form, requestContext: readRequestContext(context) };
  }
  const beside = [...parameterNames].find((name) => form.values.has(name));
  if (beside !== undefined || form.resources.length > 0)
    throw refuse(`must not have ${beside ?? 'resource'} beside it`);
  if (client.requestAlgorithms === undefined) throw refuse('is not expected: the client has registered no algorithm');
  const claims = await verify(engine, client, jwt, client.requestAlgorithms);
  return {
    values: readValues(claims, jwt),
    resources: readResources(claims.resource),
    audiences: [],
    requestContext: readRequestContext(claims.request_context),
  };
}

/** Parameters that are strings, in a form and in a JWT. */
const stringNames = [
  'scope',
  'client_notification_token',
  'acr_values',
  'login_hint',
  'login_hint_token',
  'id_token_hint',
  'binding_message',
  'user_code',
];

/** Parameters that must not be sent beside `request`. */
const parameterNames: ReadonlySet<string> = new Set([
  ...stringNames,
  'requested_expiry',
  'request_context',
  'authorization_details',
  'request_uri',
]);

/** CIBA Core 1.0, section 7.1.1. */
const requiredClaims = ['iss', 'aud', 'exp', 'iat', 'nbf', 'jti'];

/** Seconds from `nbf` to `exp` (FAPI 1.0 Advanced, section 5.2.2, item 13). */
const maxFapiLifetime = 3600;

/** The `typ` of a signed request; a JWT for another purpose has another one. */
const types = ['jwt', 'oauth-authz-req+jwt'];

async function verify(engine: Engine, client: Client, jwt: string, algorithms: readonly string[]): Promise<JWTPayload> {
  const { fapi, requestAudience } = engine.settings;
  const claims = await verifyClientJwt(engine, client, jwt, {
    // A client with an algorithm has keys: registration ensures that.
    keys: (client.keys as NonNullable<Client['keys']>).forJwt,
    algorithms,
    types,
    audience: requestAudience,
    required: requiredClaims,
    maxHours: 24,
    refuse,
  });
  const { exp = 0, nbf = 0 } = claims;
  // Since `exp` has not passed, this also means that `nbf` is at most an hour ago (item 17).
  if (fapi === '1.0' && exp > nbf + maxFapiLifetime) throw refuse('lives longer than an hour');
  requireUnused(engine, client, 'request', claims, refuse);
  return claims;
}

function readValues(claims: JWTPayload, jwt: string): Map<string, string> {
  if (claims.request !== undefined || claims.request_uri !== undefined) throw refuse('may not hold another request');
  const values = new Map<string, string>();
  const take = (name: string, value: unknown) => {
    if (typeof value !== 'string') throw refuse(`has a wrong ${name}`);
    if (value !== '') values.set(name, value);
  };
  for (const name of stringNames) {
    if (claims[name] !== undefined) take(name, claims[name]);
  }
  const { requested_expiry: expiry, authorization_details: details } = claims;
  if (expiry !== undefined) take('requested_expiry', typeof expiry === 'number' ? String(expiry) : expiry);
  if (details !== undefined) {
    take('authorization_details', Array.isArray(details) ? exactDetails(jwt) : details);
  }
  return values;
}

/** A string or an array, like `aud` (RFC 8707, section 2). */
function readResources(resource: unknown = []): string[] {
  const resources: unknown[] = [resource].flat();
  if (!resources.every((value) => typeof value === 'string')) throw refuse('has a wrong resource');
  return resources;
}

function readRequestContext(context: unknown): string | undefined {
  if (context === undefined) return undefined;
  const object = typeof context === 'string' ? parse(context) : context;
  if (typeof object !== 'object' || object === null || Array.isArray(object) || isTooDeep(object)) {
    throw new ProtocolError('E020314', 'invalid_request', 'request_context is not a JSON object');
  }
  return JSON.stringify(object);
}

/** `authorization_details` of a verified JWT as JSON, with all digits of its numbers. */
function exactDetails(jwt: string): string {
  const payload = Buffer.from(jwt.split('.', 2)[1] ?? '', 'base64url').toString();
  try {
    return stringifyExactly((parseExactly(payload) as { authorization_details: object }).authorization_details);
  } catch {
    throw refuse('repeats a member');
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refuse(description: string): ProtocolError {
  return new ProtocolError('E020312', 'invalid_request', `the signed request ${description}`);
}
