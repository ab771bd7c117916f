/** Listens to a {@link DecisionSignal}, in order to hold polls. */
export interface SignalWatcher {
  /** The decision about this transaction has reached Authlete. */
  decided(id: string): void;
  /** Decisions may have been missed: what is held should be held no longer. */
  lost(): void;
}

/**
 * Tells held polls which transactions wait for their decision, and when it has come. Given to `cibaBackchannel` and
 * `cibaCompletion` as `decided`, and to `cibaToken` as `longPolling.signal`. It carries ids of transactions
 * (`transactionId()`) and their lifetimes, nothing else. A missed signal costs time, never a token.
 */
export interface DecisionSignal {
  /**
   * Announces a transaction that waits for its decision.
   *
   * @param expiresAt milliseconds since the epoch
   */
  issued(id: string, expiresAt: number): void;
  /** Announces that a decision has reached Authlete: token requests are answered with more than "pending" from now on. */
  decided(id: string): void;
  /**
   * Milliseconds until a transaction expires, if it is known to wait for its decision; undefined for all others, and for
   * all while the signal has no connection.
   */
  timeLeft(id: string): number | undefined;
  /**
   * Tells a watcher of each decision from now on.
   *
   * @returns a function that stops watching
   */
  watch(watcher: SignalWatcher): () => void;
}
