import {
  BackchannelAuthenticationCompleteAction,
  type BackchannelAuthenticationCompleteRequest,
  type BackchannelAuthenticationCompleteResponse,
} from '../authlete/backchannel-authentication-complete.js';
import { DeliveryMode } from '../authlete/common-types.js';
import { clientFields } from './clients.js';
import { readDecision } from './decision.js';
import type { Engine } from './engine.js';
import { ProtocolError, protocolError, refusal, result } from './protocol-error.js';

/** `/backchannel/authentication/complete`: takes the user's decision. */
export async function complete(
  engine: Engine,
  request: BackchannelAuthenticationCompleteRequest,
): Promise<BackchannelAuthenticationCompleteResponse> {
  const transaction = engine.transactions.byTicket.get(request.ticket);
  if (transaction?.authReqId === undefined) {
    return refuse(new ProtocolError('E060201', 'server_error', 'the ticket is unknown, expired, used or not issued'));
  }
  try {
    transaction.decision = readDecision(engine.settings, transaction, request);
  } catch (thrown) {
    return refuse(protocolError(thrown));
  }
  engine.transactions.byTicket.delete(transaction.ticket);
  return {
    ...result('E060001', 'The decision is recorded.'),
    action: BackchannelAuthenticationCompleteAction.NO_ACTION,
    ...clientFields(transaction.client, transaction.clientId),
    deliveryMode: DeliveryMode.POLL,
    authReqId: transaction.authReqId,
  };
}

function refuse(error: ProtocolError): BackchannelAuthenticationCompleteResponse {
  return { ...refusal(error), action: BackchannelAuthenticationCompleteAction.SERVER_ERROR };
}
