import { maxTimeout } from '../options/checks.js';

/** How the jobs end that are lost with this process. While there are some, the process is kept alive. */
export interface LocalEnds<T> {
  /** @returns when the job has ended, however it did */
  of(id: string): Promise<T>;
  ended(id: string, end: T): void;
}

export function localEnds<T>(): LocalEnds<T> {
  const waiting = new Map<string, (end: T) => void>();
  let holdsProcess: NodeJS.Timeout | undefined;

  return {
    of(id) {
      holdsProcess ??= setInterval(() => {}, maxTimeout);
      return new Promise((resolve) => waiting.set(id, resolve));
    },
    ended(id, end) {
      waiting.get(id)?.(end);
      waiting.delete(id);
      if (waiting.size > 0) return;
      clearInterval(holdsProcess);
      holdsProcess = undefined;
    },
  };
}
