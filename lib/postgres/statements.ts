import { withTimeLimit } from '../time/time-limit.js';
import type { Pool, PoolClient, QueryResult } from './pool.js';

/** Milliseconds for a connection, and for the answer to a statement: a failover may send nothing at all. */
export const maxAnswer = 5000;

/** Milliseconds for which a transaction may wait for this process's next statement, while others wait for its locks. */
const maxIdle = maxAnswer / 2;

/** Runs a statement. */
export type Run = (text: string, values?: unknown[]) => Promise<QueryResult>;

/**
 * Takes a connection from the pool.
 *
 * @throws Error when none comes in time; one that comes too late goes back
 */
export async function takeClient(pool: Pool): Promise<PoolClient> {
  const coming = pool.connect();
  try {
    return await inTime(maxAnswer, () => coming);
  } catch (error) {
    coming.then((client) => client.release()).catch(() => {});
    throw error;
  }
}

/** Stops waiting for an answer that does not come. The connection is then in an unknown state: end it. */
export function inTime<T>(limit: number, answer: () => Promise<T>): Promise<T> {
  return withTimeLimit(limit, answer, () => new Error(`PostgreSQL has not answered within ${limit} ms`));
}

/** Runs each statement by itself, on any connection, so that this process never holds locks between two of them. */
export function statements(pool: Pool): Run {
  return (text, values) => withClient(pool, (client) => inTime(maxAnswer, () => client.query(text, values)));
}

/**
 * Runs several statements in a transaction, which PostgreSQL ends if this machine stands still.
 *
 * @param limit milliseconds for each statement
 */
export function inTransaction<T>(pool: Pool, work: (run: Run) => Promise<T>, limit = maxAnswer): Promise<T> {
  return withClient(pool, async (client) => {
    const run: Run = (text, values) => inTime(limit, () => client.query(text, values));
    // `LOCAL`, since a pooler may give the session to somebody else afterwards.
    await run(
      `BEGIN; SET LOCAL statement_timeout = ${limit}; SET LOCAL idle_in_transaction_session_timeout = ${maxIdle}`,
    );
    const result = await work(run);
    await run('COMMIT');
    return result;
  });
}

/** A connection on which something has failed is ended, and with it its open transaction. */
async function withClient<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await takeClient(pool);
  // Without a listener, an `error` would end the process. The statement under way fails too; more errors may come after the end.
  const ignore = () => {};
  client.on('error', ignore);
  let isUsable = false;
  try {
    const result = await work(client);
    isUsable = true;
    return result;
  } finally {
    if (isUsable) client.off('error', ignore);
    client.release(!isUsable);
  }
}
