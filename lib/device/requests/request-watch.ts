import type { RowStore } from '../../stores/store.js';

/** Milliseconds after which a request is read again where the store has no `watch`. */
const lookPeriod = 1000;

/** Waits for changes of requests, made by whichever process. */
export interface RequestWatch {
  /**
   * Resolves when the request may have changed, at the latest after so many milliseconds: to `true`, and to `false` when
   * nobody is to wait any more.
   */
  nextChange(id: string, ms: number): Promise<boolean>;
  /** Lets everybody go who waits. */
  close(): void;
}

export function requestWatch(store: RowStore): RequestWatch {
  const waiting = new Map<string, Set<() => void>>();
  let unwatch: (() => void) | undefined;
  let isClosed = false;

  function changed(kind: string, id: string): void {
    if (kind === 'request') for (const wake of [...(waiting.get(id) ?? [])]) wake();
  }

  return {
    nextChange(id, ms) {
      if (isClosed) return Promise.resolve(false);
      // Not before somebody waits: with PostgreSQL it takes a connection.
      unwatch ??= store.watch?.(changed);
      return new Promise((resolve) => {
        const timer = setTimeout(wake, store.watch ? ms : Math.min(ms, lookPeriod)).unref();
        function wake(): void {
          clearTimeout(timer);
          const others = waiting.get(id);
          others?.delete(wake);
          if (others?.size === 0) waiting.delete(id);
          resolve(!isClosed);
        }
        waiting.set(id, (waiting.get(id) ?? new Set()).add(wake));
      });
    },
    close() {
      isClosed = true;
      unwatch?.();
      for (const wakes of [...waiting.values()]) for (const wake of [...wakes]) wake();
    },
  };
}
