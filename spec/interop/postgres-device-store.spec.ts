import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Decision } from 'ciba-backchannel';
import { migrateDeviceStore, postgresDeviceStore } from 'ciba-backchannel/postgres';
import type pg from 'pg';
import { describeWith } from '../support/describe-with.js';
import { deviceHost, keys } from '../support/device-host.js';
import { deviceStoreRules } from '../support/device-store-rules.js';
import { newPool } from './new-pool.js';
import { type PostgresServer, startPostgres } from './postgres-server.js';
import { postgres } from './requirements.js';

describeWith(postgres, 'postgresDeviceStore()', () => {
  let server: PostgresServer;
  let pool: pg.Pool;

  beforeAll(async () => {
    server = await startPostgres();
    pool = newPool(server.url);
    await migrateDeviceStore(pool);
  });

  afterAll(async () => {
    await pool.end();
    await server.remove();
  });

  async function empty() {
    await pool.query('TRUNCATE ciba_device_rows');
    return postgresDeviceStore(pool);
  }

  deviceStoreRules(empty);

  it('has its tables made once, however many processes start', async () => {
    await pool.query('CREATE SCHEMA other');
    const versions = await Promise.all(Array.from({ length: 5 }, () => migrateDeviceStore(pool, { schema: 'other' })));
    expect(versions).toEqual([1, 1, 1, 1, 1]);
    const store = postgresDeviceStore(pool, { schema: 'other' });
    expect(await store.list('phone', ['owner'])).toEqual([]);
    await pool.query('INSERT INTO other.ciba_device_migrations (version) VALUES (99)');
    await expect(migrateDeviceStore(pool, { schema: 'other' })).rejects.toThrow('a newer ciba-backchannel');
  });

  it.each(['a b', '"', 'public; DROP TABLE x', ''])('refuses %j as the name of a schema', (schema) => {
    expect(() => postgresDeviceStore(pool, { schema })).toThrow(TypeError);
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
      const two = await deviceHost({ store: postgresDeviceStore(pool), keys, complete });
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
        const { rows } = await pool.query('SELECT * FROM ciba_device_rows');
        const dump = JSON.stringify(rows);
        expect(rows.length).toBeGreaterThan(20);
        const [credential] = phone.authenticator.credentials;
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
        await server.stop();
        const { status, body } = await phone.call('deny', { id });
        expect([status, body.error]).toEqual([500, 'unavailable']);
        await server.start();
        expect((await phone.approve(id)).body).toEqual({ state: 'completed', decision: 'approved' });
      } finally {
        await host.close();
      }
    });
  });
});
