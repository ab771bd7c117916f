import type { JobQueue } from '../jobs/queue.js';
import { optionalCount, optionalLogger, optionalTimeout } from '../options/checks.js';
import { type OptionNames, requireKnownOptions } from '../options/known-options.js';
import { guardedLogger, type LoggerOption } from '../telemetry/logger.js';
import { jobRows } from './job-rows.js';
import { type Pool, requirePool } from './pool.js';
import { type Migrations, migrate, quotedSchema, type SchemaOptions } from './schema.js';
import { statements } from './statements.js';
import { startWorker } from './worker.js';

/** Options of {@link postgresQueue}. */
export interface PostgresQueueOptions extends SchemaOptions {
  /** The name of this service, the same for all processes that share the work; default `'ciba'`. */
  name?: string | undefined;
  /** Milliseconds after which another process takes over a dead process's work; default 20,000. */
  lease?: number | undefined;
  /** Maximum number of rows of one stage that one process adopts at the same time; default 20. */
  concurrency?: number | undefined;
  /** Is told when the queue cannot be read. */
  logger?: LoggerOption | undefined;
}

const names: OptionNames<PostgresQueueOptions> = {
  name: true,
  schema: true,
  lease: true,
  concurrency: true,
  logger: true,
};

const migrations: Migrations = {
  purpose: 'the job queue',
  table: 'ciba_job_migrations',
  steps: [
    (schema) => `
      CREATE TABLE ${schema}.ciba_job (
        queue text NOT NULL,
        id uuid NOT NULL,
        stage smallint NOT NULL,
        owner text NOT NULL,
        data text NOT NULL,
        due_at bigint NOT NULL,
        expires_at bigint NOT NULL,
        PRIMARY KEY (queue, id)
      );
      CREATE INDEX ciba_job_due ON ${schema}.ciba_job (queue, stage, due_at);
    `,
  ],
};

/**
 * Creates the table of {@link postgresQueue}, `ciba_job`, or brings it up to date: run it when you deploy a new version of
 * this package, with a role that may create tables. It may run again and again. The queue itself needs only
 * `SELECT`, `INSERT`, `UPDATE` and `DELETE` on `ciba_job`.
 *
 * @returns the version that the table has now
 * @throws TypeError when `pool` is not a pool, or an option is wrong; Error when the table is newer than this package
 * @example
 * ```ts
 * await migrateQueue(new Pool({ connectionString: process.env.MIGRATION_URL }));
 * ```
 */
export async function migrateQueue(pool: Pool, options: SchemaOptions = {}): Promise<number> {
  requireKnownOptions(options, { schema: true }, 'migrateQueue');
  return migrate(pool, options, migrations);
}

/**
 * A job queue in PostgreSQL: decisions that `complete()` has taken and notifications on their way survive the process, and
 * any process that uses the same queue finishes what another has left undone. {@link migrateQueue} makes its table.
 *
 * The host ends the pool, after it has closed everything that uses the queue. Every statement is its own transaction,
 * so a pooler in front of the database may be in transaction mode.
 *
 * @param pool a `Pool` of the package `pg`
 * @throws TypeError that names the option, when one is wrong
 * @example
 * ```ts
 * const pool = new Pool({ connectionString: process.env.DATABASE_URL, query_timeout: 5_000 });
 * const ciba = cibaBackchannel({ authlete, handleKeys, queue: postgresQueue(pool), identifyUser, authenticate });
 * ```
 */
export function postgresQueue(pool: Pool, options: PostgresQueueOptions = {}): JobQueue {
  requirePool(pool);
  requireKnownOptions(options, names, 'postgresQueue');
  const { name = 'ciba', schema, lease, concurrency } = options;
  if (typeof name !== 'string' || name === '') throw new TypeError('name must be a string that is not empty');
  optionalTimeout(lease, 'lease', 100);
  optionalCount(concurrency, 'concurrency');
  optionalLogger(options.logger);
  const logger = guardedLogger(options.logger);
  const rows = jobRows(statements(pool), quotedSchema(schema), name);

  return {
    name,
    lease,
    concurrency,
    put: rows.put,
    keep: rows.keep,
    end: rows.end,
    work(owner, perform, limits) {
      const report = (error: unknown) => {
        const isMissing = (error as { code?: unknown } | null)?.code === 'ERR_TABLE_MISSING';
        logger.warn(
          'the job queue in PostgreSQL cannot be read; trying again',
          { error },
          isMissing ? 'host' : undefined,
        );
      };
      return startWorker(rows, owner, perform, limits, report);
    },
  };
}
