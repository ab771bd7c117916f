import type { Job, JobQueue } from '../jobs/queue.js';
import { batches } from './batches.js';
import { onTable } from './schema.js';
import type { Run } from './statements.js';

/** The result of one look. */
export interface Look {
  jobs: Job[];
  /** Milliseconds until the next row that waits is due; absent when none waits. */
  nextIn: number | undefined;
}

/** The rows of one queue. */
export interface JobRows extends Pick<JobQueue, 'put' | 'keep' | 'end'> {
  /** Takes due rows for one lease, of each stage as many as there are places for it. */
  take(owner: string, places: readonly number[], lease: number): Promise<Look>;
}

/** The database's clock, which all processes share; whole milliseconds since the epoch. */
const now = '(extract(epoch FROM statement_timestamp()) * 1000)::bigint';

type Owned = Job & { owner: string };

/** @param run runs a statement in a transaction of its own */
export function jobRows(run: Run, schema: string, queue: string): JobRows {
  const table = `${schema}.ciba_job`;
  const statement = (text: string, values: unknown[]) =>
    onTable(`the table ${table}`, 'migrateQueue', () => run(text, values));

  /** The parameters $2 to $7, as rows. */
  const given = `(SELECT id, stage, owner, data, ${now} + due_in AS due_at, expires_at
    FROM unnest($2::uuid[], $3::smallint[], $4::text[], $5::text[], $6::bigint[], $7::bigint[])
    AS given (id, stage, owner, data, due_in, expires_at))`;
  const puts = `INSERT INTO ${table} AS stored (queue, id, stage, owner, data, due_at, expires_at)
    SELECT $1, * FROM ${given} AS given
    ON CONFLICT (queue, id) DO UPDATE SET stage = excluded.stage, owner = excluded.owner, data = excluded.data,
      due_at = excluded.due_at, expires_at = excluded.expires_at
    WHERE stored.stage < excluded.stage OR stored.stage = excluded.stage AND stored.owner = excluded.owner
    RETURNING id`;
  // Rows are locked in the order of their ids, which joins do not promise.
  const keeps = `WITH kept AS (
      SELECT stored.id, given.data, given.due_at, given.expires_at FROM ${table} AS stored JOIN ${given} AS given
      ON stored.queue = $1 AND stored.id = given.id AND stored.stage = given.stage AND stored.owner = given.owner
      ORDER BY stored.id FOR UPDATE OF stored)
    UPDATE ${table} AS stored SET data = kept.data, due_at = kept.due_at, expires_at = kept.expires_at
    FROM kept WHERE stored.queue = $1 AND stored.id = kept.id RETURNING stored.id`;
  const ends = `WITH ended AS (
      SELECT stored.id FROM ${table} AS stored JOIN unnest($2::uuid[], $3::smallint[]) AS given (id, stage)
      ON stored.queue = $1 AND stored.id = given.id AND stored.stage <= given.stage
      ORDER BY stored.id FOR UPDATE OF stored)
    DELETE FROM ${table} AS stored USING ended WHERE stored.queue = $1 AND stored.id = ended.id RETURNING stored.id`;
  const takes = `WITH due AS (
      SELECT due.id FROM unnest($2::smallint[], $3::integer[]) AS free (stage, places), LATERAL (
        SELECT id FROM ${table} WHERE queue = $1 AND stage = free.stage AND due_at <= ${now}
        ORDER BY due_at LIMIT free.places FOR UPDATE SKIP LOCKED) AS due),
    taken AS (
      UPDATE ${table} AS stored SET owner = $4, due_at = ${now} + $5 FROM due WHERE stored.queue = $1 AND stored.id = due.id
      RETURNING stored.id, stored.stage, stored.data, stored.expires_at)
    SELECT id, stage, data, expires_at, NULL AS next_in FROM taken
    UNION ALL
    SELECT NULL, NULL, NULL, NULL, min(next.due_at) - ${now} FROM unnest($2::smallint[]) AS stages (stage), LATERAL (
      SELECT due_at FROM ${table} WHERE queue = $1 AND stage = stages.stage AND due_at > ${now}
      ORDER BY due_at LIMIT 1) AS next`;

  /** Runs a statement that returns the ids of the rows that it changes. As one text, they cost `pg` less than as rows. */
  async function changed(changes: string, values: unknown[]): Promise<string[]> {
    const text = `WITH changed AS (${changes}) SELECT string_agg(id::text, ' ') AS ids FROM changed`;
    const { rows } = await statement(text, values);
    return rows[0].ids?.split(' ') ?? [];
  }

  const written = (changes: string) => (rows: Owned[]) => {
    // Due times are by this machine's clock, so what is stored is how far away they are.
    const here = Date.now();
    return changed(changes, [
      queue,
      array(rows, ({ id }) => quoted(id)),
      array(rows, ({ stage }) => stage),
      array(rows, ({ owner }) => quoted(owner)),
      array(rows, ({ data }) => quoted(data)),
      array(rows, ({ dueAt }) => Math.max(0, Math.ceil(dueAt - here))),
      array(rows, ({ expiresAt }) => Math.round(expiresAt)),
    ]);
  };

  // Notifications do not wait behind decisions: until they are stored, nobody else can deliver them.
  const [putNotification, putOther] = [batches(written(puts)), batches(written(puts))];
  const keep = batches(written(keeps));
  const end = batches((rows: Pick<Job, 'id' | 'stage'>[]) =>
    changed(ends, [queue, array(rows, ({ id }) => quoted(id)), array(rows, ({ stage }) => stage)]),
  );
  const owned = (owner: string, { id, stage, data, dueAt, expiresAt }: Job): Owned => {
    return { id, stage, owner, data, dueAt, expiresAt };
  };

  return {
    put: (owner, jobs) => each(jobs, (job) => (job.stage === 2 ? putNotification : putOther)(owned(owner, job))),
    keep: (owner, jobs) => each(jobs, (job) => keep(owned(owner, job))),
    end: (jobs) => each(jobs, end),
    async take(owner, places, lease) {
      const dueAt = Date.now() + lease;
      const stages = places.map((_, stage) => stage);
      const { rows } = await statement(takes, [queue, stages, places, owner, lease]);
      const jobs = rows.flatMap(({ id, stage, data, expires_at }) =>
        id === null ? [] : { id, stage, data, dueAt, expiresAt: Number(expires_at) },
      );
      const { next_in } = rows.find(({ id }) => id === null) ?? {};
      return { jobs, nextIn: next_in == null ? undefined : Number(next_in) };
    },
  };
}

/** @returns the ids of the rows for which something was done */
async function each<R extends { id: string }>(
  rows: readonly R[],
  change: (row: R) => Promise<boolean>,
): Promise<string[]> {
  const done = await Promise.all(rows.map(change));
  return rows.flatMap(({ id }, i) => (done[i] ? id : []));
}

/** An array as PostgreSQL writes it: `pg` would search the sealed data for characters to escape, and there are none. */
function array<R>(rows: readonly R[], of: (row: R) => string | number): string {
  return `{${rows.map(of).join(',')}}`;
}

function quoted(text: string): string {
  return `"${/["\\]/.test(text) ? text.replace(/["\\]/g, '\\$&') : text}"`;
}
