import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Job, JobQueue, QueueWork } from 'ciba-backchannel';
import { postgresQueue } from 'ciba-backchannel/postgres';
import { PgBoss } from 'pg-boss';
import { deferred } from '../support/deferred.js';
import { describeWith } from '../support/describe-with.js';
import { describeQueue, lease } from '../support/queue-rules.js';
import { type PostgresServer, startPostgres } from './postgres-server.js';
import { pgBoss } from './requirements.js';

type Transactions = Required<Pick<ReturnType<PgBoss['getDb']>, 'beginTransaction'>>;

function job(from: Partial<Job> = {}): Job {
  const now = Date.now();
  return { id: randomUUID(), data: 'sealed', dueAt: now, expiresAt: now + 120_000, ...from };
}

describeWith(pgBoss, 'postgresQueue', () => {
  let server: PostgresServer;
  let boss: PgBoss;
  let errors: string[];
  beforeAll(async () => {
    server = await startPostgres();
    boss = await start();
  });
  afterAll(async () => {
    await boss.stop({ graceful: false });
    await server.remove();
  });

  let queue: JobQueue;
  let name: string;
  const works: QueueWork[] = [];
  beforeEach(() => {
    errors = [];
    name = randomUUID();
    queue = postgresQueue(boss, { name });
  });
  afterEach(async () => {
    await Promise.all(works.splice(0).map((work) => work.stop(0)));
  });

  async function start(): Promise<PgBoss> {
    const started = new PgBoss({ connectionString: server.url, supervise: false, schedule: false });
    started.on('error', ({ message }) => errors.push(message));
    await started.start();
    return started;
  }

  const sql = async (text: string, values?: unknown[]) => (await boss.getDb().executeSql(text, values)).rows;

  /** The next job that is handed over, performed until `done` resolves. */
  function handedOver(from: JobQueue = queue, done: Promise<void> = Promise.resolve()): Promise<Job> {
    const { promise, resolve } = deferred<Job>();
    const perform = async (handed: Job) => {
      resolve(handed);
      await done;
    };
    works.push(from.work(perform, { concurrency: 10, lease: 20_000 }));
    return promise;
  }

  describeQueue('the queue in PostgreSQL', async () => {
    const shared = randomUUID();
    return () => postgresQueue(boss, { name: shared, lease });
  });

  describe('wrong options', () => {
    it.each<[string, unknown, string]>([
      ['nothing', undefined, 'boss must be a PgBoss of pg-boss 12.38 or later: it has no method getDb()'],
      ['a pool', { connect() {} }, 'boss must be a PgBoss of pg-boss 12.38 or later: it has no method getDb()'],
    ])('refuses %s for a boss', (_, wrong, message) => {
      expect(() => postgresQueue(wrong as PgBoss)).toThrow(new TypeError(message));
    });

    it('refuses a boss whose database has no transactions', () => {
      const without = new PgBoss({ db: { executeSql: async () => ({ rows: [] }) } });
      expect(() => postgresQueue(without)).toThrow(/^boss must have a database with beginTransaction\(\)/);
    });

    it.each<[object, string]>([
      [{ nam: 'x' }, 'postgresQueue has no option `nam`: did you mean `name`?'],
      [{ name: 'a b' }, 'name must be made of letters, digits, `_`, `-`, `.` and `/`'],
      [{ lease: 0 }, 'lease must be a number of milliseconds from 100 to 2147483647'],
      [{ concurrency: 1.5 }, 'concurrency must be a whole number above 0'],
    ])('refuses %j', (options, message) => {
      expect(() => postgresQueue(boss, options)).toThrow(new TypeError(message));
    });

    it('refuses a queue that does not keep all jobs', async () => {
      await boss.createQueue(name, { policy: 'short' });
      await expect(queue.put([job()])).rejects.toThrow(
        `pg-boss's queue ${name} must have the policy standard, not short`,
      );
    });
  });

  describe('clocks', () => {
    it('hands over at the time that was meant, though the clock of this machine is a minute off', async () => {
      const realNow = Date.now;
      const ahead = jest.spyOn(Date, 'now').mockImplementation(() => realNow() + 60_000);
      try {
        const [due, later] = [job(), job({ dueAt: Date.now() + 30_000 })];
        await queue.put([later, due]);
        ahead.mockRestore();
        expect(await handedOver()).toMatchObject({ id: due.id });
        const [row] = await sql(
          'SELECT extract(epoch FROM start_after - now())::int AS left FROM pgboss.job WHERE id = $1',
          [later.id],
        );
        expect(row.left).toBeGreaterThan(25);
        expect(row.left).toBeLessThanOrEqual(30);
      } finally {
        ahead.mockRestore();
      }
    });
  });

  it('is counted as docs/observability.md says: what waits, and of that what nobody performs', async () => {
    const [, query = ''] = /```sql\n(.*?)```/s.exec(await readFile('docs/observability.md', 'utf8')) ?? [];
    const now = Date.now();
    await queue.put([job(), job({ dueAt: now + 60_000 }), job()]);
    const counts = () => sql(query.replace("'ciba'", `'${name}'`));
    expect(await counts()).toEqual([{ waiting: 3, overdue: 0 }]);
    await sql(
      "UPDATE pgboss.job SET start_after = now() - interval '6 seconds' WHERE name = $1 AND start_after <= now()",
      [name],
    );
    expect(await counts()).toEqual([{ waiting: 3, overdue: 2 }]);
  });

  describe('a database in trouble', () => {
    it('is told to whoever stores, and survived, when it is restarted', async () => {
      await queue.put([job()]);
      await server.stop();
      await expect(queue.put([job()])).rejects.toThrow();
      await expect(queue.replace([randomUUID()], [job()])).rejects.toThrow();
      await server.start();
      const late = job();
      expect(await queue.put([late])).toEqual([late.id]);
    });

    it('does not end the work when it is gone for a while: what was stored is done afterwards', async () => {
      const stored = job({ dueAt: Date.now() + 1500 });
      await queue.put([stored]);
      const handed = handedOver();
      await server.kill();
      while (errors.length === 0) await new Promise((resolve) => boss.once('error', resolve));
      await server.start();
      expect(await handed).toMatchObject({ id: stored.id });
    });

    it('is told when it is read-only', async () => {
      await queue.put([job()]);
      const readOnly = new PgBoss({
        connectionString: server.url,
        options: '-c default_transaction_read_only=on',
        schedule: false,
        migrate: false,
        supervise: false,
      });
      readOnly.on('error', () => {});
      await readOnly.start();
      try {
        await expect(postgresQueue(readOnly, { name }).put([job()])).rejects.toMatchObject({ code: '25006' });
      } finally {
        await readOnly.stop({ graceful: false });
      }
    });

    it('is told before pg-boss is started', async () => {
      await expect(postgresQueue(new PgBoss(server.url), { name }).put([job()])).rejects.toThrow(/start\(\)/);
    });

    it('creates the queue anew when somebody has deleted it', async () => {
      await queue.put([job()]);
      await boss.deleteQueue(name);
      await expect(queue.put([job()])).rejects.toThrow();
      const next = job();
      expect(await queue.put([next])).toEqual([next.id]);
    });

    it('hands over a row that somebody changed, for whoever performs it to judge', async () => {
      const stored = job();
      await queue.put([stored]);
      await sql(`UPDATE pgboss.job SET data = '{"expiresAt": "soon"}' WHERE id = $1`, [stored.id]);
      expect(await handedOver()).toMatchObject({ id: stored.id, data: '', expiresAt: 0 });
    });
  });

  describe('between processes', () => {
    it('ends a job that another process has just taken over', async () => {
      const stored = job();
      await queue.put([stored]);
      const { db, commit } = await (boss.getDb() as Transactions).beginTransaction();
      await boss.fetch(name, { db });
      await boss.deleteJob(name, stored.id, { db });
      await boss.insert(name, [{ id: stored.id, data: {}, startAfter: 20 }], { db });
      const ended = queue.replace([stored.id], [job()]);
      await commit();
      expect(await ended).toBe(true);
    });

    it('hands each of many jobs to one process', async () => {
      const other = await start();
      try {
        const jobs = Array.from({ length: 300 }, () => job());
        await queue.put(jobs);
        const handed: string[] = [];
        const all = deferred();
        for (const from of [queue, postgresQueue(other, { name })]) {
          const perform = async ({ id }: Job) => {
            handed.push(id);
            expect(await from.replace([id], [])).toBe(true);
            if (handed.length === jobs.length) all.resolve();
          };
          works.push(from.work(perform, { concurrency: 20, lease: 20_000 }));
        }
        await all.promise;
        expect(new Set(handed).size).toBe(jobs.length);
        await Promise.all(works.splice(0).map((work) => work.stop(5000)));
        expect(await sql('SELECT id FROM pgboss.job WHERE name = $1', [name])).toEqual([]);
      } finally {
        await other.stop({ graceful: false });
      }
    });
  });

  it('reads as much with 20,000 jobs waiting as with none', async () => {
    const idle = await pagesOfLook();
    const waiting = Array.from({ length: 20_000 }, (_, i) => job({ dueAt: Date.now() + 60_000 + i }));
    await queue.put(waiting);
    await sql('ANALYZE pgboss.job_common');
    expect(await pagesOfLook()).toBeLessThan(idle + 20);
  });

  /** Pages that PostgreSQL reads for a look that finds nothing. */
  async function pagesOfLook(): Promise<number> {
    const looked = deferred<number>();
    const db = boss.getDb() as Transactions;
    const original = db.beginTransaction;
    db.beginTransaction = async () => {
      const transaction = await original.call(db);
      const executeSql = async (text: string, values?: unknown[]) => {
        const { rows } = await transaction.db.executeSql(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, values);
        looked.resolve(rows[0]['QUERY PLAN'][0].Plan['Shared Hit Blocks']);
        return { rows: [] };
      };
      return { ...transaction, db: { executeSql } };
    };
    const work = queue.work(async () => {}, { concurrency: 10, lease: 20_000 });
    try {
      return await looked.promise;
    } finally {
      db.beginTransaction = original;
      await work.stop(5000);
    }
  }
});
