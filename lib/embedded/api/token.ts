import type { Property } from '../../authlete/types/common-types.js';
import { TokenAction, type TokenRequest, type TokenResponse } from '../../authlete/types/token.js';
import { type AuthenticatedClient, authenticateClient } from '../authentication/authenticate.js';
import { cibaGrantType, clientCredentialsGrantType, clientFields, refreshGrantType } from '../client/client.js';
import { authorizationDetailsForApi, narrowAuthorizationDetails } from '../request/authorization-details.js';
import { readDuration, readObject, readProperties, readString } from '../request/call-parameters.js';
import { type Form, parseForm } from '../request/form.js';
import { ProtocolError, protocolError, refusal, result } from '../request/protocol-error.js';
import { judgeResources } from '../request/resources.js';
import type { Settings } from '../settings/settings.js';
import type { Engine } from '../state/engine.js';
import type { Expiring, ExpiringMap } from '../state/expiring-map.js';
import type { Grant } from '../state/grant.js';
import type { Binding } from '../state/tokens.js';
import { bindingOf } from '../tokens/binding.js';
import { judgeCibaGrant } from '../tokens/ciba-grant.js';
import { judgeClientCredentialsGrant } from '../tokens/client-credentials-grant.js';
import { nextNonce } from '../tokens/dpop-call.js';
import { type IssuedTokens, issueTokens } from '../tokens/issue.js';
import type { IssueOptions } from '../tokens/issue-options.js';
import { judgeRefreshGrant } from '../tokens/refresh-grant.js';
import { hostGrant } from './host-grants.js';

/** `/auth/token`: judges a token request and makes the tokens. */
export async function token(engine: Engine, request: TokenRequest): Promise<TokenResponse> {
  let authenticated: AuthenticatedClient | undefined;
  try {
    const form = parseForm(request.parameters);
    authenticated = await authenticateClient(engine, request, form);
    const response = await answerGrant(engine, request, authenticated, form);
    return Object.assign(response, nextNonce(engine, request));
  } catch (thrown) {
    const error = protocolError(thrown);
    return {
      ...refusal(error),
      action: actionOf(error),
      ...nextNonce(engine, request),
      ...(authenticated && clientFields(engine.settings, authenticated.client, authenticated.id)),
    };
  }
}

async function answerGrant(engine: Engine, request: TokenRequest, authenticated: AuthenticatedClient, form: Form) {
  if (form.problem !== undefined) throw new ProtocolError('E070301', 'invalid_request', form.problem);
  const grantType = form.values.get('grant_type');
  if (grantType === undefined) throw new ProtocolError('E070302', 'invalid_request', 'grant_type is missing');
  const answer = grants.get(grantType) ?? hostGrant(grantType);
  if (answer === undefined) {
    throw new ProtocolError('E070303', 'unsupported_grant_type', 'grant_type is not supported');
  }
  if (!authenticated.client.grantTypes.has(grantType)) {
    throw new ProtocolError('E070304', 'unauthorized_client', 'the client may not use this grant type');
  }
  const binding = await bindingOf(engine, authenticated.client, request);
  return answer(engine, authenticated, form, request, binding);
}

type AnswerGrant = (
  engine: Engine,
  authenticated: AuthenticatedClient,
  form: Form,
  request: TokenRequest,
  binding: Binding,
) => Promise<TokenResponse>;

const answerCibaGrant: AnswerGrant = async (engine, authenticated, form, request, binding) => {
  const transaction = judgeCibaGrant(engine, authenticated, form);
  const { grant } = transaction.decision;
  const chosen = issueOptions(engine.settings, request, form, grant, grant.scopes);
  const options = { ...chosen, accessToken: chosen.accessToken ?? grant.accessToken, binding };
  const tokens = await usedUp(engine.transactions.byAuthReqId, transaction.authReqId, transaction, () =>
    issueTokens(engine, grant, options),
  );
  return tokenResponse(engine, authenticated, 'CIBA', grant, options, tokens);
};

/** Uses a one-time grant up before its tokens are made, so that two requests cannot share it; a failure gives it back. */
async function usedUp<V extends Expiring, T>(map: ExpiringMap<V>, key: string, value: V, issue: () => Promise<T>) {
  map.delete(key);
  try {
    return await issue();
  } catch (error) {
    map.set(key, value);
    throw error;
  }
}

