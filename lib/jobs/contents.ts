import type { Actor } from '../authlete/actor.js';
import type {
  BackchannelAuthenticationCompleteRequest,
  BackchannelAuthenticationCompleteResult,
} from '../authlete/types/backchannel-authentication-complete.js';
import type { DeliveryMode } from '../authlete/types/common-types.js';
import type { NotificationErrorCode } from '../notification/errors.js';
import type { Notification } from '../notification/post.js';
import { Deadline } from '../time/deadline.js';

/** A transaction that Authlete has issued an `auth_req_id` for. */
export interface IssuedTransaction {
  /** The transaction's id. */
  id: string;
  /** Authlete's, for the decision. Secret. */
  ticket: string;
  clientId: string;
  /** The textual client id, where the client has one. */
  clientIdAlias?: string;
  subject: string;
  /** Who acts for the user, where that is not the client itself. */
  actor?: Actor;
  deliveryMode: DeliveryMode;
  /** The trace of the request (W3C Trace Context), where there is one. */
  traceparent?: string;
  /** Where there is a trace: when the `auth_req_id` was issued, milliseconds since the epoch. */
  issuedAt?: number;
}

interface Contents {
  transaction: IssuedTransaction;
  /** Of no use afterwards, milliseconds since the epoch. */
  expiresAt: number;
}

/** Stage 0: a transaction of a ping or push client, which is to fail when nobody has decided in time. */
export interface ExpiryContents extends Contents {
  kind: 'expiry';
}

/** Stage 1: a decision, for Authlete. */
export interface DecisionContents extends Contents {
  kind: 'decision';
  request: BackchannelAuthenticationCompleteRequest;
  /** Calls that Authlete has not answered. */
  attempts: number;
  /** Whether Authlete may have taken it without our hearing of that, should this process be gone. */
  unheard: boolean;
  /** Nobody has decided: that Authlete refuses says only that it is too late. */
  unasked?: true;
}

/** Stage 2: a ping or a push, for the client. It expires at the last attempt. */
export interface NotificationContents extends Contents, Notification {
  kind: 'notification';
  result: BackchannelAuthenticationCompleteResult;
  /** Attempts that have failed. */
  attempts: number;
  /** HTTP status of the last answer, where there was one. */
  status?: number;
  /** Why the last attempt failed. */
  failure?: { code: NotificationErrorCode; message: string };
  /** When Authlete asked for it, milliseconds since the epoch. */
  begunAt: number;
}

/** What is to be done next for a transaction. */
export type JobContents = ExpiryContents | DecisionContents | NotificationContents;

/** Nobody has decided in time: that is a decision, too. */
export function nobodyDecided({ transaction, expiresAt }: ExpiryContents): DecisionContents {
  const { ticket, subject } = transaction;
  const request = { ticket, result: 'TRANSACTION_FAILED', subject } as const;
  return { kind: 'decision', transaction, request, expiresAt, attempts: 0, unheard: true, unasked: true };
}

/** Steps of the wall clock do not move the end of what this process does. */
export function deadlineOf({ expiresAt }: { expiresAt: number }): Deadline {
  return new Deadline(expiresAt - Date.now());
}

/** Who and what, for events and the log. */
export function about({ id, clientId, clientIdAlias, subject, actor, deliveryMode }: IssuedTransaction) {
  const alias = clientIdAlias && { clientIdAlias };
  return { transaction: id, clientId, ...alias, subject, ...(actor && { actor }), deliveryMode };
}
