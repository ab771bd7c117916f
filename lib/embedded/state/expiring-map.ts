/** What an {@link ExpiringMap} holds. */
export interface Expiring {
  /** Milliseconds since the epoch; from then on it is gone. */
  readonly expiresAt: number;
}

/** A map of bounded size whose entries expire. */
export interface ExpiringMap<V extends Expiring> {
  get(key: string): V | undefined;
  /** `false`, and nothing stored, when the map is full of entries that live. */
  set(key: string, value: V): boolean;
  delete(key: string): void;
  full(): boolean;
}

/**
 * Makes an {@link ExpiringMap}. There is no timer: each `set` looks at the next two entries in turn, so that what has
 * expired goes as new entries come, and no `set` pays for all of it.
 *
 * @param limit most entries that it holds
 * @param now milliseconds since the epoch
 * @param onExpired is told of each entry that expires
 */
export function expiringMap<V extends Expiring>(
  limit: number,
  now: () => number,
  onExpired: (key: string, value: V) => void = () => {},
): ExpiringMap<V> {
  const entries = new Map<string, V>();
  let turn = entries.entries();
  let nothingExpiresBefore = 0;

  function expire(key: string, value: V): void {
    entries.delete(key);
    onExpired(key, value);
  }

  function sweepTwo(time: number): void {
    for (let looked = 0; looked < 2; looked += 1) {
      const next = turn.next();
      if (next.done) {
        turn = entries.entries();
        return;
      }
      const [key, value] = next.value;
      if (value.expiresAt <= time) expire(key, value);
    }
  }

  function sweepAll(time: number): void {
    let earliest = Number.POSITIVE_INFINITY;
    for (const [key, value] of entries) {
      if (value.expiresAt <= time) expire(key, value);
      else if (value.expiresAt < earliest) earliest = value.expiresAt;
    }
    nothingExpiresBefore = earliest;
  }

  function full(): boolean {
    if (entries.size < limit) return false;
    const time = now();
    if (time >= nothingExpiresBefore) sweepAll(time);
    return entries.size >= limit;
  }

  return {
    full,
    get(key) {
      const value = entries.get(key);
      if (value === undefined || value.expiresAt > now()) return value;
      expire(key, value);
      return undefined;
    },
    set(key, value) {
      if (full() && !entries.has(key)) return false;
      sweepTwo(now());
      entries.set(key, value);
      if (value.expiresAt < nothingExpiresBefore) nothingExpiresBefore = value.expiresAt;
      return true;
    },
    delete(key) {
      entries.delete(key);
    },
  };
}
