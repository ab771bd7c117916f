/** One connection of a {@link Pool}. */
export interface PoolClient {
  query(text: string, values?: unknown[]): Promise<unknown>;
  on(event: 'notification', listener: (message: { channel: string; payload?: string }) => void): unknown;
  on(event: 'error' | 'end', listener: (error?: Error) => void): unknown;
  release(destroy?: boolean): void;
}

/** What is used of a `Pool` of `pg`, written down here so that `pg` need not be installed where it is not used. */
export interface Pool {
  connect(): Promise<PoolClient>;
}

/** @throws TypeError */
export function requirePool(pool: unknown): asserts pool is Pool {
  if (typeof (pool as Partial<Pool> | null | undefined)?.connect === 'function') return;
  throw new TypeError('pool must be a Pool of the package `pg`: it has no method connect()');
}
