import type { RowStore } from '../../stores/store.js';

/** Milliseconds after which a request is read again if the store has no `watch`. */
const lookPeriod = 1000;

/** Waits for changes of requests, whichever process makes them. */
export interface RequestWatch {
  /**
   * Resolves to `true` when the request may have changed, after `ms` milliseconds at the latest; to `false` once the watch
   * is closed.
   */
  nextChange(id: string, ms: number): Promise<boolean>;
  /** Ends every wait. */
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
      // Begun only when somebody waits, since with PostgreSQL it takes up a connection.
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
