import { setTimeout as wait } from 'node:timers/promises';

/** The share of a call's remaining time that waiting may take: the answer needs some, too. */
const waitingShare = 0.75;

/** Repetitions are spread over at least this many milliseconds, since all calls were told to wait for the same moment. */
const minSpread = 1_000;

/** The spread grows by its initial length for each group of this many waiting calls. */
const waitingPerSpread = 100;

/** The calls of one client that were refused temporarily (429, 503) and wait to be repeated. */
export class Repetitions {
  private waiting = 0;
  private readonly closing = new AbortController();

  /**
   * Waits as long as the other side asked for, plus a random time. The more calls are waiting, the longer the random time
   * may be, so that they do not exceed the limit again together.
   *
   * @param retryAfter milliseconds that the other side asked for
   * @param left milliseconds for which the answer is still useful
   * @returns whether to repeat the call: `false` if there is too little time for that, and after `close()`
   * @throws the signal's reason when that is aborted
   */
  async wait(retryAfter: number, left: number, signal: AbortSignal | undefined): Promise<boolean> {
    const room = waitingShare * left - retryAfter;
    if (room < 0) return false;
    const spread = Math.max(retryAfter, minSpread) * (1 + this.waiting / waitingPerSpread);
    const either = AbortSignal.any([this.closing.signal, ...(signal ? [signal] : [])]);
    this.waiting += 1;
    try {
      await wait(retryAfter + Math.random() * Math.min(room, spread), undefined, { signal: either });
      return true;
    } catch {
      signal?.throwIfAborted();
      return false;
    } finally {
      this.waiting -= 1;
    }
  }

  /** Ends every wait. */
  close(): void {
    this.closing.abort();
  }
}
