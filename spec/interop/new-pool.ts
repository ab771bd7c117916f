import pg from 'pg';

/** Connections to PostgreSQL that the server may cut at any time. */
export function newPool(connectionString: string, options: pg.PoolConfig = {}): pg.Pool {
  const pool = new pg.Pool({ connectionString, ...options });
  pool.on('error', () => {});
  return pool;
}
