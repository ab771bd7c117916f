import { requireKnownOptions } from '../options/known-options.js';
import type { Row, RowLimits, RowStore } from '../stores/store.js';
import { guardedLogger } from '../telemetry/logger.js';
import { Listener } from './listener.js';
import { type Pool, requirePool } from './pool.js';
import { type Migrations, migrate, onTable, quotedSchema, type SchemaOptions } from './schema.js';
import { inTransaction, type Run, statements } from './statements.js';

/** Options of {@link postgresStore}. */
export interface PostgresStoreOptions extends SchemaOptions {
  /** Part of the table's name, `ciba_<name>_rows`: lower-case letters, digits and underscores; default `'client'`. */
  name?: string | undefined;
}

const columns = 'kind, id, owner, owner_group, data, version, open, due_at, expires_at';
const values = '$1, $2, $3, $4, $5, $6, $7, $8, $9';

/** The channel on which processes tell each other which rows have changed. */
const channel = 'ciba_rows';

/**
 * Creates the table of {@link postgresStore}, or brings it up to date: run it when you deploy a new version of this
 * package, with a role that may create tables. It may run again and again. The store itself needs only
 * `SELECT`, `INSERT`, `UPDATE` and `DELETE` on the table.
 *
 * @returns the version that the table has now
 * @throws TypeError when `pool` is not a pool, or an option is wrong; Error when the table is newer than this package
 * @example
 * ```ts
 * await migrateStore(new Pool({ connectionString: process.env.MIGRATION_URL }));
 * ```
 */
export async function migrateStore(pool: Pool, options: PostgresStoreOptions = {}): Promise<number> {
  requireKnownOptions(options, { schema: true, name: true }, 'migrateStore');
  return migrate(pool, options, migrations(requireName(options.name)));
}

/**
 * Creates or updates the table of {@link postgresDeviceStore}, `ciba_device_rows`, as {@link migrateStore} does.
 *
 * @example
 * ```ts
 * await migrateDeviceStore(new Pool({ connectionString: process.env.MIGRATION_URL }));
 * ```
 */
export async function migrateDeviceStore(pool: Pool, options: SchemaOptions = {}): Promise<number> {
  requireKnownOptions(options, { schema: true }, 'migrateDeviceStore');
  return migrate(pool, options, migrations('device'));
}

/**
 * The store of `cibaClient` in PostgreSQL. {@link migrateStore} makes its table. Rows are sealed before they come here:
 * the database never holds anything that can be read.
 *
 * @param pool a `Pool` of the package `pg`; the host must end it
 * @throws TypeError when it is not a pool, or an option is wrong
 * @example
 * ```ts
 * const pool = new Pool({ connectionString: process.env.DATABASE_URL, query_timeout: 5_000 });
 * const approvals = cibaClient({ config, mode: 'ping', keys: [process.env.APPROVAL_KEY], store: postgresStore(pool) });
 * ```
 */
export function postgresStore(pool: Pool, options: PostgresStoreOptions = {}): RowStore {
  requireKnownOptions(options, { schema: true, name: true }, 'postgresStore');
  return rowStore(pool, options, requireName(options.name), 'migrateStore');
}

/**
 * The store of `authenticationDevice` in PostgreSQL. {@link migrateDeviceStore} makes its table. Rows are sealed before
 * they come here: the database never holds anything that can be read, and nobody can approve anything by writing to it.
 *
 * @param pool a `Pool` of the package `pg`; the host must end it
 * @throws TypeError when it is not a pool, or an option is wrong
 * @example
 * ```ts
 * const pool = new Pool({ connectionString: process.env.DATABASE_URL, query_timeout: 5_000 });
 * const phone = authenticationDevice({ store: postgresDeviceStore(pool), keys: [process.env.DEVICE_KEY], ... });
 * ```
 */
export function postgresDeviceStore(pool: Pool, options: SchemaOptions = {}): RowStore {
  requireKnownOptions(options, { schema: true }, 'postgresDeviceStore');
  return rowStore(pool, options, 'device', 'migrateDeviceStore');
}

function migrations(name: string): Migrations {
  const table = `ciba_${name}_rows`;
  return {
    purpose: `the store \`${name}\``,
    table: `ciba_${name}_migrations`,
    steps: [
      (schema) => `
        CREATE TABLE ${schema}.${table} (
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
        CREATE INDEX ${table}_owner ON ${schema}.${table} (owner, kind);
        CREATE INDEX ${table}_due ON ${schema}.${table} (due_at) WHERE due_at IS NOT NULL;
        CREATE INDEX ${table}_expires ON ${schema}.${table} (expires_at) WHERE expires_at IS NOT NULL;
      `,
    ],
  };
}

/** @throws TypeError */
function requireName(name: unknown = 'client'): string {
  if (typeof name === 'string' && /^[a-z\d_]{1,40}$/.test(name)) return name;
  throw new TypeError('name must be made of lower-case letters, digits and underscores, 40 at most');
}

