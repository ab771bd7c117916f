import {
  type BackchannelAuthenticationCompleteRequest,
  BackchannelAuthenticationCompleteResult,
} from '../../authlete/types/backchannel-authentication-complete.js';
import { refreshGrantType } from '../client/client.js';
import {
  readDuration,
  readInteger,
  readObject,
  readProperties,
  readString,
  readStrings,
  wrongParameter,
} from '../request/call-parameters.js';
import { scopeNames } from '../request/requested-scopes.js';
import type { Engine } from '../state/engine.js';
import type { Grant } from '../state/grant.js';
import type { Decision, Transaction } from '../state/transactions.js';
import { pairwiseSubject } from './pairwise.js';

/**
 * Reads the user's decision from the server's call.
 *
 * @throws ProtocolError when a parameter of the call is wrong
 */
export function readDecision(
  engine: Engine,
  transaction: Transaction,
  request: BackchannelAuthenticationCompleteRequest,
): Decision {
  const result = request.result;
  if (!Object.hasOwn(BackchannelAuthenticationCompleteResult, result)) throw wrongParameter('result');
  if (result === BackchannelAuthenticationCompleteResult.AUTHORIZED) {
    return { result, grant: readGrant(engine, transaction, request) };
  }
  return { result, description: request.errorDescription || undefined, uri: request.errorUri || undefined };
}

function readGrant(
  { settings, keys }: Engine,
  { client, clientId, size, request: requested }: Transaction,
  request: BackchannelAuthenticationCompleteRequest,
): Grant {
  const subject = readString(request, 'subject');
  if (subject === undefined) throw wrongParameter('subject');
  // Unlike `null`, an empty array is a choice: no scope but `openid`.
  const scopes = readStrings(request, 'scopes') ?? (request.scopes ? [] : scopeNames(requested));
  const mayRefresh = client.grantTypes.has(refreshGrantType);
  return {
    grantType: 'CIBA',
    size: size + JSON.stringify(request).length,
    client,
    clientId,
    subject,
    sub: readString(request, 'sub') ?? pairwiseSubject(keys, client, subject),
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
    jwtClaims: readObject(request, 'jwtAtClaims'),
    accessToken: readString(request, 'accessToken'),
    accessTokenDuration: readDuration(request, 'accessTokenDuration') ?? settings.accessTokenDuration,
    refreshTokenDuration: readDuration(request, 'refreshTokenDuration') ?? settings.refreshTokenDuration,
  };
}

/** Claims that only the engine may set, and those that an ID token of CIBA does not have. */
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

function readIdTokenHeader(request: BackchannelAuthenticationCompleteRequest): Record<string, unknown> | undefined {
  const header = readObject(request, 'idtHeaderParams');
  if (header && signatureParameters.some((name) => Object.hasOwn(header, name)))
    throw wrongParameter('idtHeaderParams');
  return header;
}

function readAudienceType(request: BackchannelAuthenticationCompleteRequest): boolean {
  const type = readString(request, 'idTokenAudType');
  if (type !== undefined && type !== 'array' && type !== 'string') throw wrongParameter('idTokenAudType');
  return type === 'array';
}
