import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  authorized,
  type CibaCompletionOptions,
  type CibaEvent,
  cibaBackchannel,
  cibaCompletion,
  type JobQueue,
} from 'ciba-backchannel';
import { migrateQueue, postgresQueue, postgresStore } from 'ciba-backchannel/postgres';
import pg from 'pg';
import request from 'supertest';
import { handles } from '../../lib/completion/handle.js';
import { type StubAuthlete, stubAuthlete } from '../support/complete-stub.js';
import { afterwards } from '../support/concurrently.js';
import { deferred } from '../support/deferred.js';
import { describeWith } from '../support/describe-with.js';
import { receiverCertificate, startReceiver } from '../support/receiver.js';
import { recordingLogger } from '../support/recording-logger.js';
import { serving } from '../support/serving.js';
import { stubAuthlete as stubEngine } from '../support/stub-authlete.js';
import { newPool } from './new-pool.js';
import { postgres } from './requirements.js';
import { suiteDatabase } from './suite-database.js';

const key = 'a secret of at least thirty-two bytes';
const lease = 1_000;
const down = () => Promise.reject(new Error('connection refused'));

describeWith(postgres, 'A completion whose PostgreSQL', () => {
  const database = suiteDatabase((pool) => migrateQueue(pool));

  let name: string;
  let transactions = 0;
  const cleanUp: (() => Promise<unknown>)[] = [];
  beforeEach(() => {
    transactions += 1;
    name = `queue-${transactions}`;
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
      queue: postgresQueue(database.pool, { name, lease }),
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
    const client = new pg.Client(database.server.url);
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
    const locking = new pg.Client(database.server.url);
    await locking.connect();
    await locking.query('BEGIN; LOCK TABLE ciba_job IN ACCESS EXCLUSIVE MODE');
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
        'CREATE TRIGGER full_disk BEFORE INSERT ON ciba_job FOR EACH ROW EXECUTE FUNCTION full_disk()',
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
    await database.server.stop();
    transactions += 1;
    name = `${name}-again`;
    const handle = newHandle();
    await expect(complete(handle, authorized())).rejects.toMatchObject({ code: 'ERR_QUEUE_UNAVAILABLE' });
    await database.server.start();
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
    expect((await sql(`SELECT id FROM ciba_job WHERE queue = '${name}'`))?.rows).toEqual([]);
  });

  it.each([
    ['data', "data = (SELECT data FROM ciba_job WHERE queue = 'others' LIMIT 1)"],
    ['expiry', 'expires_at = 4102444800000'],
    ['stage', 'stage = 2'],
  ])('holds a row whose %s somebody has changed acts on nothing of it', async (_, changed) => {
    const waiting = cibaCompletion({
      authlete: stubAuthlete(down),
      handleKeys: [key],
      queue: postgresQueue(database.pool, { name: 'others', lease: 600_000 }),
      work: false,
      logger: false,
    });
    await waiting.complete(newHandle(60_000, `ticket-of-another-than-${name}`), authorized());
    const first = started(stubAuthlete(down));
    expect(await first.complete(newHandle(), authorized())).toEqual({ action: 'QUEUED' });
    await first.close({ timeout: 0 });
    await sql(`UPDATE ciba_job SET ${changed} WHERE queue = '${name}'`);
    const authlete = stubAuthlete();
    const { logger } = started(authlete);
    const told = await logged(logger, 'a job cannot be opened; it stays for a process that can');
    expect(told.details).toMatchObject({
      error: { message: expect.stringMatching(/^the job (differs from the one that was sealed|is of another queue)$/) },
    });
    expect(authlete.requests).toEqual([]);
    await waiting.close({ timeout: 0 });
  });

  it('is shared with another service tells that one nothing, though they have a key in common', async () => {
    const first = started(stubAuthlete(down));
    expect(await first.complete(newHandle(), authorized())).toEqual({ action: 'QUEUED' });
    await first.close({ timeout: 0 });
    const foreign = stubAuthlete();
    const other = started(foreign, { queue: postgresQueue(database.pool, { name: `${name}-of-another`, lease }) });
    expect(await started(stubAuthlete()).firstEvent).toMatchObject({ type: 'completed' });
    expect(foreign.requests).toEqual([]);
    expect(other.logger.entries).toEqual([]);
  });

  describe('is asked by a hook that decides a push', () => {
    /** An endpoint that has answered a request, and whose hook decides when it is told to. */
    async function asked(
      authlete: ReturnType<typeof stubEngine>,
      queue: JobQueue = postgresQueue(database.pool, { name, lease }),
    ) {
      const decision = deferred();
      const logger = recordingLogger();
      const ciba = cibaBackchannel({
        authlete,
        handleKeys: [key],
        queue,
        logger,
        notifications: { allow: () => true, tls: { ca: (await receiverCertificate()).cert } },
        identifyUser: () => ({ subject: 'alice' }),
        authenticate: async () => {
          await decision.promise;
          return authorized();
        },
      });
      cleanUp.push(() => ciba.close({ timeout: 0 }));
      await request(await serving(ciba))
        .post('/')
        .type('form')
        .send({ scope: 'openid' });
      return { ciba, decide: () => decision.resolve(), logger };
    }

    const stages = async () => {
      const rows = await sql(`SELECT stage FROM ciba_job WHERE queue = '${name}'`);
      return rows?.rows.map(({ stage }) => stage);
    };

    async function notifying(...answers: Parameters<typeof startReceiver>) {
      const receiver = await startReceiver(...answers);
      cleanUp.push(receiver.close);
      return {
        receiver,
        answer: {
          action: 'NOTIFICATION',
          responseContent: '{"access_token":"access-token-of-the-push"}',
          clientNotificationEndpoint: receiver.url,
          clientNotificationToken: 'notification-token',
          deliveryMode: 'PUSH',
        } as const,
      };
    }

    it('and is away for a second: what is to be delivered is stored when it is back, for others too', async () => {
      const attempted = deferred();
      const { receiver, answer } = await notifying((res, n) => {
        if (n > 1) return res.writeHead(204).end();
        res.writeHead(503, { 'retry-after': '60' }).end();
        attempted.resolve();
      });
      const { ciba, decide } = await asked(stubEngine({ backchannelAuthenticationComplete: answer }));
      await database.server.stop();
      decide();
      await attempted.promise;
      await database.server.start();
      while (!(await stages())?.includes(2)) await new Promise((resolve) => setTimeout(resolve, 20));
      expect(await ciba.close({ timeout: 0 })).toEqual({ transactions: 0, deliveries: 0 });
      const second = started(stubAuthlete(), {
        notifications: { allow: () => true, tls: { ca: (await receiverCertificate()).cert } },
      });
      expect(await second.firstEvent).toMatchObject({ type: 'notified', attempts: 2 });
      expect(receiver.received).toHaveLength(2);
    });

    it('and answers after a quarter of a lease, while Authlete is away: the row outlives close()', async () => {
      const real = postgresQueue(database.pool, { name, lease });
      const slow: JobQueue = {
        ...real,
        async put(owner, jobs) {
          const ids = await real.put(owner, jobs);
          await new Promise((resolve) => setTimeout(resolve, lease / 2));
          return ids;
        },
      };
      const called = deferred();
      const { ciba, decide } = await asked(
        stubEngine({
          backchannelAuthenticationComplete: () => {
            called.resolve();
            return down();
          },
        }),
        slow,
      );
      decide();
      await called.promise;
      expect(await ciba.close({ timeout: 0 })).toEqual({ transactions: 0, deliveries: 0 });
      expect(await stages()).toEqual([1]);
      expect(await started(stubAuthlete()).firstEvent).toMatchObject({ type: 'completed', result: 'AUTHORIZED' });
    });
  });
});

it('a connection that PostgreSQL ends in the packet that opens it fails its statement and nothing else', async () => {
  const { url } = await serverThatStops();
  const pool = newPool(url);
  try {
    await expect(postgresStore(pool).find('kind', 'id')).rejects.toThrow(/not queryable/);
  } finally {
    await pool.end();
  }
});

/** Accepts each connection, and says in the same packet that it stops. */
async function serverThatStops(): Promise<{ url: string }> {
  const message = (type: string, content: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(content.length + 4);
    return Buffer.concat([Buffer.from(type), length, content]);
  };
  const fatal = 'SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0';
  const answer = Buffer.concat([
    message('R', Buffer.alloc(4)), // AuthenticationOk
    message('Z', Buffer.from('I')), // ReadyForQuery
    message('E', Buffer.from(fatal)), // ErrorResponse
  ]);
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(answer));
  });
  afterwards(async () => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `postgres://alice@127.0.0.1:${(server.address() as AddressInfo).port}/test` };
}
