import type { Transaction } from '../backchannel/hooks.js';
import { requestView } from '../request-view/request-view.js';
import type { TransactionView } from './messages.js';

/** @throws RequestViewError if the request does not fit a page */
export function transactionView(
  { request, actor, subject, authReqId, expiresAt }: Transaction,
  now: number,
): TransactionView {
  const acr = request.acrs?.[0];
  return {
    authReqId,
    subject,
    request: requestView({ ...request, actor }),
    scopes: [...request.scopes.map(({ name }) => name), ...(request.dynamicScopes ?? []).map(({ value }) => value)],
    ...(acr !== undefined && { acr }),
    receivedAt: now,
    expiresAt: expiresAt.getTime(),
  };
}
