import type { Limiter } from './limiter.js';

interface Count {
  consumedPoints: number;
  /** Milliseconds, on the clock of `performance.now()`. */
  endsAt: number;
}

/**
 * Counts in the memory of this process, each key from its first point until `duration` is over. Refuses nothing: the caller
 * compares the count.
 *
 * @param duration seconds, the same for every key, so that counts end in the order in which they began
 */
export function memoryLimiter(duration: number): Limiter {
  const counts = new Map<string, Count>();

  function current(key: string): Count | undefined {
    const now = performance.now();
    for (const [ended, { endsAt }] of counts) {
      if (endsAt > now) break;
      counts.delete(ended);
    }
    return counts.get(key);
  }

  return {
    async consume(key, points) {
      const count = current(key) ?? { consumedPoints: 0, endsAt: performance.now() + duration * 1000 };
      count.consumedPoints += points;
      counts.set(key, count);
      return count;
    },
    async reward(key, points) {
      const count = current(key);
      if (count) count.consumedPoints -= points;
    },
  };
}
