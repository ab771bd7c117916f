import {
  IntrospectionAction,
  type IntrospectionRequest,
  type IntrospectionResponse,
} from '../authlete/introspection.js';
import { clientFields } from './clients.js';
import type { Engine } from './engine.js';
import { result } from './protocol-error.js';
import type { AccessToken } from './tokens.js';

/** `/auth/introspection`: tells what an access token is good for. */
export async function introspection(engine: Engine, request: IntrospectionRequest): Promise<IntrospectionResponse> {
  if (typeof request.token !== 'string' || request.token === '') {
    return refuse(IntrospectionAction.BAD_REQUEST, 'E080301', 'invalid_request', 'there is no access token');
  }
  const accessToken = engine.tokens.access.get(request.token);
  if (accessToken === undefined) {
    const message = 'the access token is unknown or has expired';
    const refused = refuse(IntrospectionAction.UNAUTHORIZED, 'E080302', 'invalid_token', message);
    return { ...refused, existent: false, usable: false, sufficient: false, refreshable: false };
  }
  const missing = (request.scopes ?? []).filter((scope) => !accessToken.scopes.includes(scope));
  const described = { ...describe(engine, accessToken), sufficient: missing.length === 0 };
  if (missing.length > 0) {
    const message = 'the access token does not cover the scopes';
    const refused = refuse(IntrospectionAction.FORBIDDEN, 'E080303', 'insufficient_scope', message);
    const scope = `,scope="${request.scopes?.join(' ')}"`;
    return { ...described, ...refused, responseContent: refused.responseContent + scope };
  }
  if (request.subject !== undefined && request.subject !== null && request.subject !== accessToken.grant.subject) {
    const message = 'the access token is of another subject';
    return { ...described, ...refuse(IntrospectionAction.FORBIDDEN, 'E080304', 'invalid_request', message) };
  }
  return {
    ...described,
    ...result('E080001', 'The access token is valid.'),
    action: IntrospectionAction.OK,
    // What the resource server answers with if it finds something wrong itself, as in Authlete.
    responseContent: 'Bearer error="invalid_request"',
  };
}

function describe(engine: Engine, token: AccessToken) {
  const { grant } = token;
  const described: Omit<IntrospectionResponse, 'action'> = {
    ...clientFields(grant.client, grant.clientId),
    subject: grant.subject,
    scopes: [...token.scopes],
    scopeDetails: token.scopes.map((name) => engine.settings.scopes.get(name) ?? { name }),
    expiresAt: token.expiresAt,
    existent: true,
    usable: true,
    refreshable: token.refreshToken !== undefined && engine.tokens.refresh.get(token.refreshToken) !== undefined,
  };
  if (grant.resources !== undefined) described.resources = grant.resources;
  if (token.resources !== undefined) described.accessTokenResources = token.resources;
  if (grant.authorizationDetails !== undefined) described.authorizationDetails = grant.authorizationDetails.forApi;
  if (token.properties.length > 0) described.properties = [...token.properties];
  if (grant.acr !== undefined) described.acr = grant.acr;
  if (grant.authTime !== undefined) described.authTime = grant.authTime;
  if (grant.consentedClaims !== undefined) described.consentedClaims = grant.consentedClaims;
  return described;
}

/** `responseContent` is a value for `WWW-Authenticate` (RFC 6750, section 3). */
function refuse(action: IntrospectionAction, resultCode: string, error: string, message: string) {
  const responseContent = `Bearer error="${error}",error_description="${message}"`;
  return { ...result(resultCode, message), action, responseContent };
}
