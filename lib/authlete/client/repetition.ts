import { setTimeout as wait } from 'node:timers/promises';

/** Of the time that a call has left, what waiting may take: the answer needs some, too. */
const waitingShare = 0.75;

/** Milliseconds over which repetitions are spread at least: everybody was told the same moment. */
const minSpread = 1_000;

/** For every so many calls that wait, repetitions are spread over as long again. */
const waitingPerSpread = 100;

/** The calls of one client that were refused for now (429, 503) and wait to be made again. */
export class Repetitions {
  private waiting = 0;
  private readonly closing = new AbortController();

  /**
   * Waits as long as the other side asked for, and then some, left to chance: the longer, the more calls wait, so that a
   * limit that was passed is not passed again by the same calls.
   *
   * @param retryAfter milliseconds that the other side asked for
   * @param left milliseconds in which the answer is of use
   * @returns whether to make the call again: not when that would not end well inside the time, nor after `close()`
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
