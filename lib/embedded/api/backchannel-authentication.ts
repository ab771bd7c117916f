import {
  BackchannelAuthenticationAction,
  type BackchannelAuthenticationRequest,
  type BackchannelAuthenticationResponse,
} from '../../authlete/types/backchannel-authentication.js';
import { UserIdentificationHintType } from '../../authlete/types/common-types.js';
import { type AuthenticatedClient, authenticateClient } from '../authentication/authenticate.js';
import { cibaGrantType } from '../client/client.js';
import { authorizationDetailsForApi } from '../request/authorization-details.js';
import { parseForm } from '../request/form.js';
import { subjectOfIdTokenHint } from '../request/id-token-hint.js';
import { judgeRequest } from '../request/judgement.js';
import { ProtocolError, protocolError, refusal, result } from '../request/protocol-error.js';
import { requestParameters } from '../request/signed-request.js';
import { claimNames, copyOfScope } from '../settings/scopes.js';
import type { Engine } from '../state/engine.js';
import { randomId } from '../state/random-id.js';
import type { Transaction } from '../state/transactions.js';
import { namedClient } from './named-client.js';

/** `/backchannel/authentication`: judges a request, and gives a valid one a ticket. */
export async function backchannelAuthentication(
  engine: Engine,
  request: BackchannelAuthenticationRequest,
): Promise<BackchannelAuthenticationResponse> {
  let authenticated: AuthenticatedClient | undefined;
  try {
    const form = parseForm(request.parameters);
    authenticated = await authenticateClient(engine, request, form);
    const { client, id } = authenticated;
    if (client.deliveryMode === undefined || !client.grantTypes.has(cibaGrantType)) {
      throw new ProtocolError('E020310', 'unauthorized_client', 'the client may not use CIBA');
    }
    const judged = judgeRequest(engine.settings, client, await requestParameters(engine, client, form));
    const sub =
      judged.hintType === UserIdentificationHintType.ID_TOKEN_HINT
        ? await subjectOfIdTokenHint(engine, client, judged.hint)
        : undefined;
    const transaction: Transaction = {
      ticket: randomId(),
      size: request.parameters.length,
      client,
      clientId: id,
      request: judged,
      expiresAt: engine.settings.now() + engine.settings.expiresIn * 1000,
      interval: engine.settings.interval,
      authReqId: undefined,
      decision: undefined,
      polledAt: undefined,
    };
    remember(engine, transaction);
    return userIdentification(engine, transaction, sub);
  } catch (thrown) {
    const error = protocolError(thrown);
    return {
      ...refusal(error),
      action: actionOf(error),
      ...(authenticated && namedClient(engine, authenticated.client, authenticated.id)),
    };
  }
}

function remember({ transactions }: Engine, transaction: Transaction): void {
  if (transactions.full(transaction.size) || !transactions.byTicket.set(transaction.ticket, transaction)) {
    throw new ProtocolError('E020101', 'server_error', 'the embedded engine is full');
  }
}

const validResult = result('E020001', 'The backchannel authentication request is valid.');

function userIdentification(
  engine: Engine,
  { ticket, client, clientId, request }: Transaction,
  sub?: string,
): BackchannelAuthenticationResponse {
  // No spread: in a literal of this size it costs more than all the rest of the request.
  const response: BackchannelAuthenticationResponse = {
    resultCode: validResult.resultCode,
    resultMessage: validResult.resultMessage,
    action: BackchannelAuthenticationAction.USER_IDENTIFICATION,
    ticket,
    clientAuthMethod: client.authMethod,
    deliveryMode: client.deliveryMode,
    scopes: request.scopes.map(copyOfScope),
    hintType: request.hintType,
    hint: request.hint,
    requestedExpiry: request.requestedExpiry,
    userCodeRequired: client.userCodeRequired,
  };
  Object.assign(response, namedClient(engine, client, clientId));
  const names = claimNames(request.scopes.map(({ name }) => name));
  if (names.length > 0) response.claimNames = names;
  if (request.dynamicScopes.length > 0) {
    response.dynamicScopes = request.dynamicScopes.map((scope) => ({ ...scope }));
  }
  if (sub !== undefined) response.sub = sub;
  if (request.warnings.length > 0) response.warnings = [...request.warnings];
  if (request.acrs !== undefined) response.acrs = [...request.acrs];
  if (request.bindingMessage !== undefined) response.bindingMessage = request.bindingMessage;
  if (request.userCode !== undefined) response.userCode = request.userCode;
  if (request.requestContext !== undefined) response.requestContext = request.requestContext;
  if (request.resources !== undefined) response.resources = [...request.resources];
  if (request.authorizationDetails !== undefined) {
    response.authorizationDetails = authorizationDetailsForApi(request.authorizationDetails);
  }
  if (request.clientNotificationToken !== undefined) response.clientNotificationToken = request.clientNotificationToken;
  return response;
}

function actionOf({ error }: ProtocolError): BackchannelAuthenticationAction {
  if (error === 'invalid_client') return BackchannelAuthenticationAction.UNAUTHORIZED;
  if (error === 'server_error') return BackchannelAuthenticationAction.INTERNAL_SERVER_ERROR;
  return BackchannelAuthenticationAction.BAD_REQUEST;
}
