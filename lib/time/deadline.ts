import { maxTimeout } from '../options/checks.js';

/**
 * The end of a wait, by the monotonic clock: changes of the wall clock do not move it. It may be brought forward, never
 * postponed.
 *
 * @example
 * ```ts
 * const deadline = new Deadline(10_000);
 * deadline.bringForward(200);
 * ```
 */
export class Deadline {
  private at: number;
  private readonly listeners = new Set<() => void>();

  /** @param within milliseconds from now */
  constructor(within: number) {
    this.at = performance.now() + within;
  }

  /** Milliseconds that are left; 0 when it has passed. */
  get remaining(): number {
    return Math.max(0, this.at - performance.now());
  }

  /** Another deadline. @param by milliseconds after this one, which may have passed */
  later(by: number): Deadline {
    return new Deadline(this.at + by - performance.now());
  }

  /** @param within milliseconds from now; more than are left change nothing */
  bringForward(within: number): void {
    this.at = Math.min(this.at, performance.now() + within);
    for (const listener of [...this.listeners]) listener();
  }

  /**
   * Calls back once, when it has passed.
   *
   * @returns a function that stops watching
   */
  onPassed(callback: () => void): () => void {
    let timer: NodeJS.Timeout;
    const watch = () => {
      clearTimeout(timer);
      timer = setTimeout(pass, Math.min(this.remaining, maxTimeout));
    };
    const stop = () => {
      clearTimeout(timer);
      this.listeners.delete(watch);
    };
    const pass = () => {
      stop();
      callback();
    };
    this.listeners.add(watch);
    watch();
    return stop;
  }
}
