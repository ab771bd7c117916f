import type { ApiResponse, ClientFields, Property } from '../../authlete/types/common-types.js';
import { IntrospectionAction, type IntrospectionRequest } from '../../authlete/types/introspection.js';
import { clientFields } from '../client/client.js';
import { readString } from '../request/call-parameters.js';
import { protocolError, result } from '../request/protocol-error.js';
import { claimNames } from '../settings/scopes.js';
import type { Engine } from '../state/engine.js';
import type { AccessToken } from '../state/tokens.js';
import { tokenType } from '../tokens/binding.js';
import { nextNonce } from '../tokens/dpop-call.js';
import { findAccessToken } from '../tokens/find.js';
import { type Challenge, challenger, judgeAccessToken } from './access-token-checks.js';

/** Request to Authlete's `/auth/userinfo` API. */
export type UserinfoRequest = Pick<
  IntrospectionRequest,
  'token' | 'clientCertificate' | 'dpop' | 'htm' | 'htu' | 'dpopNonceRequired'
>;

/** Response from Authlete's `/auth/userinfo` API. */
export interface UserinfoResponse extends ApiResponse, ClientFields {
  /** `OK`: call `userinfoIssue`. Else `BAD_REQUEST` 400, `UNAUTHORIZED` 401, `FORBIDDEN` 403, `INTERNAL_SERVER_ERROR` 500. */
  action: IntrospectionAction;
  /** Value of the `WWW-Authenticate` header (RFC 6750), not a body. */
  responseContent?: string;
  /** Names of the claims that the client may get with this token. */
  claims?: string[];
  /** Goes to the client as `DPoP-Nonce` (RFC 9449, section 9). */
  dpopNonce?: string;
  subject?: string;
  scopes?: string[];
  token?: string;
  properties?: Property[];
  consentedClaims?: string[];
}

/** `/auth/userinfo`: judges an access token at the userinfo endpoint (OpenID Connect Core 1.0, section 5.3). */
export async function userinfo(engine: Engine, request: UserinfoRequest): Promise<UserinfoResponse> {
  try {
    return Object.assign(await judge(engine, request), nextNonce(engine, request));
  } catch (thrown) {
    const { resultCode, error, message } = protocolError(thrown);
    const challenge = challenger(engine.settings, request);
    return refuse(challenge(IntrospectionAction.INTERNAL_SERVER_ERROR, resultCode, error, message));
  }
}

async function judge(engine: Engine, request: UserinfoRequest): Promise<UserinfoResponse> {
  const found = await findUserinfoToken(engine, request);
  if (!isAccessToken(found)) return refuse(found);
  const { token, clientCertificate, dpop, htm, htu, dpopNonceRequired } = request;
  const rules = { token, clientCertificate, dpop, htm, htu, dpopNonceRequired, scopes: ['openid'] };
  const refused = await judgeAccessToken(engine, found, rules, engine.settings.endpoints.userinfo_endpoint);
  return refused === undefined ? describe(engine, found, token) : refuse(refused);
}

/** The access token that a client presents at the userinfo endpoint. */
export async function findUserinfoToken(
  engine: Engine,
  request: Pick<UserinfoRequest, 'token' | 'dpop'>,
): Promise<AccessToken | Challenge> {
  const { BAD_REQUEST, UNAUTHORIZED } = IntrospectionAction;
  const challenge = challenger(engine.settings, request);
  const value = readString(request, 'token');
  if (value === undefined) {
    return challenge(BAD_REQUEST, 'E160301', 'invalid_request', 'there is no access token');
  }
  const found = await findAccessToken(engine, value);
  const message = 'the access token is unknown or has expired';
  return found ?? challenge(UNAUTHORIZED, 'E160302', 'invalid_token', message);
}

export function isAccessToken(found: AccessToken | Challenge): found is AccessToken {
  return 'grant' in found;
}

function describe({ settings }: Engine, accessToken: AccessToken, token: string): UserinfoResponse {
  const { grant, scopes, properties, binding } = accessToken;
  const described: UserinfoResponse = {
    ...result('E160001', 'The access token is valid.'),
    action: IntrospectionAction.OK,
    responseContent: `${tokenType(binding)} error="invalid_request"`,
    ...clientFields(settings, grant.client, grant.clientId),
    claims: claimNames(scopes),
    scopes: [...scopes],
    token,
  };
  if (grant.subject !== undefined) described.subject = grant.subject;
  if (properties.length > 0) described.properties = properties.map((property) => ({ ...property }));
  if (grant.consentedClaims !== undefined) described.consentedClaims = [...grant.consentedClaims];
  return described;
}

function refuse({ action, resultCode, message, responseContent }: Challenge): UserinfoResponse {
  return { ...result(resultCode, message), action, responseContent };
}
