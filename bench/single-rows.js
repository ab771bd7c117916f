// A process that does to PostgreSQL what a decision has to, as plainly as can be: three statements of one row, each
// committed by itself, on as many connections as decisions are made at the same time.

import { randomUUID } from 'node:crypto';
import { newPool } from './pool.js';

const { database } = JSON.parse(process.env.BENCH_DECIDER);
const pool = newPool(database, { max: 16 });
const data = 'x'.repeat(700);
await pool.query(
  'CREATE TABLE IF NOT EXISTS bench_row (id uuid PRIMARY KEY, stage smallint, data text, due_at bigint); CREATE INDEX IF NOT EXISTS bench_row_due ON bench_row (stage, due_at)',
);

async function decide() {
  const id = randomUUID();
  await pool.query('INSERT INTO bench_row VALUES ($1, 1, $2, $3)', [id, data, Date.now()]);
  await pool.query('UPDATE bench_row SET stage = 2, data = $2, due_at = $3 WHERE id = $1', [id, data, Date.now()]);
  await pool.query('DELETE FROM bench_row WHERE id = $1', [id]);
}

process.on('message', async ({ decisions, concurrency }) => {
  let left = decisions;
  const cpu = process.cpuUsage();
  const begun = performance.now();
  const one = async () => {
    for (; left > 0; left -= 1) await decide();
  };
  await Promise.all(Array.from({ length: concurrency }, one));
  const seconds = (performance.now() - begun) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  process.send({ seconds, cpu: (user + system) / decisions, decidedAt: [], windows: [], commits: 3 });
});
process.on('disconnect', () => process.exit());
process.send({ ready: true });