const answerRefreshGrant: AnswerGrant = async (engine, authenticated, form, request, binding) => {
  const { refreshToken, scopes } = judgeRefreshGrant(engine, authenticated, form);
  const { grant } = refreshToken;
  const options = { ...issueOptions(engine.settings, request, form, grant, scopes), refreshToken, binding };
  const issue = () => issueTokens(engine, grant, options);
  const tokens = engine.settings.refreshTokenKept
    ? await issue()
    : await usedUp(engine.tokens.refresh, refreshToken.value, refreshToken, issue);
  return tokenResponse(engine, authenticated, 'REFRESH_TOKEN', grant, options, tokens);
};

const answerClientCredentials: AnswerGrant = async (engine, authenticated, form, request, binding) => {
  const grant = judgeClientCredentialsGrant(engine.settings, authenticated, form);
  const options = { ...issueOptions(engine.settings, request, form, grant, grant.scopes), binding };
  const tokens = await issueTokens(engine, grant, options);
  return tokenResponse(engine, authenticated, 'CLIENT_CREDENTIALS', grant, options, tokens);
};

const grants: ReadonlyMap<string, AnswerGrant> = new Map([
  [cibaGrantType, answerCibaGrant],
  [refreshGrantType, answerRefreshGrant],
  [clientCredentialsGrantType, answerClientCredentials],
]);

/** The server's choices in this call override those in `complete`. */
function issueOptions(
  settings: Settings,
  request: TokenRequest,
  form: Form,
  grant: Grant,
  scopes: readonly string[],
): Omit<IssueOptions, 'binding'> {
  return {
    scopes,
    resources:
      form.resources.length === 0 ? grant.resources : judgeResources(settings, form.resources, grant.resources),
    authorizationDetails: narrowAuthorizationDetails(
      grant.client,
      grant.authorizationDetails,
      form.values.get('authorization_details'),
    ),
    accessToken: readString(request, 'accessToken'),
    accessTokenDuration: readDuration(request, 'accessTokenDuration') ?? grant.accessTokenDuration,
    refreshTokenDuration: readDuration(request, 'refreshTokenDuration') ?? grant.refreshTokenDuration,
    jwtClaims: { ...grant.jwtClaims, ...readObject(request, 'jwtAtClaims') },
    properties: mergeProperties(grant.properties, readProperties(request)),
  };
}

function mergeProperties(granted: readonly Property[], added: readonly Property[]): readonly Property[] {
  const names = new Set(added.map(({ key }) => key));
  return [...granted.filter(({ key }) => !names.has(key)), ...added];
}

function tokenResponse(
  { settings }: Engine,
  { client, id }: AuthenticatedClient,
  grantType: string,
  grant: Grant,
  options: IssueOptions,
  tokens: IssuedTokens,
): TokenResponse {
  const response: TokenResponse = {
    ...result('E070001', 'The token request is valid and the tokens are made.'),
    action: TokenAction.OK,
    responseContent: tokens.content,
    ...clientFields(settings, client, id),
    clientAuthMethod: client.authMethod,
    grantType,
    scopes: [...options.scopes],
    accessToken: tokens.accessToken,
    accessTokenExpiresAt: tokens.accessTokenExpiresAt,
    accessTokenDuration: options.accessTokenDuration,
  };
  if (grant.subject !== undefined) response.subject = grant.subject;
  if (grant.resources !== undefined) response.resources = [...grant.resources];
  if (options.resources !== undefined) response.accessTokenResources = [...options.resources];
  if (options.authorizationDetails !== undefined) {
    response.authorizationDetails = authorizationDetailsForApi(options.authorizationDetails);
  }
  if (options.properties.length > 0) {
    response.properties = options.properties.map((property) => ({ ...property }));
  }
  if (tokens.jwtAccessToken !== undefined) response.jwtAccessToken = tokens.jwtAccessToken;
  if (tokens.idToken !== undefined) response.idToken = tokens.idToken;
  if (tokens.refreshToken !== undefined) {
    response.refreshToken = tokens.refreshToken;
    response.refreshTokenExpiresAt = tokens.refreshTokenExpiresAt;
    response.refreshTokenDuration = options.refreshTokenDuration;
  }
  return response;
}

function actionOf({ error }: ProtocolError): TokenAction {
  if (error === 'invalid_client') return TokenAction.INVALID_CLIENT;
  return error === 'server_error' ? TokenAction.INTERNAL_SERVER_ERROR : TokenAction.BAD_REQUEST;
}
