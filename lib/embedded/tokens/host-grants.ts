import { decodeJwt, decodeProtectedHeader } from 'jose';
import type { TokenInfo, TokenResponse } from '../../authlete/types/token.js';
import { checkClaims, isExpired } from '../../jwt/claims.js';
import { JwtError } from '../../jwt/error.js';
import { authorizationDetailsForApi } from '../request/authorization-details.js';
import type { Form } from '../request/form.js';
import { ProtocolError } from '../request/protocol-error.js';
import type { Settings } from '../settings/settings.js';
import type { Engine } from '../state/engine.js';
import { randomId } from '../state/random-id.js';
import { findAccessToken, findRefreshToken } from './find.js';

/*
 * Grants that Authlete checks and leaves to the server: each of these returns the answer for the server, or throws a
 * ProtocolError for the client.
 */

/** Resource owner password credentials (RFC 6749, section 4.3). */
export function judgePasswordGrant({ values }: Form): Partial<TokenResponse> {
  const [username, password] = [required(values, 'username'), required(values, 'password')];
  return { username, password, ticket: randomId() };
}

/**
 * JWT bearer (RFC 7523, section 2.1): as with Authlete, the server must check the assertion's issuer and signature.
 */
export function judgeJwtBearerGrant({ settings }: Engine, { values }: Form): Partial<TokenResponse> {
  const assertion = required(values, 'assertion');
  const fault = faultOf(settings, assertion);
  if (fault !== undefined) throw new ProtocolError('E074302', 'invalid_grant', `assertion ${fault}`);
  return { assertion };
}

function faultOf({ issuer, endpoints, now }: Settings, assertion: string): string | undefined {
  try {
    if (decodeProtectedHeader(assertion).alg === 'none') return 'is not signed';
    const claims = decodeJwt(assertion);
    const audience = [issuer, endpoints.token_endpoint];
    checkClaims(claims, { issuer: [String(claims.iss)], audience, required: ['iss', 'sub', 'exp'], now: now() });
    return isExpired(claims, now()) ? 'has expired' : undefined;
  } catch (error) {
    return error instanceof JwtError ? error.message : 'is not a signed JWT';
  }
}

/** Types of tokens (RFC 8693, section 3), and how Authlete names them. */
const tokenTypes: Readonly<Record<string, string>> = {
  'urn:ietf:params:oauth:token-type:access_token': 'ACCESS_TOKEN',
  'urn:ietf:params:oauth:token-type:refresh_token': 'REFRESH_TOKEN',
  'urn:ietf:params:oauth:token-type:id_token': 'ID_TOKEN',
  'urn:ietf:params:oauth:token-type:jwt': 'JWT',
  'urn:ietf:params:oauth:token-type:saml1': 'SAML1',
  'urn:ietf:params:oauth:token-type:saml2': 'SAML2',
};

/** Token exchange (RFC 8693, section 2.1). */
export async function judgeTokenExchange(engine: Engine, { values, audiences }: Form): Promise<Partial<TokenResponse>> {
  const subjectToken = required(values, 'subject_token');
  const subjectTokenType = typeOf('subject_token_type', required(values, 'subject_token_type'));
  const told: Partial<TokenResponse> = { subjectToken, subjectTokenType };
  const subjectTokenInfo = await infoOf(engine, subjectToken, subjectTokenType, 'subject_token');
  if (subjectTokenInfo !== undefined) told.subjectTokenInfo = subjectTokenInfo;

  const requested = values.get('requested_token_type');
  if (requested !== undefined) told.requestedTokenType = typeOf('requested_token_type', requested);
  if (audiences.length > 0) told.audiences = [...audiences];

  const actorToken = values.get('actor_token');
  const actorTokenType = values.get('actor_token_type');
  if ((actorToken === undefined) !== (actorTokenType === undefined)) {
    throw new ProtocolError('E075303', 'invalid_request', 'actor_token and actor_token_type must be sent together');
  }
  if (actorToken === undefined || actorTokenType === undefined) return told;
  const type = typeOf('actor_token_type', actorTokenType);
  const actorTokenInfo = await infoOf(engine, actorToken, type, 'actor_token');
  return { ...told, actorToken, actorTokenType: type, ...(actorTokenInfo && { actorTokenInfo }) };
}

function typeOf(name: string, type: string): string {
  const known = Object.hasOwn(tokenTypes, type) ? tokenTypes[type] : undefined;
  if (known === undefined) throw new ProtocolError('E075301', 'invalid_request', `${name} is not a known type`);
  return known;
}

/** Describes one of the engine's own tokens; `undefined` for a token of another type, which the server judges. */
async function infoOf(engine: Engine, token: string, type: string, name: string): Promise<TokenInfo | undefined> {
  if (type !== 'ACCESS_TOKEN' && type !== 'REFRESH_TOKEN') return undefined;
  const found = type === 'ACCESS_TOKEN' ? await findAccessToken(engine, token) : findRefreshToken(engine, token);
  if (found === undefined) throw new ProtocolError('E075302', 'invalid_request', `${name} is unknown or has expired`);
  const { grant, expiresAt } = found;
  const { number, alias } = grant.client;
  const info: TokenInfo = { clientId: number, clientIdAliasUsed: grant.clientId === alias, expiresAt };
  info.scopes = [...('scopes' in found ? found.scopes : grant.scopes)];
  if (alias !== undefined) info.clientIdAlias = alias;
  if (grant.subject !== undefined) info.subject = grant.subject;
  if ('properties' in found && found.properties.length > 0)
    info.properties = found.properties.map((each) => ({ ...each }));
  if (grant.resources !== undefined) info.resources = [...grant.resources];
  if (grant.authorizationDetails !== undefined) {
    info.authorizationDetails = authorizationDetailsForApi(grant.authorizationDetails);
  }
  return info;
}

function required(values: Form['values'], name: string): string {
  const value = values.get(name);
  if (value === undefined) throw new ProtocolError('E074301', 'invalid_request', `${name} is missing`);
  return value;
}
