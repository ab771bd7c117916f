import type {
  BackchannelAuthenticationCompleteRequest,
  BackchannelAuthenticationCompleteResult,
} from '../authlete/types/backchannel-authentication-complete.js';
import type { DeliveryMode } from '../authlete/types/common-types.js';
import type { NotificationErrorCode } from '../notification/errors.js';
import type { Notification } from '../notification/post.js';

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
  /** The same by this process's monotonic clock, where the job does not leave the process. */
  endsAt?: number;
}

/** A decision, for Authlete. */
export interface DecisionContents extends Contents {
  kind: 'decision';
  request: BackchannelAuthenticationCompleteRequest;
  /** Calls that have not told how they ended. */
  attempts: number;
  /** Nobody has decided: that Authlete refuses says only that it is too late. */
  unasked?: true;
}

/** A ping or a push, for the client. It expires at the last attempt. */
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

/** A transaction of a ping or push client, which is to fail when nobody has decided in time. */
export interface ExpiryContents extends Contents {
  kind: 'expiry';
}

/** What is to be done. */
export type JobContents = DecisionContents | NotificationContents | ExpiryContents;

/** Has steps of the wall clock, which only jobs that processes share need, not move the end of a job. */
export function withSteadyEnd<C extends JobContents>(contents: C): C {
  if (contents.endsAt !== undefined) return contents;
  return { ...contents, endsAt: performance.now() + contents.expiresAt - Date.now() };
}

/** Milliseconds in which the job is of use; negative afterwards. */
export function timeLeft({ expiresAt, endsAt }: JobContents): number {
  return endsAt === undefined ? expiresAt - Date.now() : endsAt - performance.now();
}
