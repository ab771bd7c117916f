import { type DevicePool, inTransaction } from './device-pool.js';

/** Where the tables are. */
export interface DeviceSchemaOptions {
  /** Schema of the database, `public` by default. It has to be there. */
  schema?: string;
}

/** Each is run once, in this order, and never changed again: what is new is added at the end. */
const migrations: readonly ((schema: string) => string)[] = [
  (schema) => `
    CREATE TABLE ${schema}.ciba_device_rows (
      kind text NOT NULL,
      id text NOT NULL,
      owner text NOT NULL,
      owner_group text,
      data text NOT NULL,
      version integer NOT NULL,
      open boolean NOT NULL,
      due_at bigint,
      expires_at bigint,
      PRIMARY KEY (kind, id)
    );
    CREATE INDEX ciba_device_rows_owner ON ${schema}.ciba_device_rows (owner, kind);
    CREATE INDEX ciba_device_rows_due ON ${schema}.ciba_device_rows (due_at) WHERE due_at IS NOT NULL;
    CREATE INDEX ciba_device_rows_expires ON ${schema}.ciba_device_rows (expires_at) WHERE expires_at IS NOT NULL;
  `,
];

/** Key of the advisory lock: two processes that start at once migrate one after the other. */
const lock = 4_213_370_011;

/**
 * Creates the tables of {@link postgresDeviceStore}, or brings them up to date: run it before a new version of this package
 * serves, by a role that may create tables. What has been done already is not done again. The store itself needs
 * `SELECT`, `INSERT`, `UPDATE` and `DELETE` on `ciba_device_rows`, nothing more.
 *
 * @returns the version that the tables have now
 * @throws Error when they are newer than this version of the package
 * @example
 * ```ts
 * await migrateDeviceStore(new Pool({ connectionString: process.env.MIGRATION_URL }));
 * ```
 */
export async function migrateDeviceStore(pool: DevicePool, options: DeviceSchemaOptions = {}): Promise<number> {
  const schema = quotedSchema(options);
  return inTransaction(pool, async (client) => {
    await client.query('SELECT pg_advisory_xact_lock($1)', [lock]);
    await client.query(
      `CREATE TABLE IF NOT EXISTS ${schema}.ciba_device_migrations (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`,
    );
    const { rows } = await client.query(`SELECT max(version) AS version FROM ${schema}.ciba_device_migrations`);
    const version = Number(rows[0]?.version ?? 0);
    if (version > migrations.length) {
      throw new Error(`the tables of the device store have version ${version}: a newer ciba-backchannel made them`);
    }
    for (const [index, migration] of migrations.entries()) {
      if (index < version) continue;
      await client.query(migration(schema));
      await client.query(`INSERT INTO ${schema}.ciba_device_migrations (version) VALUES ($1)`, [index + 1]);
    }
    return migrations.length;
  });
}

/** @throws TypeError */
export function quotedSchema({ schema = 'public' }: DeviceSchemaOptions): string {
  if (typeof schema !== 'string' || !/^[a-z_][a-z\d_]{0,62}$/i.test(schema)) {
    throw new TypeError('schema must be the name of a schema: letters, digits and underscores');
  }
  return `"${schema}"`;
}