function rowStore(pool: Pool, { schema }: SchemaOptions, name: string, migration: string): RowStore {
  requirePool(pool);
  const table = `${quotedSchema(schema)}.ciba_${name}_rows`;
  const onRows = <T>(statement: () => Promise<T>) => onTable(`the table ${table}`, migration, statement);
  const one = statements(pool);
  const run: Run = (text, given) => onRows(() => one(text, given));
  /** A statement that changes rows, and announces each. */
  const telling = (write: string) =>
    `WITH changed AS (${write} RETURNING kind, id)
     SELECT pg_notify('${channel}', '${table} ' || kind || ' ' || id) FROM changed`;
  const insertion = telling(`INSERT INTO ${table} (${columns}) VALUES (${values}) ON CONFLICT DO NOTHING`);
  const watchers = new Set<(kind: string, id: string) => void>();
  let listener: Listener | undefined;

  async function select(where: string, given: unknown[]): Promise<Row[]> {
    const { rows } = await run(`SELECT ${columns} FROM ${table} WHERE ${where}`, given);
    return rows.map(rowOf);
  }

  async function insertBy(runs: Run, row: Row): Promise<'inserted' | 'exists'> {
    const { rows } = await runs(insertion, valuesOf(row));
    return rows.length === 1 ? 'inserted' : 'exists';
  }

  /** One at a time for each owner: otherwise two that count at once would both find room for one more. */
  function insertWithin(row: Row, now: number, { perOwner, perGroup = Number.MAX_SAFE_INTEGER }: RowLimits) {
    return inTransaction(pool, async (runs) => {
      await runs('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`${table} ${row.kind} ${row.owner}`]);
      const { rows } = await runs(
        `SELECT count(*) AS owned, count(*) FILTER (WHERE owner_group = $4) AS grouped,
           EXISTS (SELECT FROM ${table} WHERE kind = $2 AND id = $5) AS "exists"
         FROM ${table} WHERE owner = $1 AND kind = $2 AND open AND (expires_at IS NULL OR expires_at > $3)`,
        [row.owner, row.kind, Math.floor(now), row.group, row.id],
      );
      const { owned, grouped, exists } = rows[0];
      // An existing row does not count as one more.
      if (exists) return 'exists';
      const isFull = Number(owned) >= perOwner || Number(grouped) >= perGroup;
      return isFull ? 'full' : insertBy(runs, row);
    });
  }

  function heard(payload: string): void {
    const [place, kind, id] = payload.split(' ');
    if (place !== table || kind === undefined || id === undefined) return;
    for (const watcher of watchers) watcher(kind, id);
  }

  return {
    insert: (row, now, limits) =>
      limits === undefined ? insertBy(run, row) : onRows(() => insertWithin(row, now, limits)),
    async find(kind, id) {
      const [row] = await select('kind = $1 AND id = $2', [kind, id]);
      return row;
    },
    list: (kind, owners) => select('owner = ANY($2) AND kind = $1', [kind, owners]),
    async replace(row) {
      const replacement = telling(
        `UPDATE ${table} SET owner = $3, owner_group = $4, data = $5, version = $6, open = $7, due_at = $8, expires_at = $9
         WHERE kind = $1 AND id = $2 AND version = $6 - 1`,
      );
      const { rows } = await run(replacement, valuesOf(row));
      return rows.length === 1;
    },
    async remove(kind, id) {
      const { rows } = await run(telling(`DELETE FROM ${table} WHERE kind = $1 AND id = $2`), [kind, id]);
      return rows.length === 1;
    },
    due: (kind, now, max) =>
      select('kind = $1 AND due_at <= $2 AND (expires_at IS NULL OR expires_at > $2) ORDER BY due_at LIMIT $3', [
        kind,
        Math.floor(now),
        max,
      ]),
    async sweep(before) {
      await run(`DELETE FROM ${table} WHERE expires_at <= $1`, [Math.floor(before)]);
    },
    page: (after, max) =>
      select('(kind, id) > ($1, $2) ORDER BY kind, id LIMIT $3', [after?.kind ?? '', after?.id ?? '', max]),
    watch(watcher) {
      const own: typeof watcher = (kind, id) => watcher(kind, id);
      watchers.add(own);
      listener ??= new Listener(pool, channel, { heard }, guardedLogger(undefined));
      return () => {
        watchers.delete(own);
        if (watchers.size > 0) return;
        listener?.close();
        listener = undefined;
      };
    },
  };
}

/** Rounds times, since the columns take whole numbers only. */
function valuesOf({ kind, id, owner, group, data, version, open, dueAt, expiresAt }: Row): unknown[] {
  const whole = (time: number | null) => (time === null ? null : Math.round(time));
  return [kind, id, owner, group, data, version, open, whole(dueAt), whole(expiresAt)];
}

/** pg gives 64-bit integers as strings. */
// biome-ignore lint/suspicious/noExplicitAny: as pg gives it
function rowOf({ owner_group, due_at, expires_at, ...row }: any): Row {
  const time = (value: string | number | null) => (value === null ? null : Number(value));
  return { ...row, group: owner_group, dueAt: time(due_at), expiresAt: time(expires_at) };
}
