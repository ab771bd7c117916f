import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { NotificationOptions } from 'ciba-backchannel';
import { makeCertificate } from '../support/certificates.js';
import { afterwards, concurrently } from '../support/concurrently.js';
import { deferred } from '../support/deferred.js';
import { body, delivering, deliveringSpecs, token } from '../support/delivering.js';
import { fakeOnly } from '../support/fake-timers.js';
import { type Receiver, receiverCertificate, startReceiver, statuses } from '../support/receiver.js';
import { recordingLogger } from '../support/recording-logger.js';

deliveringSpecs();

afterEach(() => {
  jest.useRealTimers();
});

async function receiverThat(...args: Parameters<typeof startReceiver>): Promise<Receiver> {
  const receiver = await startReceiver(...args);
  afterwards(receiver.close);
  return receiver;
}

/** Closes after so many failures: what happens again and again has been seen. */
async function deliverUntil(failures: number, endpoint: string, options: NotificationOptions = {}) {
  let left = failures;
  const warn = () => {
    left -= 1;
    if (left === 0) void made.close({ timeout: 0 });
  };
  const made = delivering(options, { ...recordingLogger(), warn });
  return made.deliver(endpoint);
}

/** Why the first attempt failed; what follows is given up. */
async function firstError(endpoint: string, options: NotificationOptions = {}): Promise<unknown> {
  const failing = deferred<object | undefined>();
  const logger = { ...recordingLogger(), warn: (_message: string, details?: object) => failing.resolve(details) };
  const { deliver, close } = delivering(options, logger);
  void deliver(endpoint);
  const { error } = (await failing.promise) as { error: unknown };
  await close({ timeout: 0 });
  return error;
}

/** After each failure so many milliseconds are over at once; before they are, the wall clock makes a step. */
function impatient(milliseconds: number, step = 0) {
  fakeOnly('Date', 'performance', 'setTimeout', 'clearTimeout');
  const logger = recordingLogger();
  function warn(message: string, details?: object): void {
    logger.warn(message, details);
    setImmediate(() => {
      jest.setSystemTime(Date.now() + step);
      jest.advanceTimersByTime(milliseconds);
    });
  }
  return delivering({}, { ...logger, warn });
}

/** Accepts connections and says nothing. */
async function silentServer(): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  afterwards(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as { port: number };
  return `https://127.0.0.1:${port}/cb`;
}

