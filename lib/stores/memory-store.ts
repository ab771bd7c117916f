import type { Row, RowStore } from './store.js';

const made = new WeakSet<object>();

export function isMemoryStore(store: RowStore): boolean {
  return made.has(store);
}

/** Maximum number of rows; beyond it the store is `full`. */
const maxRows = 100_000;

/**
 * A {@link RowStore} in the process's memory, for development and tests: its rows are lost when the process ends, and other
 * processes do not see them. It holds at most 100,000 rows. `ciba-backchannel/device` exports it as `memoryDeviceStore`.
 *
 * @example
 * ```ts
 * const phone = authenticationDevice({ store: memoryDeviceStore(), ... });
 * ```
 */
export function memoryStore(): RowStore {
  const rows = new Map<string, Row>();
  const listeners = new Set<(kind: string, id: string) => void>();
  const changed = ({ kind, id }: Pick<Row, 'kind' | 'id'>) => {
    for (const listener of listeners) listener(kind, id);
  };
  const key = ({ kind, id }: Pick<Row, 'kind' | 'id'>) => `${kind} ${id}`;

  const store: RowStore = {
    async insert(row, now, limits) {
      if (rows.has(key(row))) return 'exists';
      if (rows.size >= maxRows) return 'full';
      if (limits) {
        const counted = [...rows.values()].filter(
          ({ kind, owner, open, expiresAt }) =>
            kind === row.kind && owner === row.owner && open && (expiresAt === null || expiresAt > now),
        );
        if (counted.length >= limits.perOwner) return 'full';
        const { perGroup = Number.POSITIVE_INFINITY } = limits;
        if (counted.filter(({ group }) => group === row.group).length >= perGroup) return 'full';
      }
      rows.set(key(row), { ...row });
      changed(row);
      return 'inserted';
    },
    async find(kind, id) {
      const row = rows.get(key({ kind, id }));
      return row && { ...row };
    },
    async list(kind, owners) {
      return [...rows.values()].filter((row) => row.kind === kind && owners.includes(row.owner)).map(copy);
    },
    async replace(row) {
      if (rows.get(key(row))?.version !== row.version - 1) return false;
      rows.set(key(row), { ...row });
      changed(row);
      return true;
    },
    async remove(kind, id) {
      const removed = rows.delete(key({ kind, id }));
      if (removed) changed({ kind, id });
      return removed;
    },
    async due(kind, now, max) {
      return [...rows.values()]
        .filter((row) => row.kind === kind)
        .filter(({ dueAt, expiresAt }) => dueAt !== null && dueAt <= now && (expiresAt === null || expiresAt > now))
        .sort((a, b) => (a.dueAt as number) - (b.dueAt as number))
        .slice(0, max)
        .map(copy);
    },
    async sweep(before) {
      for (const [name, { expiresAt }] of rows) {
        if (expiresAt !== null && expiresAt <= before) rows.delete(name);
      }
    },
    async page(after, max) {
      const start = after === undefined ? '' : key(after);
      const keys = [...rows.keys()].filter((name) => name > start).sort();
      return keys.slice(0, max).map((name) => copy(rows.get(name) as Row));
    },
    watch(listener) {
      const own: typeof listener = (kind, id) => listener(kind, id);
      listeners.add(own);
      return () => listeners.delete(own);
    },
  };
  made.add(store);
  return store;
}

function copy(row: Row): Row {
  return { ...row };
}
