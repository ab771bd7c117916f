import type { ApiResponse } from '../../authlete/types/common-types.js';
import { stringifyExactly } from '../../json/exact-json.js';
import { authorizationDetailsForJson } from '../request/authorization-details.js';
import { parseForm } from '../request/form.js';
import { ProtocolError, protocolError, refusal, result } from '../request/protocol-error.js';
import type { Engine } from '../state/engine.js';
import type { AccessToken } from '../state/tokens.js';
import { confirmationOf, tokenType } from '../tokens/binding.js';
import { findAccessToken, findRefreshToken } from '../tokens/find.js';

/** Request to Authlete's `/auth/introspection/standard` API. */
export interface StandardIntrospectionRequest {
  /** The form of the resource server's request, exactly as it was sent. The caller must authenticate the resource server. */
  parameters: string;
  /** Whether to include properties of the token that are hidden from clients. Default `false`. */
  withHiddenProperties?: boolean | null | undefined;
}

/** Response from Authlete's `/auth/introspection/standard` API. */
export interface StandardIntrospectionResponse extends ApiResponse {
  /** `OK` 200, `BAD_REQUEST` 400, `INTERNAL_SERVER_ERROR` 500. */
  action: 'OK' | 'BAD_REQUEST' | 'INTERNAL_SERVER_ERROR';
  /** JSON for the resource server. */
  responseContent: string;
}

/** `/auth/introspection/standard`: describes a token (RFC 7662). */
export async function standardIntrospection(
  engine: Engine,
  request: StandardIntrospectionRequest,
): Promise<StandardIntrospectionResponse> {
  try {
    const form = parseForm(request.parameters);
    const value = form.problem === undefined ? form.values.get('token') : undefined;
    if (value === undefined) {
      throw new ProtocolError('E150301', 'invalid_request', form.problem ?? 'token is missing');
    }
    const described = await describe(engine, value, request.withHiddenProperties === true);
    return {
      ...result('E150001', 'The token has been looked up.'),
      action: 'OK',
      responseContent: stringifyExactly(described),
    };
  } catch (thrown) {
    const error = protocolError(thrown);
    return { ...refusal(error), action: error.error === 'server_error' ? 'INTERNAL_SERVER_ERROR' : 'BAD_REQUEST' };
  }
}

async function describe(engine: Engine, value: string, withHidden: boolean): Promise<object> {
  const accessToken = await findAccessToken(engine, value);
  const token = accessToken ?? findRefreshToken(engine, value);
  // RFC 7662, section 2.2: the answer says nothing more about it.
  if (token === undefined) return { active: false };
  const { grant, expiresAt } = token;
  return {
    ...(accessToken && describeAccessToken(engine, accessToken, withHidden)),
    active: true,
    iss: engine.settings.issuer,
    client_id: grant.clientId,
    sub: grant.subject,
    scope: (accessToken?.scopes ?? grant.scopes).join(' '),
    exp: Math.floor(expiresAt / 1000),
    acr: grant.acr,
    auth_time: grant.authTime,
    authorization_details: authorizationDetailsForJson((accessToken ?? grant).authorizationDetails),
  };
}

function describeAccessToken({ settings }: Engine, token: AccessToken, withHidden: boolean): object {
  const { properties, binding, resources } = token;
  const shown = properties.filter(({ hidden }) => withHidden || hidden !== true);
  return {
    ...Object.fromEntries(shown.map(({ key, value }) => [key, value])),
    token_type: tokenType(binding),
    aud: resources ?? settings.issuer,
    cnf: confirmationOf(binding),
  };
}
