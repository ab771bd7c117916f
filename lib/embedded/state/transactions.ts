import type { Client } from '../client/client.js';
import type { Settings } from '../settings/settings.js';
import type { AcceptedRequest } from './accepted-request.js';
import { type Expiring, expiringMap } from './expiring-map.js';
import type { Grant } from './grant.js';

/** The user denied the request, or the transaction failed. */
export interface Denial {
  readonly result: 'ACCESS_DENIED' | 'TRANSACTION_FAILED';
  readonly description?: string;
  readonly uri?: string;
}

/** How the authentication on the device ended. */
export type Decision = Approval | Denial;

/** The user approved the request. */
export interface Approval {
  readonly result: 'AUTHORIZED';
  readonly grant: Grant;
}

/** A backchannel authentication request from its acceptance to its tokens. */
export interface Transaction extends Expiring {
  /** Number of characters in the request. */
  readonly size: number;
  readonly ticket: string;
  readonly client: Client;
  /** The client id that the request used; it becomes the audience of the ID token. */
  readonly clientId: string;
  readonly request: AcceptedRequest;
  /** Milliseconds since the epoch: the expiry of the ticket, and once the `auth_req_id` is issued, that of both. */
  expiresAt: number;
  authReqId?: string;
  decision?: Decision;
  /** Minimum time between two polls, in seconds. */
  interval: number;
  /** Milliseconds since the epoch. */
  polledAt?: number;
}

/** A transaction whose client has its `auth_req_id`. */
export interface IssuedTransaction extends Transaction {
  authReqId: string;
}

/** The `auth_req_id` of a transaction that has expired. */
export interface ExpiredRequest extends Expiring {
  readonly client: Client;
}

/** The transactions that the engine remembers. */
export type Transactions = ReturnType<typeof rememberTransactions>;

/** Milliseconds for which an expired `auth_req_id` can be distinguished from an unknown one. */
const expiredRemembered = 5 * 60_000;

export function rememberTransactions({ maxPending, now }: Settings) {
  const byTicket = expiringMap<Transaction>(maxPending, now);
  const byAuthReqId = expiringMap<IssuedTransaction>(maxPending, now, rememberExpired);
  const expired = expiringMap<ExpiredRequest>(maxPending, now);

  function rememberExpired(authReqId: string, { client, expiresAt }: Transaction): void {
    // If there is no room, the id counts as unknown at once.
    expired.set(authReqId, { client, expiresAt: expiresAt + expiredRemembered });
  }

  return {
    byTicket,
    byAuthReqId,
    /** Transactions whose `auth_req_id` expired not long ago. */
    expired,
    full: (size: number) => byTicket.full(size) || byAuthReqId.full(size),
  };
}
