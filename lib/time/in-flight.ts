import type { Deadline } from './deadline.js';

/** The work that a `close()` has to wait for. */
export interface InFlight {
  /** Counts until the function that it returns is called. */
  begin(): () => void;
  /** Counts the work until it settles. Somebody else must handle its rejection. */
  track(work: Promise<unknown>): void;
  /** Resolves when nothing is under way, or at the deadline, to how much is still under way. */
  idle(deadline?: Deadline): Promise<number>;
}

export function inFlight(): InFlight {
  let count = 0;
  const waiting = new Set<() => void>();

  function done(): void {
    count -= 1;
    if (count === 0) for (const resolve of waiting) resolve();
  }

  function begin(): () => void {
    count += 1;
    return done;
  }

  return {
    begin,
    track(work) {
      work.then(begin(), done);
    },
    idle(deadline) {
      if (count === 0) return Promise.resolve(0);
      return new Promise((resolve) => {
        const unwatch = deadline?.onPassed(finish);
        function finish(): void {
          unwatch?.();
          waiting.delete(finish);
          resolve(count);
        }
        waiting.add(finish);
      });
    },
  };
}
