// A process that looks for work in PostgreSQL, while more and more jobs wait that are not due.

import { randomUUID } from 'node:crypto';
import { postgresQueue } from 'ciba-backchannel/postgres';
import { JobRows } from '../dist/postgres/job-rows.js';
import { startBoss } from './boss.js';

const boss = await startBoss(process.env.BENCH_DATABASE);
const name = 'looks';
const queue = postgresQueue(boss, { name });
const rows = new JobRows(boss, name);
const looks = 300;
let stored = 0;

async function fill(waiting) {
  const data = 'x'.repeat(1000);
  for (; stored < waiting; stored += 1000) {
    const dueAt = Date.now() + 600_000;
    const jobs = Array.from({ length: 1000 }, (_, i) => ({
      id: randomUUID(),
      data,
      dueAt: dueAt + i,
      expiresAt: dueAt + 10_000,
    }));
    await queue.put(jobs);
  }
}

/** Milliseconds of each look: a transaction with one query. */
async function times() {
  const all = [];
  for (let i = 0; i < looks; i += 1) {
    const begun = performance.now();
    const jobs = await rows.take(20, 20_000);
    all.push(performance.now() - begun);
    if (jobs.length > 0) throw new Error('nothing is due here');
  }
  return all;
}

/** Pages that PostgreSQL reads for a look. */
async function pages() {
  const db = boss.getDb();
  const { beginTransaction } = db;
  let read;
  db.beginTransaction = async () => {
    const transaction = await beginTransaction.call(db);
    const executeSql = async (text, values) => {
      const explained = await transaction.db.executeSql(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, values);
      read = explained.rows[0]['QUERY PLAN'][0].Plan['Shared Hit Blocks'];
      return { rows: [] };
    };
    return { ...transaction, db: { executeSql } };
  };
  await rows.take(20, 20_000);
  db.beginTransaction = beginTransaction;
  return read;
}

process.on('message', async ({ waiting, analyze }) => {
  await fill(waiting);
  // As autovacuum does within a minute.
  if (analyze) await boss.getDb().executeSql('ANALYZE');
  await times();
  process.send({ times: await times(), pages: await pages() });
});
process.on('disconnect', () => process.exit());
process.send({ ready: true });
