/** The part of a `Pool` of `pg` that is used, declared here so that hosts without PostgreSQL need not install `pg`. */
export interface Pool {
  connect(): Promise<PoolClient>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'connect', listener: (client: PoolClient) => void): unknown;
}

/** One connection of a {@link Pool}. */
export interface PoolClient {
  /** Process id of the server's session, as the server or a pooler gave it. */
  readonly processID?: number | null | undefined;
  query(text: string, values?: unknown[]): Promise<QueryResult>;
  on(event: 'notification', listener: (message: { channel: string; payload?: string | undefined }) => void): unknown;
  on(event: 'error' | 'end', listener: (error?: Error) => void): unknown;
  off(event: 'error', listener: (error?: Error) => void): unknown;
  release(destroy?: boolean): void;
}

/** What a query gave, as in pg. */
export interface QueryResult {
  // biome-ignore lint/suspicious/noExplicitAny: as in pg
  rows: any[];
  rowCount: number | null;
}

const heard = new WeakSet<Pool>();

/** @throws TypeError */
export function requirePool(pool: unknown): asserts pool is Pool {
  for (const method of ['connect', 'on'] as const) {
    if (typeof (pool as Partial<Pool> | null | undefined)?.[method] === 'function') continue;
    throw new TypeError(`pool must be a Pool of the package \`pg\`: it has no method ${method}()`);
  }
  const given = pool as Pool;
  if (heard.has(given)) return;
  heard.add(given);
  // Without a listener, the end of an idle connection would end the process. The next statement reports the failure.
  given.on('error', ignore);
  // A server that stops may end a connection in the packet that opens it: before whoever asked for it can listen.
  given.on('connect', (client) => {
    client.on('error', ignore);
    setImmediate(() => client.off('error', ignore));
  });
}

function ignore(): void {}
