// Telemetry imports nothing of Authlete: the names of its enums are written out, and a spec compares them.

/** In every event. */
export interface EventBase {
  /** The transaction's id, see `transactionId()`; absent before there is an `auth_req_id`, and on a refresh. */
  transaction?: string | undefined;
  /** The client's number, if it is known. */
  clientId?: string | undefined;
  /** The textual client id, if the client has one. */
  clientIdAlias?: string | undefined;
  /** The user, once identified. */
  subject?: string | undefined;
  /** The agent that acts for the user, if `identifyUser` named one. */
  actor?: { sub: string; iss?: string | undefined; name?: string | undefined } | undefined;
  /** How the client learns of the decision, if known; absent from `answered`. */
  deliveryMode?: 'POLL' | 'PING' | 'PUSH' | undefined;
  /** Milliseconds that the step took: the request, the completion or the delivery. */
  durationMs: number;
}

/** A request was answered with an error. */
export interface RefusedEvent extends EventBase {
  type: 'refused';
  /** Names of the requested scopes, once Authlete has found the request valid. */
  scopes?: string[] | undefined;
  /** HTTP status of the answer. */
  status: number;
  /** Authlete's action, if Authlete refused. */
  action?: string | undefined;
  /** The `Reason`, if a hook refused. */
  reason?:
    | 'ACCESS_DENIED'
    | 'EXPIRED_LOGIN_HINT_TOKEN'
    | 'INVALID_BINDING_MESSAGE'
    | 'INVALID_TARGET'
    | 'INVALID_USER_CODE'
    | 'MISSING_USER_CODE'
    | 'SERVER_ERROR'
    | 'UNAUTHORIZED_CLIENT'
    | 'UNKNOWN_USER_ID'
    | undefined;
}

/** The client got its `auth_req_id`. */
export interface IssuedEvent extends EventBase {
  type: 'issued';
  /** Names of the requested scopes that are registered. */
  scopes: string[];
}

/** Authlete was told how the authentication on the device ended. */
export interface CompletedEvent extends EventBase {
  type: 'completed';
  result: 'AUTHORIZED' | 'ACCESS_DENIED' | 'TRANSACTION_FAILED';
}

/** The client's notification endpoint took the ping or the push. */
export interface NotifiedEvent extends EventBase {
  type: 'notified';
  /** HTTP status of the client's answer. */
  status: number;
  attempts: number;
}

/** Why something was given up. */
export type GiveUpReason =
  /** The client's endpoint refused for good or may not be called; of a decision, Authlete refused the call. */
  | 'refused'
  /** Its time ran out. */
  | 'expired'
  /** `close()` ran out of time. */
  | 'closed'
  /** Authlete's answer was lost, so it is unknown what became of the decision, and what the client should have got. */
  | 'unknown';

/** The ping or push could not be delivered, or Authlete could not be told of a decision. */
export interface GaveUpEvent extends EventBase {
  type: 'gaveUp';
  why: GiveUpReason;
  /** HTTP status of the client's last answer, if there was one. */
  status?: number | undefined;
  /** Attempts to notify the client. */
  attempts: number;
}

/** A token request was answered. */
export interface AnsweredEvent extends EventBase {
  type: 'answered';
  /** Scopes of the tokens, if there are any. */
  scopes?: string[] | undefined;
  /** As the client wrote it; absent if it is unknown. */
  grantType?: string | undefined;
  /** HTTP status of the answer. */
  status: number;
  /** `error` of the answer. */
  error?: string | undefined;
  /** Milliseconds for which the request was held until the decision, if it was held. */
  heldMs?: number | undefined;
}

/**
 * One event for each answer, decision and notification, for audit logs and metrics. Plain data: no ticket, handle,
 * `auth_req_id`, token, code or hint is in it.
 */
export type CibaEvent = RefusedEvent | IssuedEvent | CompletedEvent | NotifiedEvent | GaveUpEvent | AnsweredEvent;

/** Takes the events. What it throws is logged and ignored. */
export type EventListener = (event: CibaEvent) => void;
