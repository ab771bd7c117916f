import { keyedHash } from '../seal/keyed-hash.js';
import { type SealKey, seals } from '../seal/seals.js';
import type { Logger } from '../telemetry/logger.js';
import type { Row, RowLimits, RowStore } from './store.js';

/** The kinds of rows, and what is sealed in each. */
type Kind<C> = keyof C & string;

/** A row, unsealed. */
export interface SealedEntry<C, K extends Kind<C> = Kind<C>> {
  readonly kind: K;
  readonly id: string;
  readonly subject: string;
  readonly version: number;
  readonly contents: C[K];
  /** The client's part of the limits. */
  readonly client?: string;
  readonly open: boolean;
  readonly dueAt: number | null;
  readonly expiresAt: number | null;
}

/** What a new row may leave out. */
export type NewSealedEntry<C, K extends Kind<C> = Kind<C>> = Pick<
  SealedEntry<C, K>,
  'kind' | 'id' | 'subject' | 'contents'
> &
  Partial<Pick<SealedEntry<C, K>, 'client' | 'open' | 'dueAt' | 'expiresAt'>>;

/** A store that seals and unseals its rows. A row that cannot be unsealed is logged, and treated as absent. */
export interface SealedRows<C> {
  insert<K extends Kind<C>>(entry: NewSealedEntry<C, K>, limits?: RowLimits): Promise<'inserted' | 'exists' | 'full'>;
  find<K extends Kind<C>>(kind: K, id: string): Promise<SealedEntry<C, K> | undefined>;
  list<K extends Kind<C>>(kind: K, subject: string): Promise<SealedEntry<C, K>[]>;
  /** Compare and set. @returns the entry as it is now, or `undefined` when somebody else was first */
  replace<K extends Kind<C>>(
    entry: SealedEntry<C, K>,
    values: Partial<Pick<SealedEntry<C, K>, 'contents' | 'open' | 'dueAt' | 'expiresAt'>>,
  ): Promise<SealedEntry<C, K> | undefined>;
  remove(entry: SealedEntry<C, Kind<C>>): Promise<boolean>;
  due<K extends Kind<C>>(kind: K, max: number): Promise<SealedEntry<C, K>[]>;
  sweep(before: number): Promise<void>;
}

interface Sealed<C, K extends Kind<C>> {
  kind: K;
  id: string;
  subject: string;
  version: number;
  client?: string;
  expiresAt: number | null;
  contents: C[K];
}

/** @param purpose what the rows are for, such as `device`: a row that is sealed for one purpose cannot be opened for another */
export function sealedRows<C>(
  store: RowStore,
  keys: readonly SealKey[],
  purpose: string,
  logger: Logger,
): SealedRows<C> {
  const { seal, unseal } = seals(keys, `${purpose} row`, 'keys');
  const hash = keyedHash(keys, `${purpose} owner`);

  function rowOf<K extends Kind<C>>(entry: SealedEntry<C, K>): Row {
    const { kind, id, subject, version, client, contents, open, dueAt, expiresAt } = entry;
    const sealed: Sealed<C, K> = { kind, id, subject, version, ...(client && { client }), expiresAt, contents };
    const group = client === undefined ? null : hash(subject, client);
    const data = seal(JSON.stringify(sealed));
    return { kind, id, owner: hash(subject), group, data, version, open, dueAt, expiresAt };
  }

  /** The sealed values must equal the row's columns: an attacker could copy rows or change columns. */
  function entryOf<K extends Kind<C>>(kind: K, row: Row): SealedEntry<C, K> | undefined {
    const { id, open, dueAt } = row;
    try {
      const { contents, ...bound } = JSON.parse(unseal(row.data)) as Sealed<C, K>;
      const { subject, version, expiresAt } = bound;
      const isSame =
        bound.kind === kind && bound.id === id && version === row.version && hash.all(subject).includes(row.owner);
      if (!isSame) throw new Error('the row was sealed for another place');
      return { ...bound, contents, open, dueAt, expiresAt };
    } catch (error) {
      logger.error('a row of the store cannot be used: it was changed, or its key is no longer among keys', {
        purpose,
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
    async replace(entry, values) {
      const next = { ...entry, ...values, version: entry.version + 1 };
      return (await store.replace(rowOf(next))) ? next : undefined;
    },
    remove: ({ kind, id }) => store.remove(kind, id),
    async due(kind, max) {
      const found = await store.due(kind, Date.now(), max);
      return found.flatMap((row) => entryOf(kind, row) ?? []);
    },
    sweep: (before) => store.sweep(before),
  };
}
