import { describe, expect, it } from '@jest/globals';
import {
  type AnsweredEvent,
  type CibaToken,
  type CibaTokenOptions,
  cibaToken,
  decisionSignal,
  type LongPollingOptions,
  transactionId,
} from 'ciba-backchannel';
import { AskedSignal } from '../support/asked-signal.js';
import { concurrently } from '../support/concurrently.js';
import { type RawClient, rawClient } from '../support/raw-client.js';
import { serving } from '../support/serving.js';
import { type Reply, type StubAuthlete, stubAuthlete } from '../support/stub-authlete.js';

const grant = encodeURIComponent('urn:openid:params:grant-type:ciba');
const pending = { action: 'BAD_REQUEST', responseContent: '{"error":"authorization_pending"}' };

interface Provider {
  signal: AskedSignal;
  authlete: StubAuthlete;
  token: CibaToken;
  events: AnsweredEvent[];
  /** How many polls are held. */
  held(): number;
  /** Sends a poll, and resolves when it is held or has gone on. */
  poll(authReqId: string, more?: string): Promise<RawClient>;
}

async function provider(
  longPolling: Partial<LongPollingOptions> = {},
  options: Partial<CibaTokenOptions> = {},
  reply: Reply = pending,
): Promise<Provider> {
  const signal = new AskedSignal();
  const authlete = stubAuthlete({ token: reply });
  const events: AnsweredEvent[] = [];
  const onEvent: CibaTokenOptions['onEvent'] = (event) => void events.push(event as AnsweredEvent);
  let held = 0;
  const count = (_: string, change: number) => {
    held += change;
  };
  const trace = Object.assign(<T>(_step: string, _details: object, run: () => T) => run(), { count });
  const token = cibaToken({ authlete, longPolling: { signal, ...longPolling }, onEvent, trace, ...options });
  const { port } = await serving(token);
  async function poll(authReqId: string, more = ''): Promise<RawClient> {
    const form = `grant_type=${grant}&auth_req_id=${authReqId}${more}`;
    const client = await rawClient(port);
    const arrived = signal.nextPoll();
    client.write(
      `POST /token HTTP/1.1\r\nHost: as\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${form.length}\r\n\r\n${form}`,
    );
    await arrived;
    return client;
  }
  return { signal, authlete, token, events, held: () => held, poll };
}

function assertion(exp: unknown): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `&client_assertion=${part({ alg: 'ES256' })}.${part({ exp })}.c2ln`;
}

describe('A held poll', () => {
  it('is answered when the transaction is decided, by one call to Authlete', async () => {
    const { signal, authlete, events, poll } = await provider();
    signal.issue('a');
    const client = await poll('a');
    expect(authlete.calls).toEqual([]);
    signal.decide('a');
    expect((await client.answer()).body).toBe(pending.responseContent);
    expect(authlete.requests('token')).toHaveLength(1);
    expect(events).toEqual([
      {
        type: 'answered',
        transaction: transactionId('a'),
        grantType: 'urn:openid:params:grant-type:ciba',
        status: 400,
        error: 'authorization_pending',
        durationMs: expect.any(Number),
        heldMs: expect.any(Number),
      },
    ]);
  });

  concurrently('is passed on at the end of the hold, and what Authlete answers unchanged', async () => {
    const slowDown = { action: 'BAD_REQUEST', responseContent: '{ "error" : "slow_down" }' };
    const { signal, authlete, poll } = await provider({ hold: 100 }, {}, slowDown);
    signal.issue('a');
    const asked = performance.now();
    const client = await poll('a');
    expect((await client.answer()).body).toBe(slowDown.responseContent);
    expect(performance.now() - asked).toBeGreaterThanOrEqual(90);
    expect(authlete.requests('token')).toHaveLength(1);
  });

  concurrently('is passed on when the transaction expires', async () => {
    const { signal, authlete, poll } = await provider();
    signal.issue('a', 200);
    const client = await poll('a');
    await client.answer();
    expect(authlete.requests('token')).toHaveLength(1);
  });

  concurrently('is passed on while the client assertion is good for 5 s still', async () => {
    const { signal, authlete, poll } = await provider();
    signal.issue('a');
    const client = await poll('a', assertion(Date.now() / 1000 + 5.2));
    await client.answer();
    expect(authlete.requests('token')).toHaveLength(1);
  });

  it('is held whatever else a client assertion says: Authlete judges it afterwards', async () => {
    const { signal, authlete, poll } = await provider();
    for (const [i, text] of [
      '&client_assertion=x',
      '&client_assertion=a.b.c',
      assertion('soon'),
      assertion(null),
    ].entries()) {
      const id = String(i);
      signal.issue(id);
      const client = await poll(id, text);
      expect(authlete.requests('token')).toHaveLength(i);
      signal.decide(id);
      await client.answer();
    }
  });

  concurrently('does not count against the timeout, while the call to Authlete does', async () => {
    const never = new Promise(() => {});
    const { signal, poll } = await provider({ hold: 200 }, { timeout: 100, logger: false }, () => never);
    signal.issue('a');
    const begun = performance.now();
    const client = await poll('a');
    expect(await client.answer()).toMatchObject({ status: 503, body: '{"error":"server_error"}' });
    expect(performance.now() - begun).toBeGreaterThanOrEqual(250);
  });

  it('frees its place when the client leaves, and Authlete is not asked for it', async () => {
    const { signal, authlete, events, poll, held } = await provider({ maxHeld: 1 }, { logger: false });
    signal.issue('a');
    signal.issue('b');
    const leaving = await poll('a');
    leaving.leave();
    while (held() > 0) await new Promise(setImmediate);
    const client = await poll('b');
    expect(authlete.calls).toEqual([]);
    signal.decide('a');
    signal.decide('b');
    await client.answer();
    expect(authlete.requests('token')).toHaveLength(1);
    // Nobody was answered who had left.
    expect(events).toMatchObject([{ transaction: transactionId('b') }]);
  });

  it('is passed on by the next poll for the same transaction, ten connections after another', async () => {
    const { signal, authlete, poll } = await provider();
    signal.issue('a');
    const clients: RawClient[] = [];
    for (let i = 0; i < 10; i += 1) clients.push(await poll('a'));
    for (const client of clients.slice(0, 9)) await client.answer();
    expect(authlete.requests('token')).toHaveLength(9);
    signal.decide('a');
    await clients[9]?.answer();
    expect(authlete.requests('token')).toHaveLength(10);
  });

  it('takes one of maxHeld places, beyond which polls are answered at once', async () => {
    const { signal, poll } = await provider({ maxHeld: 2 });
    for (const id of ['a', 'b', 'c']) signal.issue(id);
    const [first] = [await poll('a'), await poll('b')];
    const third = await poll('c');
    await third.answer();
    signal.decide('a');
    await first.answer();
    const again = await poll('c');
    expect(await Promise.race([again.answer(), new Promise((resolve) => setTimeout(resolve, 50, 'held'))])).toBe(
      'held',
    );
  });

  it('is passed on by close(), which waits for its answer', async () => {
    const { signal, authlete, token, poll } = await provider();
    signal.issue('a');
    const client = await poll('a');
    expect(await token.close()).toEqual({ requests: 0 });
    expect((await client.answer()).status).toBe(400);
    expect(authlete.requests('token')).toHaveLength(1);
    expect(signal.watchers).toBe(0);
  });

  it('is passed on when the signal may have missed decisions', async () => {
    const { signal, authlete, poll } = await provider();
    signal.issue('a');
    const client = await poll('a');
    signal.lost();
    await client.answer();
    expect(authlete.requests('token')).toHaveLength(1);
  });

  it('survives 2,000 clients that leave', async () => {
    const { signal, authlete, events, poll, held } = await provider({}, { logger: false });
    for (let i = 0; i < 2000; i += 1) {
      signal.issue(`leaver ${i}`);
      const client = await poll(`leaver ${i}`);
      client.leave();
    }
    while (held() > 0) await new Promise(setImmediate);
    expect([authlete.calls, events]).toEqual([[], []]);
  }, 60_000);
});

