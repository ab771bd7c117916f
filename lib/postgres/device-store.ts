import { requireKnownOptions } from '../options/known-options.js';
import type { Row, RowLimits, RowStore } from '../stores/store.js';
import { type DevicePool, type DevicePoolClient, inTransaction, requireDevicePool } from './device-pool.js';
import { type DeviceSchemaOptions, quotedSchema } from './device-schema.js';

const columns = 'kind, id, owner, owner_group, data, version, open, due_at, expires_at';

/**
 * The store of `authenticationDevice` in PostgreSQL. {@link migrateDeviceStore} makes its tables. Rows are sealed before
 * they come here: the database never holds anything that can be read, and who can write it can approve nothing.
 *
 * @param pool a `Pool` of the package `pg`; it stays the host's to end
 * @throws TypeError when the pool is none, or an option is wrong
 * @example
 * ```ts
 * const pool = new Pool({ connectionString: process.env.DATABASE_URL });
 * const phone = authenticationDevice({ store: postgresDeviceStore(pool), keys: [process.env.DEVICE_KEY], ... });
 * ```
 */
export function postgresDeviceStore(pool: DevicePool, options: DeviceSchemaOptions = {}): RowStore {
  requireDevicePool(pool);
  requireKnownOptions(options, { schema: true }, 'postgresDeviceStore');
  const table = `${quotedSchema(options)}.ciba_device_rows`;

  async function select(where: string, values: unknown[]): Promise<Row[]> {
    const { rows } = await pool.query(`SELECT ${columns} FROM ${table} WHERE ${where}`, values);
    return rows.map(rowOf);
  }

  /** One at a time for each owner: otherwise two that count at once would both find room for one more. */
  async function insertWithin(row: Row, now: number, { perOwner, perGroup }: RowLimits) {
    return inTransaction(pool, async (client) => {
      await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`${row.kind} ${row.owner}`]);
      const { rows } = await client.query(
        `SELECT count(*) AS owned, count(*) FILTER (WHERE owner_group = $4) AS grouped FROM ${table}
         WHERE owner = $1 AND kind = $2 AND open AND (expires_at IS NULL OR expires_at > $3)`,
        [row.owner, row.kind, now, row.group],
      );
      const { owned, grouped } = rows[0];
      const isFull = Number(owned) >= perOwner || (perGroup !== undefined && Number(grouped) >= perGroup);
      return isFull ? 'full' : insert(client, row);
    });
  }

  async function insert(client: Pick<DevicePoolClient, 'query'>, row: Row): Promise<'inserted' | 'exists'> {
    const text = `INSERT INTO ${table} (${columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`;
    const { rowCount } = await client.query(text, valuesOf(row));
    return rowCount === 1 ? 'inserted' : 'exists';
  }

  return {
    async insert(row, now, limits) {
      if (limits === undefined) return insert(pool, row);
      // One that is there already is not one more.
      const outcome = await insertWithin(row, now, limits);
      return outcome === 'full' && (await this.find(row.kind, row.id)) ? 'exists' : outcome;
    },
    async find(kind, id) {
      const [row] = await select('kind = $1 AND id = $2', [kind, id]);
      return row;
    },
    list: (kind, owners) => select('owner = ANY($2) AND kind = $1', [kind, owners]),
    async replace(row) {
      const { rowCount } = await pool.query(
        `UPDATE ${table} SET owner = $3, owner_group = $4, data = $5, version = $6, open = $7, due_at = $8, expires_at = $9
         WHERE kind = $1 AND id = $2 AND version = $6 - 1`,
        valuesOf(row),
      );
      return rowCount === 1;
    },
    async remove(kind, id) {
      const { rowCount } = await pool.query(`DELETE FROM ${table} WHERE kind = $1 AND id = $2`, [kind, id]);
      return rowCount === 1;
    },
    due: (kind, now, max) =>
      select('kind = $1 AND due_at <= $2 AND (expires_at IS NULL OR expires_at > $2) ORDER BY due_at LIMIT $3', [
        kind,
        now,
        max,
      ]),
    async sweep(before) {
      await pool.query(`DELETE FROM ${table} WHERE expires_at <= $1`, [before]);
    },
  };
}

function valuesOf({ kind, id, owner, group, data, version, open, dueAt, expiresAt }: Row): unknown[] {
  return [kind, id, owner, group, data, version, open, dueAt, expiresAt];
}

/** pg gives 64-bit integers as strings. */
// biome-ignore lint/suspicious/noExplicitAny: as pg gives it
function rowOf({ owner_group, due_at, expires_at, ...row }: any): Row {
  return { ...row, group: owner_group, dueAt: timeOf(due_at), expiresAt: timeOf(expires_at) };
}

function timeOf(value: string | number | null): number | null {
  return value === null ? null : Number(value);
}
