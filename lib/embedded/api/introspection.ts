import {
  IntrospectionAction,
  type IntrospectionRequest,
  type IntrospectionResponse,
} from '../../authlete/types/introspection.js';
import { clientFields } from '../client/client.js';
import { authorizationDetailsForApi } from '../request/authorization-details.js';
import { readString } from '../request/call-parameters.js';
import { protocolError, result } from '../request/protocol-error.js';
import { copyOfScope } from '../settings/scopes.js';
import type { Engine } from '../state/engine.js';
import type { AccessToken } from '../state/tokens.js';
import { tokenType } from '../tokens/binding.js';
import { nextNonce } from '../tokens/dpop-call.js';
import { findAccessToken, findRefreshToken } from '../tokens/find.js';
import { type Challenge, challenger, covers, judgeAccessToken } from './access-token-checks.js';

/** `/auth/introspection`: judges an access token, and describes it. */
export async function introspection(engine: Engine, request: IntrospectionRequest): Promise<IntrospectionResponse> {
  try {
    return Object.assign(await introspect(engine, request), nextNonce(engine, request));
  } catch (thrown) {
    const error = protocolError(thrown);
    const { INTERNAL_SERVER_ERROR } = IntrospectionAction;
    const challenge = challenger(engine.settings, request);
    return refuse(challenge(INTERNAL_SERVER_ERROR, error.resultCode, error.error, error.message));
  }
}

async function introspect(engine: Engine, request: IntrospectionRequest): Promise<IntrospectionResponse> {
  const { BAD_REQUEST, UNAUTHORIZED } = IntrospectionAction;
  const challenge = challenger(engine.settings, request);
  const value = readString(request, 'token');
  if (value === undefined) {
    return refuse(challenge(BAD_REQUEST, 'E080301', 'invalid_request', 'there is no access token'));
  }
  const token = await findAccessToken(engine, value);
  if (token === undefined) {
    const refused = challenge(UNAUTHORIZED, 'E080302', 'invalid_token', 'the access token is unknown or has expired');
    return { ...refuse(refused), existent: false, usable: false, sufficient: false, refreshable: false };
  }
  const refused = await judgeAccessToken(engine, token, request);
  const described = { ...describe(engine, token), sufficient: covers(token, request.scopes ?? []) };
  if (refused !== undefined) return { ...described, ...refuse(refused) };
  return {
    ...described,
    ...result('E080001', 'The access token is valid.'),
    action: IntrospectionAction.OK,
    // As in Authlete: the challenge that the resource server sends if it refuses the request itself.
    responseContent: `${tokenType(token.binding)} error="invalid_request"`,
  };
}

function describe(engine: Engine, token: AccessToken) {
  const { grant } = token;
  const described: Omit<IntrospectionResponse, 'action'> = {
    ...clientFields(engine.settings, grant.client, grant.clientId),
    grantType: grant.grantType,
    scopes: [...token.scopes],
    scopeDetails: token.scopes.map((name) => copyOfScope(engine.settings.scopes.get(name) ?? { name })),
    expiresAt: token.expiresAt,
    existent: true,
    usable: true,
    refreshable: token.refreshToken !== undefined && findRefreshToken(engine, token.refreshToken) !== undefined,
  };
  if (grant.subject !== undefined) described.subject = grant.subject;
  if (grant.resources !== undefined) described.resources = [...grant.resources];
  if (token.resources !== undefined) described.accessTokenResources = [...token.resources];
  if (token.authorizationDetails !== undefined) {
    described.authorizationDetails = authorizationDetailsForApi(token.authorizationDetails);
  }
  const { certificateThumbprint } = token.binding;
  if (certificateThumbprint !== undefined) described.certificateThumbprint = certificateThumbprint;
  if (token.properties.length > 0) {
    described.properties = token.properties.map((property) => ({ ...property }));
  }
  if (grant.acr !== undefined) described.acr = grant.acr;
  if (grant.authTime !== undefined) described.authTime = grant.authTime;
  if (grant.consentedClaims !== undefined) described.consentedClaims = [...grant.consentedClaims];
  return described;
}

function refuse({ action, resultCode, message, responseContent }: Challenge): IntrospectionResponse {
  return { ...result(resultCode, message), action, responseContent };
}
