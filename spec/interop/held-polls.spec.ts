import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type CibaToken, cibaToken, type DecisionSignal, transactionId } from 'ciba-backchannel';
import { type PostgresSignal, postgresSignal } from 'ciba-backchannel/postgres';
import type pg from 'pg';
import { describeWith } from '../support/describe-with.js';
import { serving } from '../support/serving.js';
import { stubAuthlete } from '../support/stub-authlete.js';
import { newPool } from './new-pool.js';
import { postgres } from './requirements.js';
import { suiteDatabase } from './suite-database.js';

const grant = 'urn:openid:params:grant-type:ciba';
const pending = { action: 'BAD_REQUEST', responseContent: '{"error":"authorization_pending"}' };

describeWith(postgres, 'A poll that is held because of postgresSignal()', () => {
  const database = suiteDatabase();

  /** Two processes, as the database sees them: one holds polls, one decides. */
  let pools: [pg.Pool, pg.Pool];
  let holding: PostgresSignal;
  let deciding: PostgresSignal;
  let token: CibaToken;
  const authlete = stubAuthlete({ token: pending });
  beforeEach(async () => {
    authlete.calls.length = 0;
    pools = [named(), named()];
    [holding, deciding] = pools.map((pool) => postgresSignal(pool)) as [PostgresSignal, PostgresSignal];
    token = cibaToken({ authlete, longPolling: { signal: holding, hold: 3_000 } });
    await Promise.all([holding, deciding].map(listening));
  });
  afterEach(async () => {
    await token.close();
    await Promise.all([holding.close(), deciding.close()]);
    await Promise.all(pools.map((pool) => pool.end()));
  });

  function named(): pg.Pool {
    return newPool(database.server.url, { application_name: 'held-polls' });
  }

  /** Resolves when the signal hears what is announced. */
  async function listening(signal: DecisionSignal): Promise<void> {
    const probe = transactionId(`probe ${Math.random()}`);
    while (signal.timeLeft(probe) === undefined) {
      signal.issued(probe, Date.now() + 60_000);
      await wait(20);
    }
  }

  async function known(id: string): Promise<void> {
    while (holding.timeLeft(id) === undefined) await wait(5);
  }

  async function poll(authReqId: string): Promise<string> {
    const body = new URLSearchParams({ grant_type: grant, auth_req_id: authReqId });
    const response = await token.fetch(new Request('https://as.example.com/token', { method: 'POST', body }));
    return response.text();
  }

  const announce = (payload: string) => database.pool.query('SELECT pg_notify($1, $2)', ['ciba_decisions', payload]);
  const connections = async () =>
    (await database.pool.query("SELECT pid FROM pg_stat_activity WHERE application_name = 'held-polls'")).rowCount;

  it('ends, though connections are cut every second, which do not pile up', async () => {
    let cuts = 0;
    const cutting = setInterval(() => {
      cuts += 1;
      void database.pool.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'held-polls'",
      );
    }, 1_000);
    const polls: Promise<string>[] = [];
    for (let i = 0; cuts < 5; i += 1) {
      const id = transactionId(`cut ${i}`);
      deciding.issued(id, Date.now() + 60_000);
      await wait(50);
      polls.push(poll(`cut ${i}`));
      setTimeout(() => deciding.decided(id), 100);
    }
    clearInterval(cutting);
    expect(new Set(await Promise.all(polls))).toEqual(new Set([pending.responseContent]));
    expect(authlete.requests('token')).toHaveLength(polls.length);

    await Promise.all([holding, deciding].map(listening));
    expect(await connections()).toBe(2);
    const id = transactionId('afterwards');
    deciding.issued(id, Date.now() + 60_000);
    await known(id);
  });

  it('is sent to Authlete once when a stranger announces its decision, and by no other announcement', async () => {
    const id = transactionId('a');
    deciding.issued(id, Date.now() + 60_000);
    await known(id);
    const answer = poll('a');
    for (let i = 0; i < 500; i += 1) await announce(transactionId(`of nobody ${i}`));
    expect(authlete.calls).toEqual([]);
    for (let i = 0; i < 3; i += 1) await announce(id);
    expect(await answer).toBe(pending.responseContent);
    expect(authlete.calls).toHaveLength(1);
  });
});

describe('50,000 clients that open a poll and leave', () => {
  it('leave nothing behind: no memory, no timer, no poll that is held, no call to Authlete', async () => {
    const arrivals = new Map<string, () => void>();
    const signal: DecisionSignal = {
      issued: () => {},
      decided: () => {},
      timeLeft: (id) => {
        arrivals.get(id)?.();
        return 60_000;
      },
      watch: () => () => {},
    };
    const authlete = stubAuthlete({ token: pending });
    let held = 0;
    let left = 0;
    const trace = Object.assign(<T>(_step: string, _details: object, run: () => T) => run(), {
      count: (_: string, change: number) => {
        held += change;
        if (change < 0) left -= change;
      },
    });
    const token = cibaToken({ authlete, longPolling: { signal }, trace, logger: false });
    const { port } = await serving(token);

    async function pollAndLeave(authReqId: string): Promise<void> {
      const form = new URLSearchParams({ grant_type: grant, auth_req_id: authReqId }).toString();
      const socket = connect(port, '127.0.0.1').on('error', () => {});
      const arrived = new Promise<void>((resolve) => arrivals.set(transactionId(authReqId), resolve));
      socket.write(
        `POST / HTTP/1.1\r\nHost: as\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${form.length}\r\n\r\n${form}`,
      );
      await arrived;
      arrivals.delete(transactionId(authReqId));
      const closed = once(socket, 'close');
      socket.destroy();
      await closed;
    }
    async function leavers(count: number): Promise<void> {
      const before = left;
      let next = 0;
      const client = async () => {
        while (next++ < count) await pollAndLeave(`leaver ${next}`);
      };
      await Promise.all(Array.from({ length: 50 }, client));
      while (left < before + count) await new Promise(setImmediate);
    }

    await leavers(2_000);
    const [memory, timers] = [await heap(), timeouts()];
    await leavers(50_000);
    expect(held).toBe(0);
    expect(authlete.calls).toEqual([]);
    expect(timeouts()).toBeLessThanOrEqual(timers);
    // 20 bytes for each would be a leak.
    expect((await heap()) - memory).toBeLessThan(50_000 * 20);
  }, 300_000);
});

const timeouts = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

async function heap(): Promise<number> {
  for (let i = 0; i < 5; i += 1) {
    await wait(100);
    collectGarbage();
  }
  return process.memoryUsage().heapUsed;
}