describe('a notification', () => {
  it("is a POST of Authlete's content with the client's token", async () => {
    const receiver = await receiverThat(statuses(204));
    await delivering().deliver(`${receiver.url}?client=1`);
    expect(receiver.received).toMatchObject([
      {
        method: 'POST',
        url: '/cb?client=1',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body,
      },
    ]);
  });

  it.each([200, 204])('is delivered with %i', async (status) => {
    const receiver = await receiverThat(statuses(status));
    const { deliver, events, reports, logger } = delivering();
    expect(await deliver(receiver.url)).toEqual({ delivered: true, status, attempts: 1 });
    expect(events).toEqual([
      {
        type: 'notified',
        transaction: expect.stringMatching(/^transaction-/),
        deliveryMode: 'PUSH',
        clientId: '42',
        subject: 'alice',
        status,
        attempts: 1,
        durationMs: expect.any(Number),
      },
    ]);
    expect(reports).toEqual([]);
    expect(logger.entries).toEqual([]);
  });

  it.each([201, 202, 206, 299, 300, 304, 400, 401, 403, 404, 405, 409, 410, 418, 451])(
    'is final with %i, and not repeated',
    async (status) => {
      const receiver = await receiverThat(statuses(status));
      const { deliver, events, reports } = delivering();
      expect(await deliver(receiver.url)).toMatchObject({
        delivered: false,
        status,
        attempts: 1,
        error: { name: 'NotificationError', code: 'ERR_NOTIFICATION_STATUS' },
      });
      expect(receiver.received).toHaveLength(1);
      expect(events).toMatchObject([{ type: 'gaveUp', why: 'refused', status, attempts: 1 }]);
      expect(reports).toHaveLength(1);
    },
  );

  it.each([301, 302, 303, 307, 308])('does not follow a redirect: %i', async (status) => {
    const elsewhere = await receiverThat(statuses(204));
    const receiver = await receiverThat((res) => res.writeHead(status, { location: elsewhere.url }).end());
    expect(await delivering().deliver(receiver.url)).toMatchObject({ delivered: false, status, attempts: 1 });
    expect(elsewhere.received).toEqual([]);
  });

  for (const status of [408, 425, 429, 500, 502, 503, 504, 599]) {
    concurrently(`is repeated after ${status}`, async () => {
      const receiver = await receiverThat(statuses(status, 204));
      const { deliver, logger } = delivering();
      expect(await deliver(receiver.url)).toEqual({ delivered: true, status: 204, attempts: 2 });
      expect(receiver.received.map((request) => request.body)).toEqual([body, body]);
      expect(logger.entries).toMatchObject([
        { level: 'warn', details: { clientId: '42', subject: 'alice', attempts: 1, status } },
      ]);
    });
  }

  concurrently('is repeated after a reset', async () => {
    const receiver = await receiverThat((res, n) => (n < 3 ? res.socket?.destroy() : res.writeHead(204).end()));
    expect(await delivering().deliver(receiver.url)).toEqual({ delivered: true, status: 204, attempts: 3 });
  });

  concurrently('is repeated when nobody listens', async () => {
    const receiver = await startReceiver(statuses(204));
    await receiver.close();
    const outcome = await deliverUntil(3, receiver.url);
    expect(outcome).toMatchObject({
      delivered: false,
      attempts: 3,
      error: { code: 'ERR_NOTIFICATION_CLOSED', cause: { code: 'ERR_NOTIFICATION_UNREACHABLE' } },
    });
    expect('status' in outcome).toBe(false);
  });

  concurrently('is repeated when the endpoint hangs: an attempt has a time limit', async () => {
    const receiver = await receiverThat((res, n) => n > 1 && res.writeHead(204).end());
    const outcome = await delivering({ timeout: 100 }).deliver(receiver.url);
    expect(outcome).toMatchObject({ delivered: true, status: 204 });
    expect(outcome.attempts).toBeGreaterThan(1);
  });

  concurrently('has the time limit while it connects, too', async () => {
    expect(await deliverUntil(2, await silentServer(), { timeout: 20 })).toMatchObject({
      delivered: false,
      attempts: 2,
      error: { cause: { code: 'ERR_NOTIFICATION_TIMEOUT' } },
    });
  });

  it('is repeated when the answer is not HTTP, and nothing of that answer is kept', async () => {
    const failing = deferred();
    const logger = { ...recordingLogger(), warn: () => failing.resolve() };
    const { deliver, close, reports } = delivering({}, logger);
    const receiver = await receiverThat((res, _n, req) => {
      res.socket?.end(`hello ${req.headers.authorization}\r\n\r\n`);
    });
    const outcome = deliver(receiver.url);
    await failing.promise;
    await close({ timeout: 0 });
    expect(await outcome).toMatchObject({
      delivered: false,
      error: { code: 'ERR_NOTIFICATION_CLOSED', cause: { code: 'ERR_NOTIFICATION_UNREACHABLE' } },
    });
    expect(inspect([await outcome, reports], { depth: 20 })).not.toContain(token);
  });

  it('is repeated until the last moment, and given up then', async () => {
    const receiver = await receiverThat((res) => {
      res.writeHead(503, { 'retry-after': '86400' }).end();
    });
    const { deliver, events } = impatient(120_000);
    const outcome = await deliver(receiver.url);
    expect(outcome).toMatchObject({
      delivered: false,
      status: 503,
      attempts: 2,
      error: { code: 'ERR_NOTIFICATION_STATUS' },
    });
    expect(receiver.received).toHaveLength(2);
    expect(events).toMatchObject([{ type: 'gaveUp', why: 'expired', status: 503, attempts: 2 }]);
  });

  concurrently('honours Retry-After', async () => {
    const receiver = await receiverThat((res, n) =>
      n === 1 ? res.writeHead(503, { 'retry-after': '1' }).end() : res.writeHead(204).end(),
    );
    const { deliver, logger } = delivering();
    expect(await deliver(receiver.url)).toMatchObject({ delivered: true, attempts: 2 });
    expect(logger.entries).toMatchObject([{ details: { delay: 1000 } }]);
  });

  it('does not honour it beyond the end of the time', async () => {
    const receiver = await receiverThat((res, n) => {
      res.writeHead(n === 1 ? 429 : 204, { 'retry-after': '86400' }).end();
    });
    const outcome = await impatient(120_000).deliver(receiver.url);
    expect(outcome).toEqual({ delivered: true, status: 204, attempts: 2 });
  });
});

