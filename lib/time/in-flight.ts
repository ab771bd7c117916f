/** The work that a `close()` has to wait for. */
export interface InFlight {
  /** Counts the work until it settles, however it does; it must not reject unheard. */
  track(work: Promise<unknown>): void;
  /** Resolves when nothing is under way any more, or at the deadline (milliseconds since the epoch). */
  idle(deadline: number): Promise<void>;
}

export function inFlight(): InFlight {
  let count = 0;
  const waiting = new Set<() => void>();

  function done(): void {
    count -= 1;
    if (count === 0) for (const resolve of waiting) resolve();
  }

  return {
    track(work) {
      count += 1;
      work.then(done, done);
    },
    idle(deadline) {
      if (count === 0) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = setTimeout(finish, Math.max(0, deadline - Date.now()));
        function finish(): void {
          clearTimeout(timer);
          waiting.delete(finish);
          resolve();
        }
        waiting.add(finish);
      });
    },
  };
}
