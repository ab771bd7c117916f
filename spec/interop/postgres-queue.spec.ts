import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Job, JobQueue } from 'ciba-backchannel';
import { migrateQueue, type Pool, postgresQueue } from 'ciba-backchannel/postgres';
import type pg from 'pg';
import { describeCompletion } from '../support/completion-rules.js';
import { afterwards } from '../support/concurrently.js';
import { deferred } from '../support/deferred.js';
import { describeWith } from '../support/describe-with.js';
import { describeQueue, lease, newJob } from '../support/queue-rules.js';
import { recordingLogger } from '../support/recording-logger.js';
import { newPool } from './new-pool.js';
import { type PgBouncer, startPgBouncer } from './pgbouncer-server.js';
import { pgBouncer, postgres } from './requirements.js';
import { startSilentProxy } from './silent-proxy.js';
import { suiteDatabase } from './suite-database.js';

const missing =
  'the table "public".ciba_job does not exist, or is older than this ciba-backchannel: run migrateQueue() when you deploy, by a role that may create tables';

describeWith(postgres, 'postgresQueue', () => {
  const database = suiteDatabase((pool) => migrateQueue(pool));

  let queue: JobQueue;
  let name: string;
  beforeEach(() => {
    name = randomUUID();
    queue = postgresQueue(database.pool, { name });
  });

  const sql = async (text: string, values?: unknown[]) => (await database.pool.query(text, values)).rows;

  /** The next job that is handed over. */
  function handedOver(from: JobQueue = queue): Promise<Job> {
    const { promise, resolve } = deferred<Job>();
    const work = from.work('worker', async (job) => resolve(job), { concurrency: 10, lease: 20_000 });
    afterwards(() => work.stop());
    return promise;
  }

  describeQueue('the queue in PostgreSQL', async () => {
    const shared = randomUUID();
    return () => postgresQueue(database.pool, { name: shared, lease });
  });

  describeCompletion('decisions in PostgreSQL', async () => {
    const shared = randomUUID();
    return () => postgresQueue(database.pool, { name: shared, lease });
  });

  describeWith(pgBouncer, 'behind PgBouncer in transaction mode', () => {
    let bouncer: PgBouncer;
    let bounced: pg.Pool;
    beforeAll(async () => {
      bouncer = await startPgBouncer(database.server.url, 'transaction');
      bounced = newPool(bouncer.url);
    });
    afterAll(async () => {
      await bounced.end();
      await bouncer.remove();
    });

    describeQueue('the queue', async () => {
      const shared = randomUUID();
      return () => postgresQueue(bounced, { name: shared, lease });
    });
  });

  describe('its table', () => {
    it('is made once, however many processes start', async () => {
      await sql('CREATE SCHEMA jobs');
      const versions = await Promise.all(
        Array.from({ length: 5 }, () => migrateQueue(database.pool, { schema: 'jobs' })),
      );
      expect(versions).toEqual([1, 1, 1, 1, 1]);
      const other = postgresQueue(database.pool, { schema: 'jobs', name });
      const job = newJob();
      expect(await other.put('a', [job])).toEqual([job.id]);
      expect(await queue.end([job])).toEqual([]);
      await sql('INSERT INTO jobs.ciba_job_migrations (version) VALUES (99)');
      await expect(migrateQueue(database.pool, { schema: 'jobs' })).rejects.toThrow(
        'the tables of the job queue have version 99: a newer ciba-backchannel made them',
      );
    });

    describe('is not there', () => {
      let bare: pg.Pool;
      beforeAll(async () => {
        await sql('CREATE DATABASE bare');
        await sql('CREATE ROLE served LOGIN');
        const url = new URL(database.server.url);
        url.pathname = '/bare';
        url.username = 'served';
        bare = newPool(url.href);
      });
      afterAll(() => bare.end());

      it('and an error says that migrateQueue() makes it', async () => {
        const logger = recordingLogger();
        const unmade = postgresQueue(bare, { logger });
        const error = { code: 'ERR_TABLE_MISSING', message: missing, cause: { code: '42P01' } };
        await expect(unmade.put('a', [newJob()])).rejects.toMatchObject(error);
        await expect(unmade.keep('a', [newJob()])).rejects.toMatchObject(error);
        await expect(unmade.end([newJob()])).rejects.toMatchObject(error);
        const work = unmade.work('a', async () => {}, { concurrency: 1, lease });
        afterwards(() => work.stop());
        while (logger.entries.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
        expect(logger.entries[0]).toMatchObject({ level: 'warn', details: { error } });
      });

      it('and a role without rights cannot make it, but use it once it is made', async () => {
        await expect(migrateQueue(bare)).rejects.toMatchObject({ code: '42501' });
        const url = new URL(database.server.url);
        url.pathname = '/bare';
        const owner = newPool(url.href);
        await migrateQueue(owner);
        await owner.query('GRANT SELECT, INSERT, UPDATE, DELETE ON ciba_job TO served');
        await owner.end();
        const made = postgresQueue(bare);
        const job = newJob();
        expect(await made.put('a', [job])).toEqual([job.id]);
        expect(await handedOver(made)).toMatchObject({ id: job.id });
        expect(await made.end([job])).toEqual([job.id]);
      });
    });
  });

  describe('clocks', () => {
    it('hands over at the time that was meant, though the clock of this machine is a minute off', async () => {
      const realNow = Date.now;
      const ahead = jest.spyOn(Date, 'now').mockImplementation(() => realNow() + 60_000);
      try {
        const [due, later] = [newJob(), newJob({ dueAt: Date.now() + 30_000 })];
        await queue.put('a', [later, due]);
        ahead.mockRestore();
        expect(await handedOver()).toMatchObject({ id: due.id });
        const [row] = await sql(
          'SELECT (due_at - extract(epoch FROM now()) * 1000)::int AS left FROM ciba_job WHERE id = $1',
          [later.id],
        );
        expect(row.left).toBeGreaterThan(25_000);
        expect(row.left).toBeLessThanOrEqual(30_000);
      } finally {
        ahead.mockRestore();
      }
    });
  });

  it('is counted as docs/observability.md says: what waits, and of that what nobody performs', async () => {
    const [, query = ''] = /```sql\n(.*?)```/s.exec(await readFile('docs/observability.md', 'utf8')) ?? [];
    await queue.put('a', [newJob(), newJob({ dueAt: Date.now() + 60_000 }), newJob()]);
    const counts = () => sql(query.replace("'ciba'", `'${name}'`));
    expect(await counts()).toEqual([{ waiting: 3, overdue: 0 }]);
    await sql('UPDATE ciba_job SET due_at = due_at - 6000 WHERE queue = $1', [name]);
    expect(await counts()).toEqual([{ waiting: 3, overdue: 2 }]);
  });

  it('stores what one turn of the loop wants in one statement, notifications in one of their own', async () => {
    const { counting, statements } = counted(database.pool);
    const counted_ = postgresQueue(counting, { name });
    const jobs = Array.from({ length: 100 }, (_, i) => newJob({ stage: i % 2 === 0 ? 1 : 2, dueAt: Date.now() + 1e6 }));
    const stored = await Promise.all(jobs.map((job, i) => counted_.put(`owner-${i}`, [job])));
    expect(stored.flat()).toEqual(jobs.map(({ id }) => id));
    expect(statements).toHaveLength(2);
    await Promise.all(jobs.map((job, i) => counted_.keep(`owner-${i}`, [job])));
    await Promise.all(jobs.map((job) => counted_.end([job])));
    expect(statements).toHaveLength(4);
  });

  /** A pool that counts statements. */
  function counted(real: pg.Pool) {
    const statements: string[] = [];
    const connect = async () => {
      const client = await real.connect();
      return Object.assign(Object.create(client), {
        release: (destroy: boolean) => client.release(destroy),
        query(text: string, values?: unknown[]) {
          statements.push(text);
          return client.query(text, values);
        },
      });
    };
    return { counting: { connect, on() {} } as unknown as Pool, statements };
  }

  it('reads as much with 20,000 jobs waiting as with none', async () => {
    const idle = await pagesOfLook();
    const waiting = Array.from({ length: 20_000 }, (_, i) => newJob({ dueAt: Date.now() + 60_000 + i }));
    await queue.put('a', waiting);
    await sql('ANALYZE ciba_job');
    expect(await pagesOfLook()).toBeLessThan(idle + 20);
  });

  /** Pages that PostgreSQL reads for a look that finds nothing. */
  async function pagesOfLook(): Promise<number> {
    const looked = deferred<number>();
    const connect = async () => {
      const client = await database.pool.connect();
      return Object.assign(Object.create(client), {
        release: (destroy: boolean) => client.release(destroy),
        async query(text: string, values?: unknown[]) {
          const { rows } = await client.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, values);
          looked.resolve(rows[0]['QUERY PLAN'][0].Plan['Shared Hit Blocks']);
          return { rows: [], rowCount: 0 };
        },
      });
    };
    const explained = postgresQueue({ connect, on() {} } as unknown as Pool, { name });
    const work = explained.work('a', async () => {}, { concurrency: 10, lease: 20_000 });
    try {
      return await looked.promise;
    } finally {
      await work.stop();
    }
  }

  describe('a database in trouble', () => {
    it('rejects what is stored while it restarts, and works again afterwards', async () => {
      await queue.put('a', [newJob()]);
      await database.server.stop();
      await expect(queue.put('a', [newJob()])).rejects.toThrow();
      await expect(queue.keep('a', [newJob()])).rejects.toThrow();
      await expect(queue.end([newJob()])).rejects.toThrow();
      await database.server.start();
      const late = newJob();
      expect(await queue.put('a', [late])).toEqual([late.id]);
    });

    it('ends no process whose pool nobody listens to', async () => {
      const unheard = new (await import('pg')).default.Pool({ connectionString: database.server.url });
      const other = postgresQueue(unheard, { name });
      await other.put('a', [newJob()]);
      await database.server.stop();
      await database.server.start();
      const late = newJob();
      while (!(await other.put('a', [late]).catch(() => undefined))) await new Promise(setImmediate);
      await unheard.end();
    });

    it('does not end the work when it is gone for a while: what was stored is done afterwards', async () => {
      const stored = newJob({ dueAt: Date.now() + 1500 });
      await queue.put('a', [stored]);
      const logger = recordingLogger();
      const handed = handedOver(postgresQueue(database.pool, { name, logger }));
      await database.server.kill();
      while (logger.entries.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      await database.server.start();
      expect(await handed).toMatchObject({ id: stored.id });
      expect(logger.entries[0]).toMatchObject({
        level: 'warn',
        message: 'the job queue in PostgreSQL cannot be read; trying again',
      });
    });

    it('is noticed within seconds when it stops answering, and works again afterwards', async () => {
      const proxy = await startSilentProxy(database.server.url);
      const silent = newPool(proxy.url);
      try {
        const logger = recordingLogger();
        const behind = postgresQueue(silent, { name, logger });
        const stored = newJob();
        await behind.put('a', [stored]);
        proxy.silence();
        await expect(behind.put('a', [newJob()])).rejects.toThrow('PostgreSQL has not answered within 5000 ms');
        await behind.put('a', [stored]);
        proxy.silence();
        expect(await handedOver(behind)).toMatchObject({ id: stored.id });
        expect(logger.entries[0]?.details).toMatchObject({ error: { message: expect.stringMatching('not answered') } });
      } finally {
        await silent.end();
        proxy.close();
      }
    });

    it('makes put() reject when it is read-only', async () => {
      const readOnly = newPool(database.server.url, { options: '-c default_transaction_read_only=on' });
      try {
        await expect(postgresQueue(readOnly, { name }).put('a', [newJob()])).rejects.toMatchObject({ code: '25006' });
      } finally {
        await readOnly.end();
      }
    });

    it('is told when the pool has no connection left, and asks again for nothing that came too late', async () => {
      const small = newPool(database.server.url, { max: 1 });
      const taken = await small.connect();
      const job = newJob();
      await expect(postgresQueue(small, { name }).put('a', [job])).rejects.toThrow('has not answered');
      taken.release();
      expect(await postgresQueue(small, { name }).end([job])).toEqual([]);
      await small.end();
    });

    it('that keeps one row locked keeps others waiting no longer than the limit', async () => {
      const [locked, free] = [newJob({ dueAt: Date.now() + 1e6 }), newJob({ dueAt: Date.now() + 1e6 })];
      await queue.put('a', [locked, free]);
      const holder = await database.pool.connect();
      await holder.query('BEGIN');
      await holder.query('SELECT FROM ciba_job WHERE id = $1 FOR UPDATE', [locked.id]);
      try {
        await expect(queue.end([locked])).rejects.toThrow('has not answered');
        expect(await queue.end([free])).toEqual([free.id]);
      } finally {
        await holder.query('ROLLBACK');
        holder.release();
      }
    });

    it.each([
      ["data = 'changed'", { data: 'changed' }],
      ['expires_at = -1', { expiresAt: -1 }],
      ['stage = 2', { stage: 2 }],
    ])('hands over a row of which somebody has set %s, for whoever performs it to judge', async (changes, changed) => {
      const stored = newJob();
      await queue.put('a', [stored]);
      await sql(`UPDATE ciba_job SET ${changes} WHERE id = $1`, [stored.id]);
      expect(await handedOver()).toMatchObject({ id: stored.id, ...changed });
    });
  });
});
