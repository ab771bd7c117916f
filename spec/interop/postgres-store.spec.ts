import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Decision } from 'ciba-backchannel';
import {
  migrateDeviceStore,
  migrateStore,
  type Pool,
  postgresDeviceStore,
  postgresStore,
} from 'ciba-backchannel/postgres';
import type pg from 'pg';
import { deferred } from '../support/deferred.js';
import { describeWith } from '../support/describe-with.js';
import { deviceHost, keys } from '../support/device-host.js';
import { storeRules } from '../support/store-rules.js';
import { newPool } from './new-pool.js';
import { type PgBouncer, startPgBouncer } from './pgbouncer-server.js';
import { pgBouncer, postgres } from './requirements.js';
import { suiteDatabase } from './suite-database.js';

describeWith(postgres, 'postgresStore() and postgresDeviceStore()', () => {
  const database = suiteDatabase(async (pool) => {
    await migrateDeviceStore(pool);
    await migrateStore(pool);
  });

  async function empty() {
    await database.pool.query('TRUNCATE ciba_device_rows');
    return postgresDeviceStore(database.pool);
  }

  describe('postgresDeviceStore', () => storeRules(empty));

  describe('postgresStore', () => {
    storeRules(async () => {
      await database.pool.query('TRUNCATE ciba_client_rows');
      return postgresStore(database.pool);
    });

    it('has a table for each name, and hears nothing of the others', async () => {
      await migrateStore(database.pool, { name: 'shop' });
      const [shop, client] = [postgresStore(database.pool, { name: 'shop' }), postgresStore(database.pool)];
      const heard: string[] = [];
      const stops = [shop, client].map((store, i) => store.watch?.((_, id) => heard.push(`${i} ${id}`)));
      const row = {
        kind: 'a',
        id: 'b',
        owner: 'c',
        group: null,
        data: '',
        version: 1,
        open: true,
        dueAt: null,
        expiresAt: null,
      };
      while (!heard.includes('0 b')) {
        await shop.insert(row, 0);
        await shop.remove('a', 'b');
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      expect(heard).not.toContain('1 b');
      for (const stop of stops) stop?.();
    });

    it.each(['A', 'a b', '', 'x'.repeat(41), 5])('refuses %j as a name', (name) => {
      expect(() => postgresStore(database.pool, { name: name as string })).toThrow(/^name must be/);
    });
  });

  describePgBouncer();

  it('names the function that makes the table when it is missing', async () => {
    const store = postgresStore(database.pool, { name: 'missing' });
    const message =
      /ciba_missing_rows does not exist.*: run migrateStore\(\) when you deploy, by a role that may create tables$/;
    await expect(store.find('a', 'b')).rejects.toThrow(message);
    const row = {
      kind: 'a',
      id: 'b',
      owner: 'c',
      group: null,
      data: '',
      version: 1,
      open: true,
      dueAt: null,
      expiresAt: null,
    };
    await expect(store.insert(row, 0, { perOwner: 1 })).rejects.toMatchObject({
      code: 'ERR_TABLE_MISSING',
      message: expect.stringMatching(message),
    });
  });

  it.each<[string, (options: object) => unknown]>([
    ['migrateDeviceStore', (options) => migrateDeviceStore(database.pool, options)],
    ['migrateStore', (options) => migrateStore(database.pool, options)],
  ])('refuses an option of %s that is not known', async (name, migrating) => {
    await expect(migrating({ shema: 'other' })).rejects.toThrow(
      new TypeError(`${name} has no option \`shema\`: did you mean \`schema\`?`),
    );
  });

  describe('while an insertion holds the lock of its owner', () => {
    const row = { kind: 'a', owner: 'c', group: null, data: '', version: 1, open: true, dueAt: null, expiresAt: null };

    /** A pool whose connections stand still in the middle of the transaction, and what they wait for. */
    function halting(goOn: Promise<void>): { pool: Pool; halted: Promise<void> } {
      const halted = deferred();
      const connect = async () => {
        const client = await database.pool.connect();
        const query = client.query.bind(client) as (text: string, values?: unknown[]) => Promise<pg.QueryResult>;
        return Object.assign(Object.create(client), {
          release: (destroy: boolean) => client.release(destroy),
          async query(text: string, values?: unknown[]) {
            if (text.includes('count(*)')) {
              halted.resolve();
              await goOn;
            }
            return query(text, values);
          },
        });
      };
      return { pool: { connect, on() {} } as unknown as Pool, halted: halted.promise };
    }

    it('survives that its connection is ended, ten times', async () => {
      await empty();
      for (let round = 0; round < 10; round += 1) {
        const goOn = deferred();
        const { pool: halting_, halted } = halting(goOn.promise);
        const inserted = postgresDeviceStore(halting_).insert({ ...row, id: `${round}` }, 0, { perOwner: 100 });
        const failed = expect(inserted).rejects.toThrow();
        await halted;
        await database.pool.query("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'");
        goOn.resolve();
        await failed;
      }
      expect(await postgresDeviceStore(database.pool).insert({ ...row, id: 'last' }, 0, { perOwner: 1 })).toBe(
        'inserted',
      );
    });

    it('keeps nobody waiting for long should its machine freeze', async () => {
      await empty();
      const goOn = deferred();
      const { pool: frozen, halted } = halting(goOn.promise);
      const inserted = postgresDeviceStore(frozen).insert({ ...row, id: 'frozen' }, 0, { perOwner: 1 });
      const failed = expect(inserted).rejects.toThrow();
      await halted;
      expect(await postgresDeviceStore(database.pool).insert({ ...row, id: 'other' }, 0, { perOwner: 1 })).toBe(
        'inserted',
      );
      goOn.resolve();
      await failed;
    });
  });

  function describePgBouncer() {
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

      storeRules(async () => {
        await empty();
        const { watch, ...store } = postgresDeviceStore(bounced);
        // Nothing can be heard there.
        return { ...store, watch: postgresDeviceStore(database.pool).watch };
      });
    });
  }

  it('has its tables made once, however many processes start', async () => {
    await database.pool.query('CREATE SCHEMA other');
    const versions = await Promise.all(
      Array.from({ length: 5 }, () => migrateDeviceStore(database.pool, { schema: 'other' })),
    );
    expect(versions).toEqual([1, 1, 1, 1, 1]);
    const store = postgresDeviceStore(database.pool, { schema: 'other' });
    expect(await store.list('phone', ['owner'])).toEqual([]);
    await database.pool.query('INSERT INTO other.ciba_device_migrations (version) VALUES (99)');
    await expect(migrateDeviceStore(database.pool, { schema: 'other' })).rejects.toThrow('a newer ciba-backchannel');
  });

  it.each(['a b', '"', 'public; DROP TABLE x', ''])('refuses %j as the name of a schema', (schema) => {
    expect(() => postgresDeviceStore(database.pool, { schema })).toThrow(TypeError);
  });

  it.each([undefined, null, {}, 'postgres://'])('refuses %j as a pool', (value) => {
    expect(() => postgresDeviceStore(value as never)).toThrow('pool must be a Pool of the package `pg`');
  });

  describe('under two processes', () => {
    it('lets the first of two decisions win, and shows nothing in a dump', async () => {
      const store = await empty();
      const decisions: Decision[] = [];
      const complete = async (_handle: string, decision: Decision) => decisions.push(decision);
      const one = await deviceHost({ store, keys, complete });
      const two = await deviceHost({ store: postgresDeviceStore(database.pool), keys, complete });
      try {
        const phone = one.browser();
        await phone.setUp('Telephone of Alice');
        const other = two.browser({ authenticator: phone.authenticator });
        await other.signIn();
        for (let round = 1; round <= 20; round += 1) {
          const { id } = await one.ask({ clientId: `${round}`, bindingMessage: 'W4SCT' });
          const answers = await Promise.all([phone.approve(id), other.call('deny', { id })]);
          expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
          expect(decisions).toHaveLength(round);
        }
        const { rows } = await database.pool.query('SELECT * FROM ciba_device_rows');
        const dump = JSON.stringify(rows);
        expect(rows.length).toBeGreaterThan(20);
        const [credential] = phone.authenticator.passkeys;
        for (const secret of [
          'alice',
          'Alice',
          'Telephone',
          'W4SCT',
          'Web shop',
          'bank.example',
          'handle',
          credential?.id,
        ]) {
          expect(dump).not.toContain(secret);
        }
      } finally {
        await one.close();
        await two.close();
      }
    });

    it('answers with 500 while the database is away, loses nothing, and goes on afterwards', async () => {
      const store = await empty();
      const host = await deviceHost({ store, keys });
      try {
        const phone = host.browser();
        await phone.setUp();
        const { id } = await host.ask();
        await database.server.stop();
        const { status, body } = await phone.call('deny', { id });
        expect([status, body.error]).toEqual([500, 'unavailable']);
        await database.server.start();
        expect((await phone.approve(id)).body).toEqual({ state: 'completed', decision: 'approved' });
      } finally {
        await host.close();
      }
    });
  });
});
