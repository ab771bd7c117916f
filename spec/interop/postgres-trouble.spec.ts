import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { authorized, type CibaCompletionOptions, type CibaEvent, cibaCompletion } from 'ciba-backchannel';
import { postgresQueue } from 'ciba-backchannel/postgres';
import pg from 'pg';
import { PgBoss } from 'pg-boss';
import { handles } from '../../lib/completion/handle.js';
import { type StubAuthlete, stubAuthlete } from '../support/complete-stub.js';
import { deferred } from '../support/deferred.js';
import { describeWith } from '../support/describe-with.js';
import { recordingLogger } from '../support/recording-logger.js';
import { type PostgresServer, startPostgres } from './postgres-server.js';
import { pgBoss } from './requirements.js';

const key = 'a secret of at least thirty-two bytes';
const lease = 1_000;
const down = () => Promise.reject(new Error('connection refused'));

describeWith(pgBoss, 'A completion whose PostgreSQL', () => {
  let server: PostgresServer;
  let boss: PgBoss;
  beforeAll(async () => {
    server = await startPostgres();
    boss = new PgBoss({ connectionString: server.url, supervise: false, schedule: false });
    boss.on('error', () => {});
    await boss.start();
  });
  afterAll(async () => {
    await boss.stop({ graceful: false });
    await server.remove();
  });

  let name: string;
  let transactions = 0;
  const cleanUp: (() => Promise<unknown>)[] = [];
  beforeEach(async () => {
    transactions += 1;
    name = `queue-${transactions}`;
    // Made beforehand, so that what is in trouble is the storing of jobs.
    await postgresQueue(boss, { name }).put([
      { id: crypto.randomUUID(), data: '', dueAt: Date.now() + 1e6, expiresAt: 0 },
    ]);
  });
  afterEach(async () => {
    await Promise.all(cleanUp.splice(0).map((clean) => clean()));
  });

  function started(authlete: StubAuthlete, options: Partial<CibaCompletionOptions> = {}) {
    const events: CibaEvent[] = [];
    const first = deferred<CibaEvent>();
    const logger = recordingLogger();
    const completion = cibaCompletion({
      authlete,
      handleKeys: [key],
      queue: postgresQueue(boss, { name, lease }),
      timeout: 2_000,
      logger,
      onEvent: (event) => {
        events.push(event);
        first.resolve(event);
      },
      ...options,
    });
    cleanUp.push(() => completion.close({ timeout: 0 }));
    return { ...completion, logger, events, firstEvent: first.promise };
  }

  function newHandle(lifetime = 60_000, ticket = `ticket-${name}`): string {
    return handles([key]).seal({
      id: `transaction-${transactions}`,
      ticket,
      subject: 'alice',
      clientId: '42',
      deliveryMode: 'POLL',
      claimNames: [],
      expiresAt: Date.now() + lifetime,
    });
  }

  /** The result of the last statement. */
  async function sql(...statements: string[]): Promise<pg.QueryResult | undefined> {
    const client = new pg.Client(server.url);
    client.on('error', () => {});
    await client.connect();
    try {
      let result: pg.QueryResult | undefined;
      for (const statement of statements) result = await client.query(statement);
      return result;
    } finally {
      await client.end();
    }
  }

  async function logged(logger: ReturnType<typeof recordingLogger>, message: string) {
    for (;;) {
      const entry = logger.entries.find((each) => each.message === message);
      if (entry) return entry;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  it('does not answer in time is told so, and the decision is done once when it answers again', async () => {
    const authlete = stubAuthlete();
    const { complete, firstEvent } = started(authlete, { timeout: 300 });
    const handle = newHandle();
    const locking = new pg.Client(server.url);
    await locking.connect();
    await locking.query('BEGIN; LOCK TABLE pgboss.job_common IN ACCESS EXCLUSIVE MODE');
    await expect(complete(handle, authorized())).rejects.toMatchObject({ code: 'ERR_QUEUE_UNAVAILABLE' });
    expect(authlete.requests).toEqual([]);
    await locking.end();
    // It was stored after all; a device that tries again finds it so, or decides first.
    await complete(handle, authorized()).catch(({ code }) => expect(code).toBe('ERR_COMPLETE_REFUSED'));
    expect(await firstEvent).toMatchObject({ type: 'completed', result: 'AUTHORIZED' });
    expect(authlete.requests).toHaveLength(1);
  });

  const disconnectAll = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`;

  it.each<[string, string, string[], string[]]>([
    [
      'is full',
      '53100',
      [
        `CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
           RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
         END $$`,
        'CREATE TRIGGER full_disk BEFORE INSERT ON pgboss.job FOR EACH ROW EXECUTE FUNCTION full_disk()',
      ],
      ['DROP FUNCTION full_disk CASCADE'],
    ],
    [
      'is read-only',
      '25006',
      ['ALTER DATABASE postgres SET default_transaction_read_only = on', disconnectAll],
      [
        'SET default_transaction_read_only = off',
        'ALTER DATABASE postgres RESET default_transaction_read_only',
        disconnectAll,
      ],
    ],
  ])('%s is told so, and the handle can be used again when that is over', async (_, code, begin, end) => {
    const authlete = stubAuthlete();
    const { complete } = started(authlete, { work: false });
    const handle = newHandle();
    await sql(...begin);
    try {
      await expect(complete(handle, authorized())).rejects.toMatchObject({
        code: 'ERR_QUEUE_UNAVAILABLE',
        cause: { code },
      });
      expect(authlete.requests).toEqual([]);
    } finally {
      await sql(...end);
    }
    expect(await complete(handle, authorized())).toEqual({ action: 'NO_ACTION' });
    expect(authlete.requests).toHaveLength(1);
  });

  it('is gone is told so; what was stored before is done when it is back, and the handle can be used again', async () => {
    let away = true;
    const authlete = stubAuthlete(() => (away ? down() : { action: 'NO_ACTION' }));
    const { complete, firstEvent } = started(authlete);
    expect(await complete(newHandle(), authorized())).toEqual({ action: 'QUEUED' });
    await server.stop();
    transactions += 1;
    name = `${name}-again`;
    const handle = newHandle();
    await expect(complete(handle, authorized())).rejects.toMatchObject({ code: 'ERR_QUEUE_UNAVAILABLE' });
    await server.start();
    away = false;
    expect(await firstEvent).toMatchObject({ type: 'completed', result: 'AUTHORIZED' });
    expect(await complete(handle, authorized())).toEqual({ action: 'NO_ACTION' });
  });

  it('holds a job of a key that is not there keeps it for a process that has the key', async () => {
    const first = started(stubAuthlete(down));
    expect(await first.complete(newHandle(), authorized())).toEqual({ action: 'QUEUED' });
    await first.close({ timeout: 0 });
    const foreign = stubAuthlete();
    const other = started(foreign, { handleKeys: ['another secret of at least thirty-two bytes'] });
    const told = await logged(other.logger, 'a job cannot be opened; it stays for a process that can');
    expect(told).toMatchObject({ level: 'warn' });
    await other.close({ timeout: 0 });
    expect(foreign.requests).toEqual([]);
    expect(await started(stubAuthlete()).firstEvent).toMatchObject({ type: 'completed' });
  });

  it('holds a job of a key that is not there removes it when it has expired, and says so', async () => {
    const first = started(stubAuthlete(down));
    expect(await first.complete(newHandle(3_000), authorized())).toEqual({ action: 'QUEUED' });
    await first.close({ timeout: 0 });
    const other = started(stubAuthlete(), { handleKeys: ['another secret of at least thirty-two bytes'] });
    const told = await logged(other.logger, 'a job that could not be opened has expired and is removed');
    expect(told).toMatchObject({ level: 'error' });
    await other.idle();
    const soon = `SELECT id FROM pgboss.job WHERE name = '${name}' AND start_after < now() + interval '1 min'`;
    expect((await sql(soon))?.rows).toEqual([]);
  });

  it.each([
    [
      'data',
      `jsonb_set(data, '{data}', (SELECT data->'data' FROM pgboss.job WHERE data->>'data' <> '' AND name = 'others' LIMIT 1))`,
    ],
    ['expiry', `jsonb_set(data, '{expiresAt}', '4102444800000')`],
  ])('holds a row whose %s somebody has changed acts on nothing of it', async (_, changed) => {
    const waiting = cibaCompletion({
      authlete: stubAuthlete(down),
      handleKeys: [key],
      queue: postgresQueue(boss, { name: 'others', lease: 600_000 }),
      work: false,
      logger: false,
    });
    await waiting.complete(newHandle(60_000, `ticket-of-another-than-${name}`), authorized());
    const first = started(stubAuthlete(down));
    expect(await first.complete(newHandle(), authorized())).toEqual({ action: 'QUEUED' });
    await first.close({ timeout: 0 });
    await sql(`UPDATE pgboss.job SET data = ${changed} WHERE name = '${name}' AND data->>'data' <> ''`);
    const authlete = stubAuthlete();
    const { logger } = started(authlete);
    const told = await logged(logger, 'a job cannot be opened; it stays for a process that can');
    expect(told.details).toMatchObject({ error: { message: 'the job is not the one that was sealed' } });
    expect(authlete.requests).toEqual([]);
    await waiting.close({ timeout: 0 });
  });
});
