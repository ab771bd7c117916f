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
  /** Aborted, with an {@link Interrupted} as its reason, when the exchange is interrupted. */
  readonly signal: AbortSignal;
  readonly interruption: Interruption | undefined;
  /** Settles as `work` does, unless the exchange is interrupted before: then it rejects with {@link Interrupted}. */
  until<T>(work: T | PromiseLike<T>): Promise<Awaited<T>>;
  /** Stops the clock: the answer is decided. */
  end(): void;
}

/** @param timeout milliseconds */
export function openExchange(res: ServerResponse, timeout: number): Exchange {
  const controller = new AbortController();
  let interruption: Interruption | undefined;
  let abandon: (reason: Interrupted) => void = () => {};
  const interrupted = new Promise<never>((_, reject) => {
    abandon = reject;
  });
  interrupted.catch(() => {});

  function interrupt(kind: Interruption): void {
    end();
    interruption = kind;
    const reason = new Interrupted(kind);
    abandon(reason);
    controller.abort(reason);
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
    signal: controller.signal,
    get interruption() {
      return interruption;
    },
    // In this order: what is interrupted already does not go on.
    until: (work) => Promise.race([interrupted, work]),
    end,
  };
}
