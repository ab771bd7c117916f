import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type CibaClient, type CibaClientOptions, cibaClient } from 'ciba-backchannel/client';
import { migrateStore, postgresStore } from 'ciba-backchannel/postgres';
import * as openid from 'openid-client';
import { cibaServer, discover, request } from '../support/ciba-server.js';
import { afterwards } from '../support/concurrently.js';
import { deferred } from '../support/deferred.js';
import { describeWith } from '../support/describe-with.js';
import { serving } from '../support/serving.js';
import { newPool } from './new-pool.js';
import { type PostgresServer, startPostgres } from './postgres-server.js';
import { postgres } from './requirements.js';

const keys = ['a key of the agents, of thirty-two characters'];

describeWith(postgres, 'cibaClient() on postgresStore()', () => {
  let database: PostgresServer;

  beforeAll(async () => {
    database = await startPostgres();
    const pool = newPool(database.url);
    await migrateStore(pool);
    await pool.end();
  });
  afterAll(() => database.remove());

  /** A client with connections of its own, as in a process of its own. */
  async function newClient(options: Omit<CibaClientOptions, 'store' | 'keys'>) {
    const pool = newPool(database.url);
    const store = postgresStore(pool);
    const approvals = cibaClient({ ...options, store, keys, logger: false });
    afterwards(async () => {
      await approvals.close({ timeout: 0 });
      await pool.end();
    });
    return approvals;
  }

  it('two processes wait: one polls, both know', async () => {
    const server = await cibaServer({ held: true });
    const config = await discover(server.issuer);
    const [a, b] = await Promise.all([newClient({ config }), newClient({ config })]);
    await a.ask('invoice-1', request);
    expect(await b.ask('invoice-1', request)).toMatchObject({ state: 'waiting' });
    const outcomes = Promise.all([a.wait('invoice-1'), b.wait('invoice-1')]);
    await server.prompted;
    while (server.polls.length === 0) await new Promise((resolve) => setImmediate(resolve));
    server.approve();
    expect(await outcomes).toMatchObject([{ state: 'approved' }, { state: 'approved' }]);
    expect(server.polls).toHaveLength(1);
    expect(server.prompts).toHaveLength(1);
    const uses = await Promise.allSettled([a.use('invoice-1', () => 'a'), b.use('invoice-1', () => 'b')]);
    expect(uses.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  // The time limit is below the 15 s after which a record is read again that nothing was heard of.
  it('the database wakes a call that waits in another process', async () => {
    const { promise: receiver, resolve: mount } = deferred<CibaClient>();
    const { port } = await serving(async (req, res) => (await receiver)(req, res));
    const server = await cibaServer({
      client: {
        backchannel_token_delivery_mode: 'ping',
        backchannel_client_notification_endpoint: `http://127.0.0.1:${port}/`,
      },
      hooks: { notifications: { allow: () => true } },
    });
    const config = await discover(server.issuer);
    const [a, b] = await Promise.all([newClient({ config, mode: 'ping' }), newClient({ config, mode: 'ping' })]);
    mount(a);
    await a.ask('invoice-2', request);
    const outcome = b.wait('invoice-2');
    await server.prompted;
    server.approve();
    expect(await outcome).toMatchObject({ state: 'approved' });
    expect(await b.use('invoice-2', ({ claims }) => claims?.sub)).toBe('alice');
  }, 14_000);

  it('a database that is away loses no approval', async () => {
    const server = await cibaServer({ held: true });
    const tokens = deferred();
    const config = await discover(server.issuer);
    config[openid.customFetch] = async (url, options) => {
      const response = await fetch(url, options as RequestInit);
      if (url === config.serverMetadata().token_endpoint && response.ok) tokens.resolve();
      return response;
    };
    const [a, b] = await Promise.all([newClient({ config }), newClient({ config })]);
    await a.ask('invoice-3', request);
    const outcomes = Promise.all([a.wait('invoice-3'), b.wait('invoice-3')]);
    await server.prompted;
    while (server.polls.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await database.stop();
    await expect(b.ask('invoice-4', request)).rejects.toMatchObject({ code: 'ERR_APPROVAL_STORE', retryable: true });
    server.approve();
    await tokens.promise;
    await database.start();
    expect(await outcomes).toMatchObject([{ state: 'approved' }, { state: 'approved' }]);
    expect(await b.use('invoice-3', ({ claims }) => claims?.sub)).toBe('alice');
    expect(server.prompts).toHaveLength(1);
  });
});
