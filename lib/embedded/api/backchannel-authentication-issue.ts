import {
  BackchannelAuthenticationIssueAction,
  type BackchannelAuthenticationIssueRequest,
  type BackchannelAuthenticationIssueResponse,
} from '../../authlete/types/backchannel-authentication-issue.js';
import { DeliveryMode } from '../../authlete/types/common-types.js';
import { ProtocolError, refusal, result } from '../request/protocol-error.js';
import type { Engine } from '../state/engine.js';
import { randomId } from '../state/random-id.js';

const issuedResult = result('E040001', 'The auth_req_id is issued.');

/** `/backchannel/authentication/issue`: gives the `auth_req_id` (CIBA Core 1.0, section 7.3). */
export async function issue(
  { settings, transactions }: Engine,
  { ticket }: BackchannelAuthenticationIssueRequest,
): Promise<BackchannelAuthenticationIssueResponse> {
  const transaction = transactions.byTicket.get(ticket);
  if (transaction === undefined || transaction.authReqId !== undefined) {
    const error = new ProtocolError('E040201', 'server_error', 'the ticket is unknown, expired, or used');
    return { ...refusal(error), action: BackchannelAuthenticationIssueAction.INVALID_TICKET };
  }
  const requested = settings.ignoreRequestedExpiry ? 0 : transaction.request.requestedExpiry;
  const expiresIn = Math.min(requested || settings.expiresIn, settings.expiresIn);
  if (transactions.byAuthReqId.full(transaction.size)) {
    const error = new ProtocolError('E040101', 'server_error', 'the embedded engine is full');
    return { ...refusal(error), action: BackchannelAuthenticationIssueAction.INTERNAL_SERVER_ERROR };
  }
  const authReqId = randomId();
  const issued = Object.assign(transaction, { authReqId, expiresAt: settings.now() + expiresIn * 1000 });
  transactions.byAuthReqId.set(authReqId, issued);
  // The ticket now lives as long as the auth_req_id.
  transactions.byTicket.set(ticket, issued);
  const interval = transaction.client.deliveryMode === DeliveryMode.PUSH ? undefined : settings.interval;
  const response: BackchannelAuthenticationIssueResponse = {
    // No spread: with one, V8 keeps a hidden class for each object.
    resultCode: issuedResult.resultCode,
    resultMessage: issuedResult.resultMessage,
    action: BackchannelAuthenticationIssueAction.OK,
    responseContent: JSON.stringify({ auth_req_id: authReqId, expires_in: expiresIn, interval }),
    authReqId,
    expiresIn,
  };
  if (interval !== undefined) response.interval = interval;
  return response;
}
