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
  return new OpenExchange(res, timeout);
}

// A class for the sake of its getters: V8 makes a hidden class for every object literal that has getters, those outlive
// the minor collections, and with them every request that they can reach does. That was a quarter of all CPU time.
class OpenExchange implements Exchange {
  private reason: Interrupted | undefined;
  private abandon: ((reason: Interrupted) => void) | undefined;
  private controller: AbortController | undefined;
  private readonly timer: NodeJS.Timeout;
  private readonly unwatch: () => void;

  constructor(res: ServerResponse, timeout: number) {
    this.timer = setTimeout(OpenExchange.expire, timeout, this);
    // The request emits `close` as soon as its body is read, so it is the response that tells of the client.
    this.unwatch = onClose(res, () => {
      if (!res.writableFinished) this.interrupt('gone');
    });
    if (isClosed(res)) this.interrupt('gone');
  }

  private static expire(exchange: OpenExchange): void {
    exchange.interrupt('deadline');
  }

  // Most requests do without, and an AbortController costs as much as parsing the request.
  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    if (this.reason) this.controller.abort(this.reason);
    return this.controller.signal;
  }

  get interruption(): Interruption | undefined {
    return this.reason?.interruption;
  }

  until<T>(work: T | PromiseLike<T>): Promise<Awaited<T>> {
    return new Promise((resolve, reject) => {
      this.abandon = reject;
      // Before the work is looked at: what is interrupted already does not go on.
      if (this.reason) reject(this.reason);
      Promise.resolve(work).then(resolve, reject);
    });
  }

  end(): void {
    clearTimeout(this.timer);
    this.unwatch();
  }

  private interrupt(interruption: Interruption): void {
    this.end();
    this.reason = new Interrupted(interruption);
    this.abandon?.(this.reason);
    this.controller?.abort(this.reason);
  }
}
