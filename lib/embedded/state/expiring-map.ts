/** What an {@link ExpiringMap} holds. */
export interface Expiring {
  /** Milliseconds since the epoch; from then on it is gone. */
  readonly expiresAt: number;
  /** Number of characters that clients and the server sent in it. Default 0. It does not change. */
  readonly size?: number;
}

/** Characters that an entry may have on average, so that the maximum number of entries also limits memory. */
const meanSize = 4096;
/** Maps with fewer entries are not searched for expired ones. */
const minSweep = 64;

/** A map of bounded size whose entries expire. */
export interface ExpiringMap<V extends Expiring> {
  get(key: string): V | undefined;
  /** `false`, and nothing is stored, when the map is full of valid entries. */
  set(key: string, value: V): boolean;
  delete(key: string): void;
  /** Whether there is no room for one more entry of that size. */
  full(size?: number): boolean;
  /** The valid entries. */
  entries(): Iterable<[string, V]>;
}

/**
 * An {@link ExpiringMap}. There is no timer: expired entries are removed each time the map has doubled its size, and when
 * room is needed.
 *
 * @param maxEntries the map holds at most so many entries, and 4096 times as many characters
 * @param now milliseconds since the epoch
 * @param onExpired called for each entry that expires
 */
export function expiringMap<V extends Expiring>(
  maxEntries: number,
  now: () => number,
  onExpired: (key: string, value: V) => void = () => {},
): ExpiringMap<V> {
  const entries = new Map<string, V>();
  let size = 0;
  let sweepAt = minSweep;
  let nothingExpiresBefore = 0;

  function remove(key: string): void {
    size -= entries.get(key)?.size ?? 0;
    entries.delete(key);
  }

  function expire(key: string, value: V): void {
    remove(key);
    onExpired(key, value);
  }

  function sweep(time: number): void {
    let earliest = Number.POSITIVE_INFINITY;
    for (const [key, value] of entries) {
      if (value.expiresAt <= time) expire(key, value);
      else if (value.expiresAt < earliest) earliest = value.expiresAt;
    }
    nothingExpiresBefore = earliest;
    sweepAt = Math.max(minSweep, 2 * entries.size);
  }

  function hasRoom(added: number): boolean {
    return entries.size < maxEntries && size + added <= maxEntries * meanSize;
  }

  function full(added = 0): boolean {
    if (hasRoom(added)) return false;
    const time = now();
    if (time >= nothingExpiresBefore) sweep(time);
    return !hasRoom(added);
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
      const added = value.size ?? 0;
      if (entries.has(key)) size -= entries.get(key)?.size ?? 0;
      else if (full(added)) return false;
      else if (entries.size >= sweepAt) sweep(now());
      entries.set(key, value);
      size += added;
      if (value.expiresAt < nothingExpiresBefore) nothingExpiresBefore = value.expiresAt;
      return true;
    },
    delete: remove,
    *entries() {
      const time = now();
      for (const entry of entries) if (entry[1].expiresAt > time) yield entry;
    },
  };
}
