import { afterAll, beforeAll } from '@jest/globals';
import type pg from 'pg';
import { newPool } from './new-pool.js';
import { type PostgresServer, startPostgres } from './postgres-server.js';

/** A PostgreSQL server, and a pool on it. Both are there while the specs run, not yet while they are defined. */
export interface SuiteDatabase {
  readonly server: PostgresServer;
  readonly pool: pg.Pool;
}

/** Starts a database for the specs of the `describe` that calls it. @param prepare makes the tables that they need */
export function suiteDatabase(prepare: (pool: pg.Pool) => Promise<unknown> = async () => {}): SuiteDatabase {
  const database = {} as { server: PostgresServer; pool: pg.Pool };
  beforeAll(async () => {
    database.server = await startPostgres();
    database.pool = newPool(database.server.url);
    await prepare(database.pool);
  });
  afterAll(async () => {
    await database.pool.end();
    await database.server.remove();
  });
  return database;
}
