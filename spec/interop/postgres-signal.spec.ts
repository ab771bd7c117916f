import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type PostgresSignal, postgresSignal } from 'ciba-backchannel/postgres';
import pg from 'pg';
import { afterwards } from '../support/concurrently.js';
import { describeWith } from '../support/describe-with.js';
import { recordingLogger } from '../support/recording-logger.js';
import { newPool } from './new-pool.js';
import { startPgBouncer } from './pgbouncer-server.js';
import { pgBouncer, postgres } from './requirements.js';
import type { SignalCommand, SignalReport } from './signal-process.js';
import { suiteDatabase } from './suite-database.js';

const strangersId = 'AAAAAAAAAAAAAAAAAAAAAA';
const someId = () => randomBytes(16).toString('base64url');

describeWith(postgres, 'postgresSignal', () => {
  const database = suiteDatabase();

  let pool: pg.Pool;
  let signal: PostgresSignal;
  let heard: string[];
  beforeEach(async () => {
    pool = newPool(database.server.url);
    signal = postgresSignal(pool);
    heard = [];
    const listening = nextLost();
    signal.watch({ decided: (id) => heard.push(id), lost: () => heard.push('lost') });
    await listening;
    heard = [];
  });
  afterEach(async () => {
    await signal.close();
    await pool.end();
  });

  /** Resolves when the signal tells that decisions may have been missed: at each loss, and when it listens again. */
  function nextLost(): Promise<void> {
    return new Promise((resolve) => {
      const stop = signal.watch({
        decided: () => {},
        lost: () => {
          stop();
          resolve();
        },
      });
    });
  }

  function nextDecision(id: string): Promise<void> {
    return new Promise((resolve) => {
      const stop = signal.watch({
        decided: (decided) => {
          if (decided !== id) return;
          stop();
          resolve();
        },
        lost: () => {},
      });
    });
  }

  /** Resolves when all that was announced before has arrived. */
  async function caughtUp(): Promise<void> {
    const id = someId();
    const decision = nextDecision(id);
    await announce(id);
    await decision;
  }

  const announce = (payload: string) => database.pool.query('SELECT pg_notify($1, $2)', ['ciba_decisions', payload]);
  const cut = () =>
    database.pool.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE (query LIKE 'LISTEN%' OR query LIKE 'SELECT pg_notify%') AND pid <> pg_backend_pid()",
    );

  it('refuses anything but a pool', () => {
    expect(() => postgresSignal(undefined as never)).toThrow(
      new TypeError('pool must be a Pool of the package `pg`: it has no method connect()'),
    );
  });

  it('carries announcements between two processes, both ways', async () => {
    await withOtherProcess(async (other) => {
      const [first, second] = [someId(), someId()];
      other.tell({ issued: first, lifetime: 60_000 });
      other.tell({ decided: second });
      await nextDecision(second);
      expect(signal.timeLeft(first)).toBeGreaterThan(0);

      signal.decided(first);
      await other.hears(first);
      expect(signal.timeLeft(first)).toBeUndefined();
    });
  });

  it('sends many announcements in few statements', async () => {
    const ids = Array.from({ length: 2000 }, someId);
    const arrived = nextDecision(ids.at(-1) as string);
    const listener = await database.pool.connect();
    let notifications = 0;
    const known = new Set<string>();
    listener.on('notification', ({ payload }) => {
      notifications += 1;
      for (const id of payload?.split(' ') ?? []) known.add(id);
    });
    await listener.query('LISTEN ciba_decisions');
    for (const id of ids) signal.decided(id);
    await arrived;
    while (known.size < ids.length) await once(listener, 'notification');
    listener.release(true);
    expect(ids.filter((id) => !known.has(id))).toEqual([]);
    expect(notifications).toBeLessThan(20);
  });

  it('holds nothing while the connection is lost, and hears again afterwards', async () => {
    const [before, after] = [someId(), someId()];
    signal.issued(before, Date.now() + 60_000);
    expect(signal.timeLeft(before)).toBeGreaterThan(0);
    const lost = nextLost();
    await cut();
    await lost;
    expect(signal.timeLeft(before)).toBeUndefined();
    await nextLost();
    expect(signal.timeLeft(before)).toBeUndefined();

    signal.issued(after, Date.now() + 60_000);
    expect(signal.timeLeft(after)).toBeGreaterThan(0);
    const decision = nextDecision(after);
    await announce(after);
    await decision;
    expect(signal.timeLeft(after)).toBeUndefined();
  });

  it('survives a server that is restarted, and sends what was decided meanwhile', async () => {
    const lost = nextLost();
    await database.server.stop();
    await lost;
    const id = someId();
    signal.decided(id);
    await database.server.start();
    const listener = await database.pool.connect();
    await listener.query('LISTEN ciba_decisions');
    const [{ payload }] = (await once(listener, 'notification')) as [{ payload: string }];
    expect(payload).toBe(id);
    listener.release(true);
  });

  it.each([
    ['nothing', ''],
    ['a space', ' '],
    ['no id', "'; DROP TABLE job"],
    ['no lifetime', `${strangersId}:`],
    ['a negative lifetime', `${strangersId}:-1`],
    ['a lifetime that is no number', `${strangersId}:1e9`],
    ['an endless id', strangersId.repeat(300)],
    ['an id of its own', strangersId],
  ])('lets a stranger announce %s, and nothing happens', async (_, payload) => {
    const id = someId();
    signal.issued(id, Date.now() + 60_000);
    await announce(payload);
    await caughtUp();
    expect(signal.timeLeft(id)).toBeGreaterThan(0);
  });

  it('does not wait again for what was decided, whatever a stranger announces', async () => {
    const id = someId();
    signal.issued(id, Date.now() + 60_000);
    signal.decided(id);
    await announce(`${id}:60000`);
    await caughtUp();
    expect(signal.timeLeft(id)).toBeUndefined();
  });

  it('has said everything when it is closed, and gives its connection back', async () => {
    const own = new pg.Pool({ connectionString: database.server.url });
    const closing = postgresSignal(own);
    const ids = Array.from({ length: 1000 }, someId);
    const arrived = nextDecision(ids.at(-1) as string);
    await new Promise<void>((resolve) => closing.watch({ decided: () => {}, lost: resolve }));
    for (const id of ids) closing.decided(id);
    await closing.close();
    await own.end();
    await arrived;
  });

  describeWith(pgBouncer, 'behind PgBouncer', () => {
    async function behind(mode: 'transaction' | 'session') {
      const bouncer = await startPgBouncer(database.server.url, mode);
      const bounced = newPool(bouncer.url);
      const logger = recordingLogger();
      const deaf = postgresSignal(bounced, { logger });
      afterwards(async () => {
        await deaf.close();
        await bounced.end();
        await bouncer.remove();
      });
      return { deaf, logger };
    }

    it('in transaction mode holds nothing, and says why', async () => {
      const { deaf, logger } = await behind('transaction');
      while (logger.entries.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      expect(logger.entries).toMatchObject([
        {
          level: 'error',
          message: 'PostgreSQL delivers no notifications to this process',
          details: { error: { message: expect.stringMatching('is there a pooler in transaction mode?') } },
        },
      ]);
      deaf.issued('a', Date.now() + 60_000);
      expect(deaf.timeLeft('a')).toBeUndefined();
    });

    it('in session mode hears what others say', async () => {
      const { deaf, logger } = await behind('session');
      await new Promise<void>((resolve) => deaf.watch({ decided: () => {}, lost: resolve }));
      const id = someId();
      const heardThere = new Promise<void>((resolve) =>
        deaf.watch({ decided: (decided) => decided === id && resolve(), lost: () => {} }),
      );
      await announce(id);
      await heardThere;
      expect(logger.entries).toEqual([]);
    });
  });

  interface OtherProcess {
    tell(command: SignalCommand): void;
    /** Resolves when it has heard of this decision. */
    hears(id: string): Promise<void>;
  }

  async function withOtherProcess(body: (other: OtherProcess) => Promise<void>): Promise<void> {
    const script = fileURLToPath(new URL('signal-process.ts', import.meta.url));
    const child: ChildProcess = fork(script, [database.server.url], { execArgv: ['--import', 'tsx'] });
    const exit = once(child, 'exit');
    const heardThere = new Set<string>();
    child.on('message', (report: SignalReport) => 'heard' in report && heardThere.add(report.heard));
    try {
      await once(child, 'message');
      await body({
        tell: (command) => child.send(command),
        async hears(id) {
          while (!heardThere.has(id)) await once(child, 'message');
        },
      });
    } finally {
      child.disconnect();
    }
    expect(await exit).toEqual([0, null]);
  }
});
