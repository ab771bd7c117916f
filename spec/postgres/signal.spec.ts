import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type PostgresSignal, postgresSignal } from 'ciba-backchannel/postgres';
import { type Deferred, deferred } from '../support/deferred.js';
import { fakeOnly } from '../support/fake-timers.js';
import { type RecordingLogger, recordingLogger } from '../support/recording-logger.js';

const maxAnswer = 5000;

/** A client of a pool, whose LISTEN is answered when the spec says so. */
class SlowClient extends EventEmitter {
  readonly processID: number = 1;
  listen: Deferred<unknown> | undefined;
  /** Whether it was to be destroyed, for each time that it was released. */
  readonly released: boolean[] = [];

  async query(text: string) {
    if (text.startsWith('LISTEN')) {
      this.listen = deferred();
      await this.listen.promise;
    }
    return { rows: [{ pid: 1 }], rowCount: 1 };
  }

  release(destroy = false) {
    this.released.push(destroy);
    // As pg does with queries on a connection that it ends.
    if (destroy) this.listen?.reject(new Error('Connection terminated'));
  }
}

// What needs a database is in spec/interop.
describe('postgresSignal, when PostgreSQL does not answer', () => {
  let connections: Deferred<SlowClient>[];
  let signal: PostgresSignal;
  let logger: RecordingLogger;
  beforeEach(() => {
    logger = recordingLogger();
    fakeOnly('setTimeout', 'clearTimeout');
    connections = [];
    signal = postgresSignal(
      {
        connect() {
          const connection = deferred<SlowClient>();
          connections.push(connection);
          return connection.promise;
        },
        on() {},
      },
      { logger },
    );
  });
  afterEach(async () => {
    await signal.close();
    jest.useRealTimers();
  });

  const pass = (milliseconds: number) => jest.advanceTimersByTimeAsync(milliseconds);

  /** The pool's answer to the latest of the signal's wishes for a connection. */
  async function giveClient(): Promise<SlowClient> {
    const client = new SlowClient();
    connections.at(-1)?.resolve(client);
    await pass(0);
    return client;
  }

  async function expectToListenOn(client: SlowClient): Promise<void> {
    client.listen?.resolve({});
    await pass(0);
    signal.issued('a', Date.now() + 60_000);
    expect(signal.timeLeft('a')).toBeGreaterThan(0);
    expect(client.released).toEqual([]);
  }

  it('gives up a connection on which LISTEN is not answered, and listens on another one', async () => {
    const client = await giveClient();
    await pass(maxAnswer - 1);
    expect(client.released).toEqual([]);
    await pass(1);
    expect(client.released).toEqual([true]);
    await pass(100);
    expect(connections).toHaveLength(2);
    await expectToListenOn(await giveClient());
  });

  it('waits for another connection when one does not come, and gives it back when it comes late', async () => {
    await pass(maxAnswer + 100);
    expect(connections).toHaveLength(2);
    const late = new SlowClient();
    connections[0]?.resolve(late);
    await pass(0);
    expect(late.listen).toBeUndefined();
    expect(late.released).toEqual([false]);
    await expectToListenOn(await giveClient());
  });

  it('gives back the connection when it is closed before LISTEN is answered', async () => {
    const client = await giveClient();
    await signal.close();
    expect(client.released).toEqual([true]);
    await pass(60_000);
    expect(client.released).toEqual([true]);
    expect(connections).toHaveLength(1);
  });

  it.each([
    ['in time', 0],
    ['late', maxAnswer],
  ])('gives back a connection that comes %s, but after it was closed', async (_, milliseconds) => {
    await signal.close();
    await pass(milliseconds);
    const client = await giveClient();
    expect(client.listen).toBeUndefined();
    await pass(60_000);
    expect(client.released).toEqual([false]);
    expect(connections).toHaveLength(1);
  });

  it('says once that LISTEN fails time and again, and again after it has listened', async () => {
    const failing = async () => {
      const client = await giveClient();
      client.listen?.reject(new Error('LISTEN is not allowed'));
      await pass(maxAnswer);
    };
    for (let i = 0; i < 4; i += 1) await failing();
    expect(logger.entries).toEqual([]);
    for (let i = 0; i < 8; i += 1) await failing();
    expect(logger.entries).toMatchObject([
      {
        level: 'error',
        message: 'PostgreSQL delivers no notifications to this process',
        details: { error: { message: 'LISTEN is not allowed' } },
      },
    ]);
    const client = await giveClient();
    await expectToListenOn(client);
    client.emit('end');
    await pass(maxAnswer);
    for (let i = 0; i < 5; i += 1) await failing();
    expect(logger.entries).toHaveLength(2);
  });

  it('says at once that nothing is heard behind a pooler that does not deliver', async () => {
    class PooledClient extends SlowClient {
      override readonly processID = 2;
    }
    const client = new PooledClient();
    connections.at(-1)?.resolve(client);
    await pass(0);
    client.listen?.resolve({});
    await pass(0);
    const announcer = await giveClient();
    expect(announcer.released).toEqual([false]);
    signal.issued('a', Date.now() + 60_000);
    expect(signal.timeLeft('a')).toBeUndefined();
    await pass(maxAnswer);
    expect(logger.entries).toMatchObject([
      { details: { error: { message: expect.stringMatching('transaction mode') } } },
    ]);
    expect(client.released).toEqual([true]);
  });
});
