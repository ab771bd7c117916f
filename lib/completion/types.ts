import type { NotificationOutcome } from '../notification/types.js';
import type { Decision } from './decision.js';

/** What became of a decision. */
export type CompletionResult =
  /** Authlete has taken it. The client polls, and so finds out by itself. */
  | { action: 'NO_ACTION'; notification?: undefined }
  /**
   * Authlete has taken it, and the client gets a ping or push. `notification` never rejects. It says how delivery
   * ended; with a durable queue, how the first attempt ended.
   */
  | { action: 'NOTIFICATION'; notification: Promise<NotificationOutcome> }
  /** With a durable queue: Authlete could not be told yet. It will be, by this process or another. */
  | { action: 'QUEUED'; notification?: undefined };

/** Options of `complete()`. */
export interface CompleteOptions {
  /**
   * The user who is signed in on the device, if the host knows: a handle of another user's transaction is refused with
   * `ERR_HANDLE_SUBJECT`, and Authlete is not told.
   */
  subject?: string | undefined;
}

/** The work that `close()` left unfinished, or whose end it did not see. */
export interface CloseResult {
  /** Transactions whose hook still waited, and decisions that Authlete has not confirmed. */
  transactions: number;
  /** Pings and pushes that were not delivered. With a durable queue they stay in it, and none is given up. */
  deliveries: number;
}

/** Takes the decisions of transactions. `cibaCompletion()` returns one, and so does `cibaBackchannel()`. */
export interface CibaCompletion {
  /**
   * Completes a transaction: tells Authlete of the decision, and in ping and push mode notifies the client. The handle
   * may come from another process. Safe to be called twice: one decision is taken.
   *
   * @returns when Authlete has taken the decision; with a durable queue, at the latest after `timeout` milliseconds
   * @throws HandleError when the handle is malformed, was changed, was sealed with an unknown key, has expired, or belongs to
   * another user than `subject`
   * @throws CompletionError `ERR_COMPLETE_REFUSED` when there is a decision already, or Authlete refuses (the ticket is
   * unknown, used or expired), `ERR_CLAIMS_FAILED` when the `claims` hook fails, `ERR_QUEUE_UNAVAILABLE` when the queue
   * cannot store the decision, `ERR_CLOSED` after `close()`
   * @throws AuthleteError when Authlete cannot be reached (`ERR_AUTHLETE_UNREACHABLE`, or `ERR_AUTHLETE_TIMEOUT` after
   * `timeout` milliseconds; with a durable queue the result is `QUEUED`), refuses the call, or gives an unusable answer
   * @throws TypeError when `decision` is not a decision
   * @see CIBA Core 1.0, section 10; Authlete's `/backchannel/authentication/complete` API
   * @example
   * ```ts
   * const { action } = await ciba.complete(handle, authorized({ acr: 'urn:example:fingerprint' }), { subject: user.id });
   * ```
   */
  complete(handle: string, decision: Decision, options?: CompleteOptions): Promise<CompletionResult>;
  /**
   * Resolves when this process has nothing left to do for any transaction: no request, no waiting hook, no call to
   * Authlete, no delivery on its way. It does not wait for transactions that wait for `complete()`. For tests.
   *
   * @example
   * ```ts
   * const { body } = await request(app).post('/backchannel/authentication').type('form').send(form);
   * await ciba.idle(); // the decision has been taken, the client was notified
   * ```
   */
  idle(): Promise<void>;
  /**
   * Takes nothing new and waits for work in progress. After `timeout` milliseconds (10,000 by default) hooks that still
   * wait are aborted and completed as `TRANSACTION_FAILED`, and deliveries that still fail are given up and reported; in
   * a durable queue they stay, for other processes. May be called again: the earliest timeout counts, and every call
   * resolves to the same result.
   *
   * @throws TypeError when `timeout` is not a number of milliseconds
   * @example
   * ```ts
   * process.once('SIGTERM', async () => {
   *   server.close();
   *   const { transactions, deliveries } = await ciba.close({ timeout: 20_000 });
   *   process.exit(transactions + deliveries === 0 ? 0 : 1);
   * });
   * ```
   */
  close(options?: { timeout?: number | undefined }): Promise<CloseResult>;
}
