// Makes the tables. Your deployment runs it, with a role that may create them; the servers' role may not.

import { migrateDeviceStore, migrateQueue } from 'ciba-backchannel/postgres';
import pg from 'pg';
import { RateLimiterPostgres } from 'rate-limiter-flexible';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
await migrateQueue(pool);
await migrateDeviceStore(pool);
await new Promise<void>((resolve, reject) => {
  const options = { storeClient: pool, tableName: 'bank_prompt', points: 10, duration: 600 };
  new RateLimiterPostgres(options, (error) => (error ? reject(error) : resolve()));
});
await pool.query(`
  CREATE TABLE IF NOT EXISTS bank_session (sid varchar PRIMARY KEY, sess json NOT NULL, expire timestamp(6) NOT NULL);
  CREATE INDEX IF NOT EXISTS bank_session_expire ON bank_session (expire);
  CREATE TABLE IF NOT EXISTS bank_payment (token bytea PRIMARY KEY, subject text NOT NULL, payment json NOT NULL);
  CREATE TABLE IF NOT EXISTS bank_audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    kind text NOT NULL,
    record json NOT NULL
  )`);
await pool.end();
