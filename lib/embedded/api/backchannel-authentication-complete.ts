import {
  BackchannelAuthenticationCompleteAction,
  type BackchannelAuthenticationCompleteRequest,
  type BackchannelAuthenticationCompleteResponse,
} from '../../authlete/types/backchannel-authentication-complete.js';
import { DeliveryMode } from '../../authlete/types/common-types.js';
import { ProtocolError, protocolError, refusal, result } from '../request/protocol-error.js';
import type { Engine } from '../state/engine.js';
import type { Decision, IssuedTransaction, Transaction } from '../state/transactions.js';
import { readDecision } from '../tokens/decision.js';
import { pushedError, pushedTokens } from '../tokens/push.js';
import { namedClient } from './named-client.js';

/** `/backchannel/authentication/complete`: takes the user's decision. */
export async function complete(
  engine: Engine,
  request: BackchannelAuthenticationCompleteRequest,
): Promise<BackchannelAuthenticationCompleteResponse> {
  const transaction = engine.transactions.byTicket.get(request.ticket);
  if (!isIssued(transaction)) {
    return serverError(
      new ProtocolError('E060201', 'server_error', 'the ticket is unknown, expired, used or not issued'),
    );
  }
  try {
    return await answer(engine, transaction, readDecision(engine, transaction, request));
  } catch (thrown) {
    const error = protocolError(thrown);
    if (transaction.client.deliveryMode === DeliveryMode.POLL) return serverError(error);
    // A client that waits for a notification gets one, whatever went wrong.
    const failed = await answer(engine, transaction, { result: 'TRANSACTION_FAILED' });
    return { ...failed, ...result(error.resultCode, error.message) };
  }
}

function answer(engine: Engine, transaction: IssuedTransaction, decision: Decision) {
  engine.transactions.byTicket.delete(transaction.ticket);
  if (transaction.client.deliveryMode === DeliveryMode.PUSH) return answerPush(engine, transaction, decision);
  transaction.decision = decision;
  return transaction.client.deliveryMode === DeliveryMode.PING
    ? notification(engine, transaction, { responseContent: JSON.stringify({ auth_req_id: transaction.authReqId }) })
    : recorded(engine, transaction, BackchannelAuthenticationCompleteAction.NO_ACTION);
}

async function answerPush(engine: Engine, transaction: IssuedTransaction, decision: Decision) {
  engine.transactions.byAuthReqId.delete(transaction.authReqId);
  return notification(
    engine,
    transaction,
    decision.result === 'AUTHORIZED'
      ? await pushedTokens(engine, transaction, decision.grant)
      : { responseContent: pushedError(transaction, decision) },
  );
}

function notification(
  engine: Engine,
  transaction: IssuedTransaction,
  content: Partial<BackchannelAuthenticationCompleteResponse>,
): BackchannelAuthenticationCompleteResponse {
  return {
    ...recorded(engine, transaction, BackchannelAuthenticationCompleteAction.NOTIFICATION),
    clientNotificationEndpoint: transaction.client.notificationEndpoint,
    clientNotificationToken: transaction.request.clientNotificationToken,
    ...content,
  };
}

function recorded(
  engine: Engine,
  { authReqId, client, clientId }: IssuedTransaction,
  action: BackchannelAuthenticationCompleteAction,
): BackchannelAuthenticationCompleteResponse {
  return {
    ...result('E060001', 'The decision is recorded.'),
    action,
    ...namedClient(engine, client, clientId),
    deliveryMode: client.deliveryMode,
    authReqId,
  };
}

function isIssued(transaction: Transaction | undefined): transaction is IssuedTransaction {
  return transaction?.authReqId !== undefined;
}

function serverError(error: ProtocolError): BackchannelAuthenticationCompleteResponse {
  return { ...refusal(error), action: BackchannelAuthenticationCompleteAction.SERVER_ERROR };
}
