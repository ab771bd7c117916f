import {
  type BackchannelAuthenticationCompleteRequest,
  BackchannelAuthenticationCompleteResult,
} from '../authlete/backchannel-authentication-complete.js';
import { refreshGrantType } from './clients.js';
import type { Grant } from './grant.js';
import { isTooDeep } from './json-depth.js';
import type { Settings } from './options.js';
import { ProtocolError } from './protocol-error.js';
import type { Decision, Transaction } from './transactions.js';

/**
 * Reads what the server says of the user's decision.
 *
 * @throws ProtocolError when a parameter of the call is wrong
 */
export function readDecision(
  settings: Settings,
  transaction: Transaction,
  request: BackchannelAuthenticationCompleteRequest,
): Decision {
  const result = request.result;
  if (!Object.hasOwn(BackchannelAuthenticationCompleteResult, result)) throw wrong('result');
  if (result === BackchannelAuthenticationCompleteResult.AUTHORIZED) {
    return { result, grant: readGrant(settings, transaction, request) };
  }
  return { result, description: request.errorDescription ?? undefined, uri: request.errorUri ?? undefined };
}

function readGrant(
  settings: Settings,
  { client, clientId, request: requested }: Transaction,
  request: BackchannelAuthenticationCompleteRequest,
): Grant {
  const subject = readString(request, 'subject');
  if (subject === undefined) throw wrong('subject');
  const scopes = readStrings(request, 'scopes') ?? requested.scopes.map(({ name }) => name);
  const mayRefresh = client.grantTypes.has(refreshGrantType);
  return {
    client,
    clientId,
    subject,
    sub: readString(request, 'sub'),
    // The CIBA grant always gives an ID token (CIBA Core 1.0, section 10.1.1).
    scopes: [...new Set(['openid', ...scopes])].filter((scope) => scope !== 'offline_access' || mayRefresh),
    authTime: readInteger(request, 'authTime'),
    acr: readString(request, 'acr'),
    claims: withoutProtocolClaims(readObject(request, 'claims')),
    idTokenHeader: readIdTokenHeader(request),
    audienceAsArray: readAudienceType(request),
    resources: requested.resources,
    authorizationDetails: requested.authorizationDetails,
    properties: readProperties(request),
    consentedClaims: readStrings(request, 'consentedClaims'),
    accessToken: readString(request, 'accessToken'),
    accessTokenDuration: readInteger(request, 'accessTokenDuration') ?? settings.accessTokenDuration,
    refreshTokenDuration: readInteger(request, 'refreshTokenDuration') ?? settings.refreshTokenDuration,
  };
}

type Request = BackchannelAuthenticationCompleteRequest;
type Name = keyof Request;

/** Absent, `null` and empty are the same to the libraries that call. */
function readString(request: Request, name: Name): string | undefined {
  const value = request[name] ?? '';
  if (typeof value !== 'string') throw wrong(name);
  return value === '' ? undefined : value;
}

/** 0 is what the libraries send for nothing. */
function readInteger(request: Request, name: Name): number | undefined {
  const value = request[name] ?? 0;
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw wrong(name);
  return (value as number) || undefined;
}

function readStrings(request: Request, name: Name): string[] | undefined {
  const value = request[name] ?? [];
  if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'string')) throw wrong(name);
  return value.length === 0 ? undefined : value;
}

function readObject(request: Request, name: Name): Record<string, unknown> | undefined {
  const text = readString(request, name);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong(name);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isTooDeep(value)) throw wrong(name);
  return value as Record<string, unknown>;
}

/** Claims that only the engine makes, and those that an ID token of CIBA does not have. */
const protocolClaims: ReadonlySet<string> = new Set([
  'iss',
  'sub',
  'aud',
  'exp',
  'iat',
  'auth_time',
  'acr',
  'nonce',
  'at_hash',
  'c_hash',
  's_hash',
  'urn:openid:params:jwt:claim:auth_req_id',
  'urn:openid:params:jwt:claim:rt_hash',
]);

function withoutProtocolClaims(claims: Record<string, unknown> | undefined): Record<string, unknown> | undefined {
  return claims && Object.fromEntries(Object.entries(claims).filter(([name]) => !protocolClaims.has(name)));
}

/** Header parameters that change how the signature is made or checked (RFC 7515, section 4.1). */
const signatureParameters = ['alg', 'kid', 'crit', 'b64', 'jwk', 'jku', 'x5c', 'x5u'];

function readIdTokenHeader(request: Request): Record<string, unknown> | undefined {
  const header = readObject(request, 'idtHeaderParams');
  if (header && signatureParameters.some((name) => Object.hasOwn(header, name))) throw wrong('idtHeaderParams');
  return header;
}

function readAudienceType(request: Request): boolean {
  const type = readString(request, 'idTokenAudType');
  if (type !== undefined && type !== 'array' && type !== 'string') throw wrong('idTokenAudType');
  return type === 'array';
}

function readProperties({ properties }: Request): Grant['properties'] {
  if (properties === undefined || properties === null) return [];
  if (!Array.isArray(properties)) throw wrong('properties');
  for (const property of properties) {
    if (typeof property?.key !== 'string' || typeof property.value !== 'string') throw wrong('properties');
  }
  return properties;
}

function wrong(parameter: string): ProtocolError {
  return new ProtocolError('E060202', 'server_error', `the parameter ${parameter} of the call is missing or wrong`);
}
