import { type Pool, requirePool } from './pool.js';
import { inTransaction, type Run } from './statements.js';

/** Where the tables are. */
export interface SchemaOptions {
  /** Schema of the database, `public` by default. It must exist. */
  schema?: string | undefined;
}

/** The history of the tables of one purpose. */
export interface Migrations {
  /** Names them in messages. */
  purpose: string;
  /** The table that records which steps have been run. */
  table: string;
  /** Each is run once, in this order, and never changed again: new ones are added at the end. */
  steps: readonly ((schema: string) => string)[];
}

/** Key of the advisory lock: two processes that start at once migrate one after the other. */
const lock = 4_213_370_011;

/** Milliseconds for each step: the tables may be large by then. */
const maxStep = 600_000;

/** Runs what has not been run yet. @returns the version that the tables have now */
export async function migrate(
  pool: Pool,
  options: SchemaOptions,
  { purpose, table, steps }: Migrations,
): Promise<number> {
  requirePool(pool);
  const schema = quotedSchema(options.schema);
  const runSteps = async (run: Run) => {
    await run('SELECT pg_advisory_xact_lock($1)', [lock]);
    await run(
      `CREATE TABLE IF NOT EXISTS ${schema}.${table} (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`,
    );
    const { rows } = await run(`SELECT max(version) AS version FROM ${schema}.${table}`);
    const version = Number(rows[0]?.version ?? 0);
    if (version > steps.length) {
      throw new Error(`the tables of ${purpose} have version ${version}: a newer ciba-backchannel made them`);
    }
    for (const [index, step] of steps.entries()) {
      if (index < version) continue;
      await run(step(schema));
      await run(`INSERT INTO ${schema}.${table} (version) VALUES ($1)`, [index + 1]);
    }
    return steps.length;
  };
  return inTransaction(pool, runSteps, maxStep);
}

/** @throws TypeError */
export function quotedSchema(schema: unknown = 'public'): string {
  if (typeof schema !== 'string' || !/^[a-z_][a-z\d_]{0,62}$/i.test(schema)) {
    throw new TypeError('schema must be the name of a schema: letters, digits and underscores');
  }
  return `"${schema}"`;
}

/** Runs a statement on a table; if that is missing, the error says which function makes it. */
export async function onTable<T>(table: string, migration: string, statement: () => Promise<T>): Promise<T> {
  try {
    return await statement();
  } catch (error) {
    const { code } = error as { code?: unknown };
    // undefined_table, undefined_column, invalid_schema_name
    if (code !== '42P01' && code !== '42703' && code !== '3F000') throw error;
    const advice = `run ${migration}() when you deploy, by a role that may create tables`;
    const message = `${table} does not exist, or is older than this ciba-backchannel: ${advice}`;
    throw Object.assign(new Error(message, { cause: error }), { code: 'ERR_TABLE_MISSING' });
  }
}
