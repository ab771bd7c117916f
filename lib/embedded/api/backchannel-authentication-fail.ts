import {
  BackchannelAuthenticationFailAction,
  type BackchannelAuthenticationFailRequest,
  type BackchannelAuthenticationFailResponse,
} from '../../authlete/types/backchannel-authentication-fail.js';
import { Reason } from '../../authlete/types/reason.js';
import { errorContent, ProtocolError, refusal, result } from '../request/protocol-error.js';
import type { Engine } from '../state/engine.js';

/** `/backchannel/authentication/fail`: deletes the ticket and gives the error for the client. */
export async function fail(
  { transactions }: Engine,
  request: BackchannelAuthenticationFailRequest,
): Promise<BackchannelAuthenticationFailResponse> {
  const { ticket, reason } = request;
  const transaction = transactions.byTicket.get(ticket);
  if (transaction === undefined) return badCall('E050201', 'the ticket is unknown, expired, or used');
  if (!Object.hasOwn(Reason, reason)) return badCall('E050202', 'the reason is unknown');
  transactions.byTicket.delete(ticket);
  if (transaction.authReqId !== undefined) transactions.byAuthReqId.delete(transaction.authReqId);
  return {
    ...result('E050001', 'The ticket is deleted.'),
    action: actionOf(reason),
    responseContent: errorContent(reason.toLowerCase(), {
      description: request.errorDescription || undefined,
      uri: request.errorUri || undefined,
    }),
  };
}

function actionOf(reason: Reason): BackchannelAuthenticationFailAction {
  if (reason === Reason.ACCESS_DENIED) return BackchannelAuthenticationFailAction.FORBIDDEN;
  if (reason === Reason.SERVER_ERROR) return BackchannelAuthenticationFailAction.INTERNAL_SERVER_ERROR;
  return BackchannelAuthenticationFailAction.BAD_REQUEST;
}

function badCall(resultCode: string, message: string): BackchannelAuthenticationFailResponse {
  const error = new ProtocolError(resultCode, 'server_error', message);
  return { ...refusal(error), action: BackchannelAuthenticationFailAction.INTERNAL_SERVER_ERROR };
}
