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
  /** Authlete's ticket, which the decision needs. It is secret. */
  ticket: string;
  clientId: string;
  /** The client id alias, if the client has one. */
  clientIdAlias?: string;
  subject: string;
  /** The party that acts for the user, unless it is the client itself. */
  actor?: Actor;
  deliveryMode: DeliveryMode;
  /** The trace of the request (W3C Trace Context), if there is one. */
  traceparent?: string;
  /** When the `auth_req_id` was issued, milliseconds since the epoch; only if there is a trace. */
  issuedAt?: number;
}

interface Contents {
  transaction: IssuedTransaction;
  /** When the job becomes useless, milliseconds since the epoch. */
  expiresAt: number;
}

/** Stage 0: a transaction of a ping or push client. It fails if nobody decides in time. */
export interface ExpiryContents extends Contents {
  kind: 'expiry';
}

/** Stage 1: a decision that Authlete must be told. */
export interface DecisionContents extends Contents {
  kind: 'decision';
  request: BackchannelAuthenticationCompleteRequest;
  /** Number of calls that Authlete has not answered. */
  attempts: number;
  /** Whether a process that adopts the job must assume that the answer to a call of another process was lost. */
  unheard: boolean;
  /** Nobody has decided, so if Authlete refuses, this only means that it is too late. */
  unasked?: true;
}

/** Stage 2: a ping or a push that the client must receive. The last attempt is made when it expires. */
export interface NotificationContents extends Contents, Notification {
  kind: 'notification';
  result: BackchannelAuthenticationCompleteResult;
  /** Number of attempts that have failed. */
  attempts: number;
  /** HTTP status of the last answer, if there was one. */
  status?: number;
  /** Why the last attempt failed. */
  failure?: { code: NotificationErrorCode; message: string };
  /** When Authlete asked for it, milliseconds since the epoch. */
  begunAt: number;
}

/** The next step of a transaction. */
export type JobContents = ExpiryContents | DecisionContents | NotificationContents;

/** Makes the decision for a transaction that nobody has decided in time: it fails. */
export function nobodyDecided({ transaction, expiresAt }: ExpiryContents): DecisionContents {
  const { ticket, subject } = transaction;
  const request = { ticket, result: 'TRANSACTION_FAILED', subject } as const;
  return { kind: 'decision', transaction, request, expiresAt, attempts: 0, unheard: true, unasked: true };
}

/** The expiry by the monotonic clock: steps of the wall clock do not move the end of work that has begun. */
export function deadlineOf({ expiresAt }: { expiresAt: number }): Deadline {
  return new Deadline(expiresAt - Date.now());
}

/** Describes a transaction, for events and the log. */
export function about({ id, clientId, clientIdAlias, subject, actor, deliveryMode }: IssuedTransaction) {
  const alias = clientIdAlias && { clientIdAlias };
  return { transaction: id, clientId, ...alias, subject, ...(actor && { actor }), deliveryMode };
}
