/** What the device store uses of a `Pool` of `pg`. */
export interface DevicePool {
  query(text: string, values?: unknown[]): Promise<DeviceQueryResult>;
  connect(): Promise<DevicePoolClient>;
}

export interface DevicePoolClient {
  query(text: string, values?: unknown[]): Promise<DeviceQueryResult>;
  release(destroy?: boolean): void;
}

export interface DeviceQueryResult {
  // biome-ignore lint/suspicious/noExplicitAny: as in pg
  rows: any[];
  rowCount: number | null;
}

/** @throws TypeError */
export function requireDevicePool(pool: unknown): asserts pool is DevicePool {
  for (const method of ['query', 'connect'] as const) {
    if (typeof (pool as Partial<DevicePool> | null | undefined)?.[method] !== 'function') {
      throw new TypeError(`pool must be a Pool of the package \`pg\`: it has no method ${method}()`);
    }
  }
}

/** Runs `work` in a transaction. A connection that cannot end one is thrown away. */
export async function inTransaction<T>(pool: DevicePool, work: (client: DevicePoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let isBroken = false;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {
      isBroken = true;
    });
    throw error;
  } finally {
    client.release(isBroken);
  }
}