// There is one while the endpoint is asked, and another during the wait that follows.
describe('a step of the wall clock', () => {
  it.each([
    ['forward', 3_600_000],
    ['back', -3_600_000],
  ])('%s changes nothing about the repetitions', async (_, step) => {
    const receiver = await receiverThat((res, n) => {
      if (n === 1) jest.setSystemTime(Date.now() + step);
      res.writeHead(n === 1 ? 503 : 204).end();
    });
    const { deliver, events } = impatient(1_000, step);
    expect(await deliver(receiver.url)).toEqual({ delivered: true, status: 204, attempts: 2 });
    expect(events).toMatchObject([{ type: 'notified', attempts: 2 }]);
  });
});

describe('the body of the answer', () => {
  it('is not waited for', async () => {
    const receiver = await receiverThat((res) => res.writeHead(200).write('{'));
    expect(await delivering().deliver(receiver.url)).toMatchObject({ delivered: true, status: 200 });
  });

  it('is not read beyond 16 kB: the connection is closed then, long before the end of the time', async () => {
    let cut: Promise<unknown> = Promise.resolve();
    const receiver = await receiverThat((res) => {
      cut = once(res, 'close');
      res.writeHead(200).write(Buffer.alloc(16 * 1024 + 1));
    });
    expect(await delivering({ timeout: 60_000 }).deliver(receiver.url)).toMatchObject({ delivered: true, status: 200 });
    await cut;
  });

  it('may trickle only as long as an attempt may take', async () => {
    let cut: Promise<unknown> = Promise.resolve();
    const receiver = await receiverThat((res) => {
      const trickle = setInterval(() => res.write('.'), 5);
      cut = once(res, 'close').finally(() => clearInterval(trickle));
      res.writeHead(200).write('.');
    });
    expect(await delivering({ timeout: 200 }).deliver(receiver.url)).toMatchObject({ delivered: true });
    await cut;
  });

  it('leaves the connection for the next notification when it is small', async () => {
    const ports = new Set<number | undefined>();
    const receiver = await receiverThat((res, _n, req) => {
      ports.add(req.socket.remotePort);
      res.end('{"ok":true}');
    });
    const { deliver } = delivering();
    for (let i = 0; i < 10; i += 1) await deliver(receiver.url);
    expect(receiver.received).toHaveLength(10);
    expect(ports.size).toBeLessThan(10);
  });
});

describe('an endpoint', () => {
  it.each([
    ['on loopback', 'https://127.0.0.1:9/cb'],
    ['on loopback, by another spelling', 'https://2130706433/cb'],
    ['on loopback, by a name', 'https://localhost/cb'],
    ['on a private address', 'https://10.0.0.1/cb'],
    ['on a link-local address', 'https://169.254.169.254/latest'],
    ['on IPv4 in IPv6', 'https://[::ffff:127.0.0.1]/cb'],
    ['without TLS', 'http://client.example/cb'],
    ['that is no web page', 'ftp://client.example/cb'],
    ['that is no URL', '/cb'],
  ])('%s is refused, and not tried again', async (_kind, endpoint) => {
    const { deliver, events, reports } = delivering({ allow: undefined });
    const outcome = await deliver(endpoint);
    expect(outcome).toMatchObject({ delivered: false, error: { code: 'ERR_NOTIFICATION_ENDPOINT' } });
    expect(outcome.attempts).toBeLessThanOrEqual(1);
    expect(events).toMatchObject([{ type: 'gaveUp' }]);
    expect(reports).toHaveLength(1);
  });

  it('is waived by allow, which is asked with the URL', async () => {
    const receiver = await receiverThat(statuses(204));
    const asked: URL[] = [];
    const { deliver } = delivering({ allow: (url) => asked.push(url) === 1 && url.hostname === 'localhost' });
    expect(await deliver(`${receiver.url}?client=1`)).toMatchObject({ delivered: true });
    expect(asked.map(String)).toEqual([`${receiver.url}?client=1`]);
    expect(asked[0]).toHaveProperty('searchParams');
  });

  it.each<[string, () => unknown]>([
    ['says false', () => false],
    ['says something true', () => 'yes'],
    ['says nothing', () => undefined],
    ['answers with a promise', async () => true],
    [
      'throws',
      () => {
        throw new Error('no list');
      },
    ],
  ])('is not waived when allow %s', async (_kind, allow) => {
    const receiver = await receiverThat(statuses(204));
    expect(await delivering({ allow: allow as never }).deliver(receiver.url)).toMatchObject({
      delivered: false,
      attempts: 1,
      error: { code: 'ERR_NOTIFICATION_ENDPOINT' },
    });
    expect(receiver.received).toEqual([]);
  });

  it('is waived for its own URL, not for others at the same place', async () => {
    const receiver = await receiverThat(statuses(204));
    const { deliver } = delivering({ allow: (url) => url.pathname === '/cb' });
    expect(await deliver(receiver.url)).toMatchObject({ delivered: true });
    expect(await deliver(`${receiver.url}/other`)).toMatchObject({ delivered: false });
    expect(receiver.received).toHaveLength(1);
  });
});

