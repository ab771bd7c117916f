/**
 * A row of a {@link RowStore}. Its content is sealed inside `data`, with copies of all other members that anything depends
 * on; ids, owners and groups are hashes and reveal nothing.
 */
export interface Row {
  /** What it is about: `request` or `passkey` of the phone, `approval` of the client. */
  kind: string;
  /** Unique among the rows of a kind. At most 43 characters of the base64url alphabet. */
  id: string;
  /** The user: rows of one user have the same owner, except those that were written with an earlier key. Base64url. */
  owner: string;
  /** The user and the client, of a request. Base64url. */
  group: string | null;
  /** Sealed, a compact JWE. A few hundred bytes as a rule; that of a request may have 200 kB. */
  data: string;
  /** 1 in a new row, one more with each replacement. */
  version: number;
  /** Whether the row counts towards the limits: a request that waits, every phone and passkey. */
  open: boolean;
  /** When a process has to work on it again, whole milliseconds since the epoch; `null`: never. */
  dueAt: number | null;
  /** From then on it neither counts nor is due, whole milliseconds since the epoch; `null`: never. */
  expiresAt: number | null;
}

/** How many open rows of the new row's kind there may be, the new one included. */
export interface RowLimits {
  perOwner: number;
  /** Of the same owner and group. */
  perGroup?: number | undefined;
}

/**
 * Where sealed rows are kept: those of the phone, and those of the client. The package has a store in memory and one in
 * PostgreSQL (`ciba-backchannel/postgres`); yours has to keep these promises, which the package's own specs check:
 *
 * - A write that has resolved survives a crash of the process (except in memory), and every other process sees it at once.
 * - `insert` and `replace` are atomic: of two calls at the same time, in whatever processes, one comes first.
 * - A method that cannot do its work rejects. Nothing is stored then.
 */
export interface RowStore {
  /**
   * Stores a new row.
   *
   * @returns `exists` when there is one of this kind and id, expired or not; `full` when it would exceed a limit. Nothing
   * is stored then.
   */
  insert(row: Row, now: number, limits?: RowLimits): Promise<'inserted' | 'exists' | 'full'>;
  /** @returns the row, expired or not, until it is removed */
  find(kind: string, id: string): Promise<Row | undefined>;
  /** @returns the rows of the kind whose owner is one of those, in any order, expired or not */
  list(kind: string, owners: readonly string[]): Promise<Row[]>;
  /**
   * Compare and set: replaces the row with the same kind and id, provided that its version is one less.
   *
   * @returns whether it was replaced
   */
  replace(row: Row): Promise<boolean>;
  /** @returns whether there was one */
  remove(kind: string, id: string): Promise<boolean>;
  /** @returns rows of the kind with `dueAt <= now < expiresAt`, those that have been due for the longest time first */
  due(kind: string, now: number, max: number): Promise<Row[]>;
  /** Removes the rows with `expiresAt <= before`. Called about every minute. */
  sweep(before: number): Promise<void>;
  /**
   * Rows of all kinds, expired or not, in an order of kind and id that stays the same. Optional: `resealDeviceStore` needs it.
   *
   * @param after the last row of the page before; without it the first page
   * @returns at most `max` rows; none when there are no more
   */
  page?(after: Pick<Row, 'kind' | 'id'> | undefined, max: number): Promise<Row[]>;
  /**
   * Calls `listener` for rows that were inserted, replaced or removed, by any process, until the returned function is
   * called. A call is only a hint: it may come late, twice or never. Optional: without it, rows are read again after a while.
   */
  watch?(listener: (kind: string, id: string) => void): () => void;
}