describe('Polls are not held', () => {
  it.each([
    ['for a transaction that the signal does not know', () => {}],
    ['for a transaction that was decided', (signal: AskedSignal) => signal.decide('a')],
    ['for a transaction that has expired', (signal: AskedSignal) => signal.issue('a', -1)],
  ])('%s', async (_, prepare) => {
    const { signal, authlete, poll } = await provider();
    prepare(signal);
    const client = await poll('a');
    await client.answer();
    expect(authlete.requests('token')).toHaveLength(1);
  });

  it('after close()', async () => {
    const { token, signal, authlete } = await provider();
    signal.issue('a');
    await token.close();
    const response = await token.fetch(new Request('https://as.example.com/token', { method: 'POST' }));
    expect(response.status).toBe(503);
    expect(authlete.calls).toEqual([]);
  });

  it.each([
    ['another grant', `grant_type=refresh_token&auth_req_id=a`],
    ['two grants', `grant_type=${grant}&grant_type=${grant}&auth_req_id=a`],
    ['two transactions', `grant_type=${grant}&auth_req_id=a&auth_req_id=b`],
    ['no transaction', `grant_type=${grant}`],
  ])('for %s', async (_, form) => {
    const { token, signal, authlete } = await provider();
    signal.issue('a');
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const response = await token.fetch(new Request('https://as/', { method: 'POST', headers, body: form }));
    expect(response.status).toBe(400);
    expect(authlete.requests('token')).toEqual([{ parameters: form }]);
  });
});

describe('cibaToken refuses', () => {
  const signal = decisionSignal();
  it.each<[unknown, string]>([
    [{ signal, hold: 28_001 }, 'longPolling.hold must be a number of milliseconds from 1 to 28000'],
    [{ signal, hold: 0 }, 'longPolling.hold must be a number of milliseconds from 1 to 28000'],
    [{ signal, hold: '20000' }, 'longPolling.hold must be a number of milliseconds from 1 to 28000'],
    [{ signal, hold: Number.NaN }, 'longPolling.hold must be a number of milliseconds from 1 to 28000'],
    [{ signal, maxHeld: 0 }, 'longPolling.maxHeld must be a whole number above 0'],
    [{ signal, holds: 1 }, 'longPolling has no option `holds`: did you mean `hold`?'],
    [{}, 'longPolling.signal must be a DecisionSignal, such as decisionSignal() returns: it has no issued()'],
    [true, 'longPolling needs an object of options'],
  ])('longPolling %j', (longPolling, message) => {
    const options = { authlete: stubAuthlete(), longPolling } as CibaTokenOptions;
    expect(() => cibaToken(options)).toThrow(new TypeError(message));
  });
});
