import { type SealKey, seals } from '../seal/seals.js';
import type { Logger } from '../telemetry/logger.js';
import type { Contents } from './contents.js';
import { keyedHash } from './keyed-hash.js';
import type { DeviceRow, DeviceRowKind, DeviceRowLimits, DeviceStore } from './store.js';

/** A row, opened. */
export interface Entry<K extends DeviceRowKind> {
  readonly kind: K;
  readonly id: string;
  readonly subject: string;
  readonly version: number;
  readonly contents: Contents[K];
  /** The client's part of the limits. */
  readonly client?: string;
  readonly open: boolean;
  readonly dueAt: number | null;
  readonly expiresAt: number | null;
}

/** What a new row may leave out. */
export type NewEntry<K extends DeviceRowKind> = Pick<Entry<K>, 'kind' | 'id' | 'subject' | 'contents'> &
  Partial<Pick<Entry<K>, 'client' | 'open' | 'dueAt' | 'expiresAt'>>;

/** The store, with seals: rows go in and come out as what they say. A row that is not ours is logged, and is not there. */
export interface Rows {
  insert<K extends DeviceRowKind>(
    entry: NewEntry<K>,
    limits?: DeviceRowLimits,
  ): Promise<'inserted' | 'exists' | 'full'>;
  find<K extends DeviceRowKind>(kind: K, id: string): Promise<Entry<K> | undefined>;
  list<K extends DeviceRowKind>(kind: K, subject: string): Promise<Entry<K>[]>;
  /** Compare and set. @returns the entry as it is now, or `undefined` when somebody else was first */
  replace<K extends DeviceRowKind>(
    entry: Entry<K>,
    changes: Partial<Pick<Entry<K>, 'contents' | 'open' | 'dueAt'>>,
  ): Promise<Entry<K> | undefined>;
  remove(entry: Entry<DeviceRowKind>): Promise<boolean>;
  due(max: number): Promise<Entry<'request'>[]>;
  sweep(before: number): Promise<void>;
}

interface Sealed<K extends DeviceRowKind> {
  kind: K;
  id: string;
  subject: string;
  version: number;
  client?: string;
  expiresAt: number | null;
  contents: Contents[K];
}

export function rows(store: DeviceStore, keys: readonly SealKey[], logger: Logger): Rows {
  const { seal, open } = seals(keys, 'device row', 'keys');
  const hash = keyedHash(keys, 'device owner');

  function rowOf<K extends DeviceRowKind>(entry: Entry<K>): DeviceRow {
    const { kind, id, subject, version, client, contents, open: counts, dueAt, expiresAt } = entry;
    const sealed: Sealed<K> = { kind, id, subject, version, ...(client && { client }), expiresAt, contents };
    const group = client === undefined ? null : hash(subject, client);
    const data = seal(JSON.stringify(sealed));
    return { kind, id, owner: hash(subject), group, data, version, open: counts, dueAt, expiresAt };
  }

  /** What is bound into the seal has to be what stands beside it: rows can be copied, and columns can be changed. */
  function entryOf<K extends DeviceRowKind>(kind: K, row: DeviceRow): Entry<K> | undefined {
    const { id, open: counts, dueAt } = row;
    try {
      const { contents, ...bound } = JSON.parse(open(row.data)) as Sealed<K>;
      const { subject, version, expiresAt } = bound;
      const isSame =
        bound.kind === kind && bound.id === id && version === row.version && hash.all(subject).includes(row.owner);
      if (!isSame) throw new Error('the row was sealed for another place');
      return { ...bound, contents, open: counts, dueAt, expiresAt };
    } catch (error) {
      logger.error('a row of the device store cannot be used: it was changed, or its key is no longer among keys', {
        kind,
        id,
        error,
      });
      return undefined;
    }
  }

  return {
    insert(entry, limits) {
      const row = rowOf({ version: 1, open: true, dueAt: null, expiresAt: null, ...entry });
      return store.insert(row, Date.now(), limits);
    },
    async find(kind, id) {
      const row = await store.find(kind, id);
      return row && entryOf(kind, row);
    },
    async list(kind, subject) {
      const found = await store.list(kind, hash.all(subject));
      return found.flatMap((row) => entryOf(kind, row) ?? []).filter((entry) => entry.subject === subject);
    },
    async replace(entry, changes) {
      const next = { ...entry, ...changes, version: entry.version + 1 };
      return (await store.replace(rowOf(next))) ? next : undefined;
    },
    remove: ({ kind, id }) => store.remove(kind, id),
    async due(max) {
      const found = await store.due(Date.now(), max);
      return found.flatMap((row) => (row.kind === 'request' ? (entryOf('request', row) ?? []) : []));
    },
    sweep: (before) => store.sweep(before),
  };
}
