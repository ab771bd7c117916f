import type { JWK } from 'jose';
import type { SealedEntry, SealedRows } from '../stores/sealed-rows.js';
import type { Form } from './parameters.js';

/** The state of an approval: four that it passes through, and seven in which it ends. */
export type ApprovalState =
  /** The record is stored, and the request is on its way to the server. */
  | 'asking'
  /** The user is asked. */
  | 'waiting'
  /** There are tokens. */
  | 'approved'
  /** `use()` runs, or its process was killed. */
  | 'using'
  /** What was approved has been done. The tokens are gone from the store. */
  | 'used'
  /** The user said no. */
  | 'denied'
  /** The user did not answer in time. */
  | 'expired'
  /** The server could not ask, or lost the transaction (`transaction_failed`). */
  | 'failed'
  /** The backchannel endpoint answered with an OAuth error: nobody was asked. */
  | 'refused'
  /** `withdraw()` was called. */
  | 'withdrawn'
  /**
   * The user may have approved, but there are no usable tokens. If a process that seemed dead still brings tokens, the state
   * becomes `waiting` again.
   */
  | 'lost';

/**
 * The life of a record. Every move is a compare-and-set: the code reads the record, checks that the move is in
 * this table, and stores the next version, provided that nobody else did meanwhile. Otherwise it reads again.
 *
 * | from | to | who, and when |
 * |---|---|---|
 * | (none) | `asking` | `ask()`, before the request leaves |
 * | `asking` | `waiting` | the asker (it has the lease): the server has answered |
 * | | `refused` | the asker: the server answered with an OAuth error |
 * | | `lost` | the asker: the answer has no `auth_req_id` or no `expires_in` |
 * | | `denied`, `expired`, `failed` | the receiver: a push that was faster than the answer |
 * | | `withdrawn` | `withdraw()` |
 * | `waiting` | `approved` | the check of the token response, which was stored before |
 * | | `denied`, `expired`, `failed` | the poller (it has the lease), the receiver of a push; `expired` also at the end of the lifetime |
 * | | `lost` | the same: there are no tokens, or they cannot be trusted |
 * | | `withdrawn` | `withdraw()` |
 * | `approved` | `using` | `use()`, before it runs anything |
 * | | `withdrawn` | `withdraw()`; the tokens are revoked |
 * | `using` | `used` | `use()`: the function that it ran has resolved |
 * | | `approved` | `use()`: the function that it ran has rejected |
 * | | `using` | another `use()`, with the next attempt number, when the process of the earlier one was killed |
 * | `lost` | `waiting` | the poll of a process that seemed dead has brought tokens after all |
 *
 * All other states are final.
 */
export const moves: Readonly<Record<ApprovalState, readonly ApprovalState[]>> = {
  asking: ['asking', 'waiting', 'denied', 'expired', 'failed', 'refused', 'lost', 'withdrawn'],
  waiting: ['waiting', 'approved', 'denied', 'expired', 'failed', 'lost', 'withdrawn'],
  approved: ['using', 'withdrawn'],
  using: ['using', 'used', 'approved'],
  used: [],
  denied: [],
  expired: [],
  failed: [],
  refused: [],
  // From `withdrawn` to itself, when the server has been told.
  withdrawn: ['withdrawn'],
  lost: ['waiting'],
};

/** A token response as it came, checked or not. */
export interface TokenResponse {
  readonly body: string;
  /** By the server's clock, milliseconds since the epoch. */
  readonly at: number;
  /** It came as a push: there is more to check (CIBA Core, 10.3.1). */
  readonly pushed?: true;
}

/** What is sealed in the row of an approval. */
export interface ApprovalRecord {
  readonly state: ApprovalState;
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly askedAt: number;
  /** A hash of the parameters, which recognises a second `ask()`; see `parameters.ts`. */
  readonly fingerprint: string;
  readonly bindingMessage?: string;
  /** The process that asks, polls or uses; see `leases.ts`. */
  readonly lease?: string;
  /** The parameters of the request, until it has been answered. */
  readonly parameters?: Form;
  /** The token with which the server authenticates its pings and pushes. */
  readonly notificationToken?: string;
  readonly dpopKey?: JWK;
  readonly authReqId?: string;
  /** Milliseconds since the epoch, by our clock. */
  readonly expiresAt?: number;
  /** Milliseconds that the server's clock is ahead of ours. */
  readonly skew?: number;
  /** Seconds. */
  readonly interval?: number;
  /** The `auth_req_id` of a ping or push that has come. */
  readonly notified?: string;
  readonly response?: TokenResponse;
  /** How often `use()` has begun. */
  readonly attempt?: number;
  readonly error?: string;
  readonly errorDescription?: string;
}

/** The kinds of rows. */
export interface Contents {
  approval: ApprovalRecord;
  /** A process that has leases. */
  process: Record<string, never>;
}

export type Rows = SealedRows<Contents>;
export type Entry = SealedEntry<Contents, 'approval'>;

/** What the host learns about an approval. */
export interface Approval {
  readonly key: string;
  readonly state: ApprovalState;
  readonly bindingMessage?: string;
  /** When the user can no longer answer; known once the server has answered. */
  readonly expiresAt?: Date;
  /** The OAuth error that ended it. */
  readonly error?: string;
  readonly errorDescription?: string;
  /** How often `use()` has begun. */
  readonly attempt: number;
}

export function approvalOf({ contents }: Pick<Entry, 'contents'>): Approval {
  const { key, state, bindingMessage, expiresAt, error, errorDescription, attempt = 0 } = contents;
  return {
    key,
    state,
    ...(bindingMessage !== undefined && { bindingMessage }),
    ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt) }),
    ...(error !== undefined && { error }),
    ...(errorDescription !== undefined && { errorDescription }),
    attempt,
  };
}

/** Whether there is something to wait for. */
export function isOpen({ state }: Pick<ApprovalRecord, 'state'>): boolean {
  return state === 'asking' || state === 'waiting';
}

/** What is kept of a record that has ended: no token and no secret. */
export function ended(record: ApprovalRecord, state: ApprovalState, why: Partial<ApprovalRecord> = {}): ApprovalRecord {
  const { key, askedAt, fingerprint, bindingMessage, expiresAt, attempt } = record;
  return {
    state,
    key,
    askedAt,
    fingerprint,
    ...(bindingMessage !== undefined && { bindingMessage }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(attempt !== undefined && { attempt }),
    ...why,
  };
}
