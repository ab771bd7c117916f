import type { DecisionContents, IssuedTransaction } from '../jobs/contents.js';
import { completeRequest } from './complete-request.js';
import type { Decision } from './decision.js';
import type { HandleContents } from './handle.js';

/** What the job of a decision holds. */
export function decisionContents(
  contents: HandleContents,
  decision: Decision,
  claims: Record<string, unknown>,
): DecisionContents {
  const { expiresAt } = contents;
  const request = completeRequest(contents, decision, claims);
  return { kind: 'decision', transaction: transactionOf(contents), request, expiresAt, attempts: 0, unheard: true };
}

/** What jobs know about a transaction. They need no names of claims: the decision already has their values. */
export function transactionOf(contents: HandleContents): IssuedTransaction {
  const { id, ticket, subject, actor, clientId, clientIdAlias, deliveryMode, traceparent, issuedAt } = contents;
  return {
    id,
    ticket,
    subject,
    ...(actor && { actor }),
    clientId,
    ...(clientIdAlias && { clientIdAlias }),
    deliveryMode,
    ...(traceparent && { traceparent }),
    ...(issuedAt && { issuedAt }),
  };
}
