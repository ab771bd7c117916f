import type { Exchange } from '../endpoint/exchange.js';
import type { LongPollingOptions } from './long-polling.js';
import type { TokenForm } from './token-form.js';

/** Milliseconds from a request that was held to its answer, at most. */
const maxTotal = 29_000;

/** Milliseconds for which a client's assertion must still be valid when Authlete sees it. */
const assertionMargin = 5000;

/**
 * Polls that wait for the decision about their transaction before Authlete is asked. Authlete's answer is then the one that the
 * client waits for, and a poll, its client assertion and its DPoP proof are used once, as without holding.
 */
export class HeldPolls {
  /** The poll of each transaction. */
  private readonly held = new Map<string, Exchange>();
  private readonly options: LongPollingOptions;
  private readonly count: (change: number) => void;
  private readonly unwatch: () => void;
  private closed = false;

  /** @param count called with how many more, or fewer, are held */
  constructor(options: LongPollingOptions, count: (change: number) => void) {
    this.count = count;
    this.options = options;
    this.unwatch = options.signal.watch({ decided: (id) => this.held.get(id)?.resume(), lost: () => this.letAllGo() });
  }

  /**
   * Holds a poll for a transaction that waits for its decision.
   *
   * @returns resolves when Authlete should be asked; undefined if it should be asked at once. It rejects with `Interrupted`
   * when the client leaves meanwhile.
   */
  hold(exchange: Exchange, { transaction, assertionExpiresAt }: TokenForm): Promise<void> | undefined {
    if (transaction === undefined || this.closed) return undefined;
    const { hold = 20_000, maxHeld = 10_000, signal } = this.options;
    const timeLeft = signal.timeLeft(transaction);
    if (timeLeft === undefined) return undefined;
    const good = assertionExpiresAt === undefined ? hold : assertionExpiresAt - Date.now() - assertionMargin;
    const within = Math.min(hold, timeLeft, good);
    if (within <= 0) return undefined;
    // A client that polls again has given up its earlier poll.
    this.held.get(transaction)?.resume();
    if (this.held.size >= maxHeld) return undefined;

    this.held.set(transaction, exchange);
    this.count(1);
    // Called as soon as the hold ends, so that the place is free for the next poll.
    return exchange.hold(within, maxTotal, () => {
      this.held.delete(transaction);
      this.count(-1);
    });
  }

  /** Ends all holds, and holds no poll from now on. */
  close(): void {
    this.closed = true;
    this.unwatch();
    this.letAllGo();
  }

  private letAllGo(): void {
    for (const exchange of this.held.values()) exchange.resume();
  }
}
