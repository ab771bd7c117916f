import type { ServerResponse } from 'node:http';
import { isClosed, onClose } from './connection.js';

/** Why nobody waits for the result any longer. */
export type Interruption = 'deadline' | 'gone';

/** Thrown by {@link Exchange.until} in the middle of a step. */
export class Interrupted extends Error {
  readonly interruption: Interruption;

  constructor(interruption: Interruption) {
    super(interruption === 'gone' ? 'the client went away' : 'the deadline has passed');
    // What listeners of an AbortSignal look for.
    this.name = interruption === 'gone' ? 'AbortError' : 'TimeoutError';
    this.interruption = interruption;
  }
}

/** One HTTP request and its answer: until the client goes away or the deadline passes. */
export interface Exchange {
  /** Aborted, with an {@link Interrupted} as its reason, when the exchange is interrupted. Made when asked for. */
  readonly signal: AbortSignal;
  readonly interruption: Interruption | undefined;
  /**
   * Settles as `work` does, unless the exchange is interrupted before: then it rejects with {@link Interrupted}. For one
   * step after the other, not for two at a time.
   */
  until<T>(work: T | PromiseLike<T>): Promise<Awaited<T>>;
  /** Stops the clock: the answer is decided. */
  end(): void;
}

/** @param timeout milliseconds */
export function openExchange(res: ServerResponse, timeout: number): Exchange {
  let reason: Interrupted | undefined;
  let abandon: ((reason: Interrupted) => void) | undefined;
  let controller: AbortController | undefined;

  function interrupt(interruption: Interruption): void {
    end();
    reason = new Interrupted(interruption);
    abandon?.(reason);
    controller?.abort(reason);
  }
  function end(): void {
    clearTimeout(timer);
    unwatch();
  }

  const timer = setTimeout(interrupt, timeout, 'deadline');
  // The request emits `close` as soon as its body is read, so it is the response that tells of the client.
  const unwatch = onClose(res, () => {
    if (!res.writableFinished) interrupt('gone');
  });
  if (isClosed(res)) interrupt('gone');

  return {
    // Most requests do without, and an AbortController costs as much as parsing the request.
    get signal() {
      controller ??= new AbortController();
      if (reason) controller.abort(reason);
      return controller.signal;
    },
    get interruption() {
      return reason?.interruption;
    },
    until(work) {
      return new Promise((resolve, reject) => {
        abandon = reject;
        // Before the work is looked at: what is interrupted already does not go on.
        if (reason) reject(reason);
        Promise.resolve(work).then(resolve, reject);
      });
    },
    end,
  };
}