describe('TLS', () => {
  it('trusts no certificate that is not from a trusted authority', async () => {
    const receiver = await receiverThat(statuses(204));
    expect(await firstError(receiver.url, { tls: undefined })).toMatchObject({
      code: 'ERR_NOTIFICATION_UNREACHABLE',
      cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    });
    expect(receiver.received).toEqual([]);
  });

  it('trusts no certificate of another name', async () => {
    const other = await makeCertificate({ subject: 'CN=other', san: [{ type: 'dns', value: 'other.example' }] });
    const receiver = await receiverThat(statuses(204), { cert: other.cert, key: other.key });
    expect(await firstError(receiver.url, { tls: { ca: other.cert } })).toMatchObject({
      cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    });
    expect(receiver.received).toEqual([]);
  });

  it('is 1.2 or newer', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    const receiver = await receiverThat(statuses(204), old);
    expect(await firstError(receiver.url)).toMatchObject({ code: 'ERR_NOTIFICATION_UNREACHABLE' });
    const current = await receiverThat(statuses(204), { maxVersion: 'TLSv1.2' });
    expect(await delivering().deliver(current.url)).toMatchObject({ delivered: true });
  });

  it('shows the client certificate that is configured', async () => {
    const { cert, key } = await makeCertificate({ subject: 'CN=as.example.com' });
    const seen: unknown[] = [];
    const receiver = await receiverThat(
      (res, _n, req) => {
        seen.push((req.socket as import('node:tls').TLSSocket).getPeerCertificate().subject.CN);
        res.writeHead(204).end();
      },
      { requestCert: true, ca: cert },
    );
    expect(
      await delivering({ tls: { ca: (await receiverCertificate()).cert, cert, key } }).deliver(receiver.url),
    ).toMatchObject({
      delivered: true,
    });
    expect(seen).toEqual(['as.example.com']);
  });
});

describe('a delivery that is given up', () => {
  it('is reported with everything but the secrets', async () => {
    const receiver = await receiverThat(statuses(503, 404));
    const { deliver, reports, logger } = impatient(1_000);
    const outcome = await deliver(receiver.url.replace('https://', 'https://user:pw-1@').concat('?key=q-1#f'));
    expect(reports).toEqual([
      {
        transaction: expect.stringMatching(/^transaction-/),
        why: 'refused',
        clientId: '42',
        subject: 'alice',
        result: 'AUTHORIZED',
        deliveryMode: 'PUSH',
        endpoint: receiver.url,
        status: 404,
        attempts: 2,
        error: outcome.delivered ? undefined : outcome.error,
        durationMs: expect.any(Number),
      },
    ]);
    expect(logger.entries.map(({ level }) => level)).toEqual(['warn', 'error']);
    expect(logger.entries[1]?.details).toEqual(reports[0]);
    const told = inspect([reports, logger.entries, outcome], { depth: 20 });
    expect(told).not.toMatch(/notification-token|access-token|req-1|pw-1|q-1/);
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no pager');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no pager'))],
  ])('is given up quietly when onGiveUp %s', async (_kind, onGiveUp) => {
    const receiver = await receiverThat(statuses(404));
    const { deliver, logger } = delivering({ onGiveUp });
    expect(await deliver(receiver.url)).toMatchObject({ delivered: false, status: 404 });
    await new Promise(setImmediate);
    expect(logger.entries.map(({ message }) => message)).toEqual([
      'a notification was given up',
      'notifications.onGiveUp failed',
    ]);
  });
});

