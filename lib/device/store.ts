/** What a row is about. */
export type DeviceRowKind =
  /** A browser that a user has made a phone of. */
  | 'phone'
  /** A WebAuthn credential. */
  | 'passkey'
  /** A transaction that the user is asked about. */
  | 'request'
  /** The challenge of a ceremony that has been used up. */
  | 'challenge';

/**
 * A row of a {@link DeviceStore}. What it says is sealed inside `data`, the other members too as far as anything depends
 * on them; ids, owners and groups are hashes and tell nothing.
 */
export interface DeviceRow {
  kind: DeviceRowKind;
  /** Unique among the rows of a kind. At most 43 characters of the base64url alphabet. */
  id: string;
  /** The user: rows of one user have the same owner, but for those that were written with an earlier key. Base64url. */
  owner: string;
  /** The user and the client, of a request. Base64url. */
  group: string | null;
  /** Sealed, a compact JWE. A few hundred bytes as a rule; that of a request may have 200 kB. */
  data: string;
  /** 1 in a new row, one more with each replacement. */
  version: number;
  /** Whether the row counts towards the limits: a request that waits, every phone and passkey. */
  open: boolean;
  /** When some process has to look after it again, milliseconds since the epoch; `null`: never. */
  dueAt: number | null;
  /** From then on it neither counts nor is due, milliseconds since the epoch; `null`: never. */
  expiresAt: number | null;
}

/** How many open rows of the new row's kind there may be, the new one included. */
export interface DeviceRowLimits {
  perOwner: number;
  /** Of the same owner and group. */
  perGroup?: number;
}

/**
 * Where phones, passkeys and requests are kept. {@link memoryDeviceStore} and `postgresDeviceStore` of
 * `ciba-backchannel/postgres` are two; others have to keep these promises, which the package's own specs check:
 *
 * - Whatever has resolved survives a crash of the process (but in memory), and every other process sees it at once.
 * - `insert` and `replace` are atomic: of two calls at the same time, in whatever processes, one comes first.
 * - A method that cannot do its work rejects. Nothing is stored then.
 */
export interface DeviceStore {
  /**
   * Stores a new row.
   *
   * @returns `exists` when there is one of this kind and id, expired or not; `full` when it would exceed a limit. Nothing
   * is stored then.
   */
  insert(row: DeviceRow, now: number, limits?: DeviceRowLimits): Promise<'inserted' | 'exists' | 'full'>;
  /** @returns the row, expired or not, until it is removed */
  find(kind: DeviceRowKind, id: string): Promise<DeviceRow | undefined>;
  /** @returns the rows of the kind whose owner is one of those, in any order, expired or not */
  list(kind: DeviceRowKind, owners: readonly string[]): Promise<DeviceRow[]>;
  /**
   * Compare and set: puts the row in the place of the one with the same kind and id, provided that its version is one
   * less.
   *
   * @returns whether it did
   */
  replace(row: DeviceRow): Promise<boolean>;
  /** @returns whether there was one */
  remove(kind: DeviceRowKind, id: string): Promise<boolean>;
  /** @returns rows with `dueAt <= now < expiresAt`, those that are due for the longest time first */
  due(now: number, max: number): Promise<DeviceRow[]>;
  /** Removes the rows with `expiresAt <= before`. Called about every minute. */
  sweep(before: number): Promise<void>;
}
