// A process that looks for work in PostgreSQL, while more and more jobs wait that are not due.

import { randomUUID } from 'node:crypto';
import { migrateQueue } from 'ciba-backchannel/postgres';
import { jobRows } from '../lib/postgres/job-rows.ts';
import { statements } from '../lib/postgres/statements.ts';
import { newPool } from './pool.js';

const pool = newPool(process.env.BENCH_DATABASE);
await migrateQueue(pool);
const run = statements(pool);
const rows = jobRows(run, '"public"', 'looks');
const take = (from = rows) => from.take('looker', [20, 20, 20], 20_000);
const looks = 300;
let stored = 0;

async function fill(waiting) {
  const data = 'x'.repeat(1000);
  for (; stored < waiting; stored += 1000) {
    const dueAt = Date.now() + 600_000;
    const jobs = Array.from({ length: 1000 }, (_, i) => ({
      id: randomUUID(),
      stage: 0,
      data,
      dueAt: dueAt + i,
      expiresAt: dueAt + 10_000,
    }));
    await rows.put('endpoint', jobs);
  }
}

/** Milliseconds of each look: one statement. */
async function times() {
  const all = [];
  for (let i = 0; i < looks; i += 1) {
    const begun = performance.now();
    const { jobs } = await take();
    all.push(performance.now() - begun);
    if (jobs.length > 0) throw new Error('nothing is due here');
  }
  return all;
}

/** Pages that PostgreSQL reads for a look. */
async function pages() {
  let read;
  const explain = async (text, values) => {
    const explained = await run(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, values);
    read = explained.rows[0]['QUERY PLAN'][0].Plan['Shared Hit Blocks'];
    return { rows: [] };
  };
  await take(jobRows(explain, '"public"', 'looks'));
  return read;
}

process.on('message', async ({ waiting, analyze }) => {
  await fill(waiting);
  // As autovacuum does within a minute.
  if (analyze) await pool.query('ANALYZE');
  await times();
  process.send({ times: await times(), pages: await pages() });
});
process.on('disconnect', () => process.exit());
process.send({ ready: true });