describe('close()', () => {
  async function settled(work: Promise<unknown>): Promise<boolean> {
    return Promise.race([work.then(() => true), new Promise<boolean>((resolve) => setImmediate(() => resolve(false)))]);
  }

  const nothing = { transactions: 0, deliveries: 0 };
  const one = { transactions: 0, deliveries: 1 };

  it('waits for deliveries', async () => {
    const made = delivering();
    let closed: Promise<unknown> = Promise.resolve();
    const receiver = await receiverThat((res) => {
      closed = made.close({ timeout: 60_000 });
      setImmediate(async () => {
        expect(await settled(closed)).toBe(false);
        res.writeHead(204).end();
      });
    });
    expect(await made.deliver(receiver.url)).toMatchObject({ delivered: true });
    expect(await closed).toEqual(nothing);
  });

  it('gives up at its deadline what waits for another attempt, and reports it', async () => {
    const receiver = await receiverThat(statuses(503));
    const waiting = deferred();
    const logger = { ...recordingLogger(), warn: () => waiting.resolve() };
    const made = delivering({}, logger);
    const outcome = made.deliver(receiver.url);
    await waiting.promise;
    expect(await made.close({ timeout: 0 })).toEqual(one);
    expect(await outcome).toMatchObject({
      delivered: false,
      status: 503,
      attempts: 1,
      error: { code: 'ERR_NOTIFICATION_CLOSED', cause: { code: 'ERR_NOTIFICATION_STATUS' } },
    });
    expect(made.reports).toMatchObject([{ status: 503, error: { code: 'ERR_NOTIFICATION_CLOSED' } }]);
    expect(made.events).toMatchObject([{ type: 'gaveUp', why: 'closed', status: 503, attempts: 1 }]);
  });

  it('leaves an attempt that is under way a moment', async () => {
    const made = delivering();
    let closed: Promise<unknown> = Promise.resolve();
    const receiver = await receiverThat((res) => {
      closed = made.close({ timeout: 0 });
      setImmediate(() => res.writeHead(204).end());
    });
    expect(await made.deliver(receiver.url)).toMatchObject({ delivered: true, attempts: 1 });
    expect(await closed).toEqual(nothing);
  });

  concurrently('gives up an attempt that hangs', async () => {
    const receiver = await receiverThat(() => {});
    const made = delivering();
    const outcome = made.deliver(receiver.url);
    expect(await made.close({ timeout: 0 })).toEqual(one);
    expect(await outcome).toMatchObject({ delivered: false, error: { code: 'ERR_NOTIFICATION_CLOSED' } });
  });

  concurrently('may be called twice: the earlier deadline counts', async () => {
    const receiver = await receiverThat(() => {});
    const made = delivering();
    const outcome = made.deliver(receiver.url);
    expect(await Promise.all([made.close({ timeout: 60_000 }), made.close({ timeout: 0 })])).toEqual([one, one]);
    expect(await outcome).toMatchObject({ delivered: false });
  });

  concurrently('leaves nothing to what comes after it: an answer of Authlete that is late', async () => {
    const receiver = await receiverThat(statuses(204));
    const made = delivering();
    const answer = made.holdAnswer();
    const outcome = made.deliver(receiver.url);
    expect(await made.close({ timeout: 0 })).toEqual({ transactions: 1, deliveries: 0 });
    answer.resolve();
    expect(await outcome).toMatchObject({
      delivered: false,
      attempts: 0,
      error: { code: 'ERR_NOTIFICATION_CLOSED' },
    });
    expect(made.reports).toHaveLength(1);
  });
});
