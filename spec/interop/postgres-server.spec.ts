import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { describeWith } from '../support/describe-with.js';
import { type PostgresServer, startPostgres } from './postgres-server.js';
import { postgres } from './requirements.js';

describeWith(postgres, 'The PostgreSQL server of these specs', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.remove());

  async function query(text: string): Promise<unknown[]> {
    const client = new pg.Client(server.url);
    await client.connect();
    const { rows } = await client.query(text);
    await client.end();
    return rows;
  }

  it('keeps what was committed when it is stopped, and when it is killed', async () => {
    await query('CREATE TABLE kept (n int)');
    await query('INSERT INTO kept VALUES (1)');
    await server.stop();
    await expect(query('SELECT n FROM kept')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await server.start();
    expect(await query('SELECT n FROM kept')).toEqual([{ n: 1 }]);
    await server.kill();
    await server.start();
    expect(await query('SELECT n FROM kept')).toEqual([{ n: 1 }]);
  });
});
