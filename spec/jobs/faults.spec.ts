import { randomUUID } from 'node:crypto';
import { describe, expect } from '@jest/globals';
import {
  authorized,
  type CibaBackchannelOptions,
  cibaBackchannel,
  type Job,
  type JobQueue,
  later,
} from 'ciba-backchannel';
import { jobCodec } from '../../lib/jobs/job-codec.js';
import { rows } from '../../lib/jobs/rows.js';
import { seals } from '../../lib/seal/seals.js';
import { inFlight } from '../../lib/time/in-flight.js';
import { ask } from '../support/asking.js';
import { stubAuthlete } from '../support/complete-stub.js';
import { afterwards, concurrently } from '../support/concurrently.js';
import {
  brokenConnection,
  handleKeys,
  newHandle,
  notification,
  receiverThat,
  refusedConnection,
  sharedStore,
  until,
} from '../support/deciding-processes.js';
import { deferred, never } from '../support/deferred.js';
import { memoryStore } from '../support/memory-queue.js';
import { lease } from '../support/queue-rules.js';
import { receiverCertificate, statuses } from '../support/receiver.js';
import { recordingLogger } from '../support/recording-logger.js';
import { stubAuthlete as stubEngine, valid } from '../support/stub-authlete.js';

const status = (code: number) =>
  Promise.reject(Object.assign(new Error(`status ${code}`), { code: 'ERR_AUTHLETE_STATUS', status: code }));

const silent = (options: Partial<CibaBackchannelOptions> & Pick<CibaBackchannelOptions, 'authlete'>) => {
  const ciba = cibaBackchannel({
    handleKeys,
    logger: false,
    identifyUser: () => ({ subject: 'alice' }),
    authenticate: () => authorized(),
    ...options,
  });
  afterwards(() => ciba.close({ timeout: 0 }));
  return ciba;
};

const issuedFor = (expiresIn: number) => ({
  action: 'OK',
  responseContent: `{"auth_req_id":"a","expires_in":${expiresIn}}`,
  authReqId: 'a',
  expiresIn,
});

const push = { ...valid, deliveryMode: 'PUSH' };

describe('A process that cannot do a job leaves it to one that can', () => {
  for (const code of [401, 403, 404, 302]) {
    concurrently(`a decision that Authlete answers with ${code}`, async () => {
      const { started } = await sharedStore();
      const first = started(stubAuthlete(() => status(code)));
      expect(await first.complete(newHandle(), authorized())).toEqual({ action: 'QUEUED' });
      expect(first.logger.entries.at(-1)).toMatchObject({ level: 'error', details: { again: true } });
      const second = started(stubAuthlete());
      expect(await second.event('completed')).toMatchObject({ result: 'AUTHORIZED' });
      expect(first.events).toEqual([]);
    });
  }

  concurrently('but for a decision that Authlete answers with 400: that is final', async () => {
    const { started, emptied } = await sharedStore();
    const { complete, event } = started(stubAuthlete(() => status(400)));
    await expect(complete(newHandle(), authorized())).rejects.toMatchObject({ status: 400 });
    expect(await event('gaveUp')).toMatchObject({ why: 'refused' });
    await emptied();
  });

  concurrently('a notification whose endpoint this process may not call, or does not trust', async () => {
    const { started, emptied } = await sharedStore();
    const receiver = await receiverThat(statuses(204));
    const authlete = stubAuthlete(notification(receiver));
    const closed = started(authlete, { notifications: {} });
    const distrustful = started(authlete, { notifications: { allow: () => true } });
    const handles = [newHandle('PUSH'), newHandle('PUSH')] as const;
    const [one, other] = await Promise.all([
      closed.complete(handles[0], authorized()),
      distrustful.complete(handles[1], authorized()),
    ]);
    expect(await one.notification).toMatchObject({ queued: true, error: { code: 'ERR_NOTIFICATION_ENDPOINT' } });
    expect(await other.notification).toMatchObject({ queued: true, error: { code: 'ERR_NOTIFICATION_UNREACHABLE' } });
    await Promise.all([closed.close({ timeout: 0 }), distrustful.close({ timeout: 0 })]);
    started(authlete);
    await emptied();
    expect(receiver.received).toHaveLength(2);
  });
});

describe('Nobody waits behind another client or behind Authlete', () => {
  concurrently('a ping is repeated at once though sixty others hang', async () => {
    const hanging = await receiverThat(() => {});
    const other = await receiverThat(statuses(503, 204));
    const { started } = await sharedStore();
    let url = hanging.url;
    const authlete = stubAuthlete(() => notification({ url }));
    const { complete, event } = started(authlete);
    await Promise.all(Array.from({ length: 60 }, () => complete(newHandle('PING'), authorized())));
    url = other.url;
    await complete(newHandle('PING'), authorized());
    expect(await event('notified')).toMatchObject({ attempts: 2 });
  });

  concurrently('an expiry is adopted though adopted decisions and notifications hang', async () => {
    const store = memoryStore();
    const { started } = await sharedStore(store);
    const hanging = await receiverThat(() => {});
    const ended = deferred();
    const authlete = stubAuthlete(({ result }) => {
      if (result === 'AUTHORIZED') return never;
      ended.resolve();
      return { action: 'NO_ACTION' };
    });
    const { seal } = jobCodec(handleKeys, {} as never);
    const transaction = () => {
      const ticket = randomUUID();
      return { id: ticket, ticket, clientId: '42', subject: 'alice', deliveryMode: 'PUSH' as const };
    };
    const expiresAt = Date.now() + 60_000;
    const jobs = Array.from({ length: 30 }, () => [
      seal({
        kind: 'decision',
        transaction: transaction(),
        request: { ticket: 't', result: 'AUTHORIZED', subject: 'alice' },
        expiresAt,
        attempts: 0,
        unheard: true,
      }),
      seal({
        kind: 'notification',
        transaction: transaction(),
        endpoint: hanging.url,
        token: 't',
        body: '{}',
        result: 'AUTHORIZED',
        expiresAt,
        attempts: 0,
        begunAt: Date.now(),
      }),
    ]).flat();
    jobs.push(seal({ kind: 'expiry', transaction: transaction(), expiresAt }));
    await store.queue().put(
      'a dead process',
      jobs.map((job) => ({ ...job, dueAt: Date.now() })),
    );
    started(authlete);
    await ended.promise;
  });
});

describe('When the store fails', () => {
  concurrently('complete() rejects, nothing is taken, and the handle can be used again', async () => {
    const { started, emptied } = await sharedStore();
    const authlete = stubAuthlete();
    let away = true;
    const before = async () => {
      if (away) throw new Error('the store is away');
    };
    const { complete } = started(authlete, { faults: { before } });
    const handle = newHandle();
    await expect(complete(handle, authorized())).rejects.toMatchObject({
      code: 'ERR_QUEUE_UNAVAILABLE',
      cause: { message: 'the store is away' },
    });
    expect(authlete.requests).toEqual([]);
    away = false;
    expect(await complete(handle, authorized())).toEqual({ action: 'NO_ACTION' });
    await emptied();
  });

  concurrently('and the answer to an INSERT is lost: nothing is taken, or reported as unknown', async () => {
    const { started, emptied } = await sharedStore();
    const authlete = stubAuthlete();
    let lost = 0;
    const after = async () => {
      lost += 1;
      if (lost === 1) throw new Error('the connection broke');
    };
    const { complete, events } = started(authlete, { faults: { after } });
    await expect(complete(newHandle(), authorized())).rejects.toMatchObject({ code: 'ERR_QUEUE_UNAVAILABLE' });
    await emptied();
    await new Promise((resolve) => setTimeout(resolve, 2 * lease));
    expect(authlete.requests).toEqual([]);
    expect(events).toEqual([]);
  });

  concurrently('every answer of it may be lost once: a hook’s push is delivered, and nothing is given up', async () => {
    const { started, store, emptied } = await sharedStore();
    const receiver = await receiverThat(statuses(204));
    const lost = new Set<string>();
    const after = async (operation: string, [job]: readonly { stage: number }[]) => {
      const kind = `${operation} ${job?.stage}`;
      if (lost.has(kind)) return;
      lost.add(kind);
      throw new Error('the connection broke');
    };
    const events: object[] = [];
    const ciba = silent({
      authlete: stubEngine({
        backchannelAuthentication: push,
        backchannelAuthenticationComplete: notification(receiver),
      }),
      queue: store.queue({ lease, after }),
      notifications: { allow: () => true, tls: { ca: (await receiverCertificate()).cert } },
      onEvent: (event) => events.push(event),
    });
    await ask(ciba);
    await ciba.idle();
    const second = started(stubAuthlete({ action: 'SERVER_ERROR' }));
    await emptied();
    await new Promise((resolve) => setTimeout(resolve, 2 * lease));
    expect(receiver.received).toHaveLength(1);
    expect([...events, ...second.events]).not.toContainEqual(expect.objectContaining({ type: 'gaveUp' }));
  });

  concurrently(
    'and is away for a second while a push is decided: it is stored when it is back, for others',
    async () => {
      const { started, store } = await sharedStore();
      const receiver = await receiverThat((res, n) =>
        n === 1 ? res.writeHead(503, { 'retry-after': '60' }).end() : res.writeHead(204).end(),
      );
      let away = false;
      const before = async () => {
        if (away) throw new Error('the store is away');
      };
      const authlete = stubAuthlete(() => {
        away = true;
        return notification(receiver);
      });
      const first = started(authlete, { faults: { before } });
      await (await first.complete(newHandle('PUSH'), authorized())).notification;
      away = false;
      await until(() => store.jobs().some(({ stage }) => stage === 2));
      expect(await first.close({ timeout: 0 })).toEqual({ transactions: 0, deliveries: 0 });
      const second = started(authlete);
      expect(await second.event('notified')).toMatchObject({ attempts: 2 });
    },
  );

  concurrently('and takes a hook’s decision late, with Authlete away: it outlives close()', async () => {
    const { started, store } = await sharedStore();
    const [answers, told] = [deferred(), deferred()];
    const before = async (operation: string) => {
      if (operation === 'put') await answers.promise;
    };
    const ciba = silent({
      authlete: stubEngine({
        backchannelAuthenticationComplete: () => {
          told.resolve();
          return refusedConnection();
        },
      }),
      queue: store.queue({ lease, before }),
    });
    await ask(ciba);
    await told.promise;
    answers.resolve();
    await until(() => store.jobs().length > 0);
    expect(await ciba.close({ timeout: 0 })).toEqual({ transactions: 0, deliveries: 0 });
    const second = started(stubAuthlete());
    expect(await second.event('completed')).toMatchObject({ result: 'AUTHORIZED' });
  });

  concurrently('and takes neither a hook’s decision nor Authlete’s answer, close() says what is lost', async () => {
    const { store } = await sharedStore();
    const receiver = await receiverThat((res) => res.writeHead(503).end());
    const before = () => Promise.reject(new Error('the store is away'));
    const events: { type: string }[] = [];
    const authlete = stubEngine({
      backchannelAuthentication: push,
      backchannelAuthenticationComplete: notification(receiver),
    });
    const ciba = silent({
      authlete,
      queue: store.queue({ lease, before }),
      notifications: { allow: () => true, tls: { ca: (await receiverCertificate()).cert } },
      onEvent: (event) => events.push(event),
    });
    await ask(ciba);
    await until(() => receiver.received.length > 0);
    expect(await ciba.close({ timeout: 0 })).toEqual({ transactions: 0, deliveries: 1 });
    expect(events.at(-1)).toMatchObject({ type: 'gaveUp', why: 'closed' });
  });

  concurrently('and does not answer, a request is answered all the same', async () => {
    const { store } = await sharedStore();
    const queue = store.queue({ lease, before: () => never });
    const ciba = silent({
      authlete: stubEngine({ backchannelAuthentication: push }),
      queue,
      authenticate: () => later(),
    });
    // The queue never answers: whoever waited for it would never answer either.
    expect((await ask(ciba)).status).toBe(200);
  });

  concurrently('while the end of a decision is stored, complete() tells what Authlete has said', async () => {
    const { started } = await sharedStore();
    const before = (operation: string) => (operation === 'end' ? never : undefined);
    const { complete } = started(stubAuthlete(), { faults: { before } });
    expect(await complete(newHandle(), authorized())).toEqual({ action: 'NO_ACTION' });
  });

  concurrently('an expiry that cannot be stored is logged, and comes back once a lease', async () => {
    const { store } = await sharedStore();
    const { started } = await sharedStore(store);
    const { seal } = jobCodec(handleKeys, {} as never);
    const transaction = { id: 'a', ticket: 'a', clientId: '42', subject: 'alice', deliveryMode: 'PUSH' as const };
    const expiry = seal({ kind: 'expiry', transaction, expiresAt: Date.now() - 3 * lease });
    await store.queue().put('a dead process', [{ ...expiry, dueAt: Date.now() }]);
    let puts = 0;
    const before = async (operation: string) => {
      if (operation !== 'put') return;
      puts += 1;
      throw new Error('permission denied');
    };
    const { logger } = started(stubAuthlete(), { faults: { before } });
    await new Promise((resolve) => setTimeout(resolve, 3 * lease));
    expect(logger.text()).toContain('permission denied');
    expect(puts).toBeLessThan(12);
  });
});

describe('What a process cannot read', () => {
  const { seal: sealText } = seals(handleKeys, 'job', 'handleKeys');

  for (const [what, change] of [
    ['of a kind that it does not know', { kind: 'refund' }],
    ['of a later version', { v: 2 }],
    ['of another queue', { queue: 'payments' }],
    ['without its request', { request: undefined }],
  ] as const) {
    concurrently(`a job ${what} is not performed: it comes back, and is removed when it has expired`, async () => {
      const { store, started, emptied } = await sharedStore();
      const ticket = randomUUID();
      const { seal } = jobCodec(handleKeys, {} as never);
      const contents = {
        kind: 'decision' as const,
        transaction: { id: 'a', ticket, clientId: '42', subject: 'alice', deliveryMode: 'PUSH' as const },
        request: { ticket, result: 'AUTHORIZED' as const, subject: 'alice' },
        expiresAt: Date.now() + lease,
        attempts: 0,
        unheard: true,
      };
      const { id } = seal(contents);
      const data = sealText(JSON.stringify({ v: 1, id, queue: '', ...contents, ...change }));
      const { expiresAt } = contents;
      await store.queue().put('another version', [{ id, stage: 1, data, dueAt: Date.now(), expiresAt }]);
      const authlete = stubAuthlete();
      const { logger } = started(authlete);
      await emptied();
      const messages = logger.entries.map(({ level, message }) => `${level}: ${message}`);
      expect(messages[0]).toBe('warn: a job cannot be opened; it stays for a process that can');
      expect(messages.at(-1)).toBe('error: a job that could not be opened has expired and is removed');
      expect(authlete.requests).toEqual([]);
    });
  }

  concurrently('is not hidden from a process that can, for a whole lease', async () => {
    const { store, started } = await sharedStore();
    const foreign = started(stubAuthlete(), {
      handleKeys: ['another secret of thirty-two bytes'],
      queue: store.queue({ lease: 60_000 }),
    });
    const away = started(stubAuthlete(refusedConnection));
    await away.complete(newHandle(), authorized());
    await away.close({ timeout: 0 });
    await until(() => foreign.logger.entries.length > 0);
    const able = started(stubAuthlete(), { queue: store.queue({ lease: 60_000 }) });
    await able.event('completed');
  });
});

describe('A process', () => {
  const notificationContents = () => ({
    kind: 'notification' as const,
    transaction: { id: 'a', ticket: 'a', clientId: '42', subject: 'alice', deliveryMode: 'PUSH' as const },
    ...{ endpoint: 'https://client.example', token: 't', body: '{}', result: 'AUTHORIZED' as const },
    ...{ expiresAt: Date.now() + 60_000, attempts: 0, begunAt: Date.now() },
  });
  const owner = (name: string, queue: JobQueue) => {
    const codec = jobCodec(handleKeys, queue);
    return rows({ queue, name, adopter: name, codec, lease, logger: recordingLogger(), running: inFlight() });
  };

  concurrently(
    'says unknown where a call was lost and Authlete refuses the next, and not where it never came',
    async () => {
      const { started } = await sharedStore();
      const refusing = (first: () => Promise<never>) => {
        let calls = 0;
        return stubAuthlete(() => {
          calls += 1;
          return calls === 1 ? first() : { action: 'SERVER_ERROR' };
        });
      };
      const [lost, unreached] = [started(refusing(brokenConnection)), started(refusing(refusedConnection))];
      await Promise.all([lost, unreached].map(({ complete }) => complete(newHandle('PUSH'), authorized())));
      expect(await lost.event('gaveUp')).toMatchObject({ why: 'unknown' });
      expect(await unreached.event('gaveUp')).toMatchObject({ why: 'refused' });
    },
  );

  concurrently('asks the row after its lease also where the store has not answered when it was written', async () => {
    const store = memoryStore();
    let [isAway, isLost] = [false, true];
    const row = owner(
      'still',
      store.queue({
        before: () => (isAway ? Promise.reject(new Error('away')) : undefined),
        after: () => {
          if (!isLost) return undefined;
          [isAway, isLost] = [true, false];
          return Promise.reject(new Error('the answer was lost'));
        },
      }),
    ).of('a');
    row.become(notificationContents()).catch(() => {});
    const taken = deferred<Job>();
    const work = store.queue().work('other', async (job) => taken.resolve(job), { concurrency: 1, lease });
    const other = owner('other', store.queue()).adopt(await taken.promise);
    isAway = false;
    expect(row.lapsed).toBe(true);
    expect(await row.isMine()).toBe(false);
    row.release();
    other.remove();
    await work.stop();
  });

  concurrently('writes at once what is to be done now, and not after the pause of a write that failed', async () => {
    const store = memoryStore();
    let puts = 0;
    const before = async (operation: string) => {
      if (operation !== 'put') return;
      puts += 1;
      if (puts === 1) throw new Error('away');
    };
    const row = owner('first', store.queue({ before })).of('a');
    row.become(notificationContents(), 60_000).catch(() => {});
    await new Promise(setImmediate);
    row.become(notificationContents()).catch(() => {});
    await new Promise(setImmediate);
    expect(puts).toBe(2);
    row.remove();
  });

  concurrently('that stood still for longer than its lease asks the row before it does anything more', async () => {
    const store = memoryStore();
    const row = owner('still', store.queue()).of('a');
    expect(await row.storeOnce(notificationContents())).toBe(true);
    row.release(); // It does not renew its lease while it stands still.
    const taken = deferred<Job>();
    const work = store.queue().work('other', async (job) => taken.resolve(job), { concurrency: 1, lease });
    const other = owner('other', store.queue()).adopt(await taken.promise);
    expect(row.lapsed).toBe(true);
    expect(await row.isMine()).toBe(false);
    expect(await other.isMine()).toBe(true);
    other.remove();
    await work.stop();
  });

  concurrently('whose attempt is under way at the deadline of close() gives its row back only afterwards', async () => {
    const { store, started, emptied } = await sharedStore();
    const arrived = deferred<{ writeHead(status: number): { end(): void } }>();
    const receiver = await receiverThat((res) => arrived.resolve(res));
    const authlete = stubAuthlete(notification(receiver));
    const first = started(authlete);
    await first.complete(newHandle('PUSH'), authorized());
    const res = await arrived.promise;
    const closed = first.close({ timeout: 0 });
    const second = started(authlete);
    await until(() => store.jobs().every(({ stage }) => stage === 2));
    await new Promise((resolve) => setTimeout(resolve, 100));
    res.writeHead(204).end();
    expect(await closed).toEqual({ transactions: 0, deliveries: 0 });
    await emptied();
    expect(receiver.received).toHaveLength(1);
    expect(second.events).toEqual([]);
  });

  concurrently('keeps a decision whose call is under way, also after its expiry', async () => {
    const { store, started, emptied } = await sharedStore();
    const [answer, told] = [deferred<object>(), deferred()];
    const { seal } = jobCodec(handleKeys, {} as never);
    const ticket = randomUUID();
    const decision = seal({
      kind: 'decision',
      transaction: { id: 'a', ticket, clientId: '42', subject: 'alice', deliveryMode: 'PUSH' },
      request: { ticket, result: 'AUTHORIZED', subject: 'alice' },
      expiresAt: Date.now() - 2 * lease,
      attempts: 0,
      unheard: false,
    });
    await store.queue().put('a dead process', [{ ...decision, dueAt: Date.now() }]);
    let ends = 0;
    const before = async (operation: string) => {
      if (operation !== 'end') return;
      ends += 1;
      if (ends === 1) throw new Error('the store is away');
    };
    const first = started(
      stubAuthlete(() => {
        told.resolve();
        return answer.promise;
      }),
      { faults: { before } },
    );
    await told.promise;
    const authlete = stubAuthlete();
    const second = started(authlete);
    await new Promise((resolve) => setTimeout(resolve, 2 * lease));
    answer.resolve({ action: 'SERVER_ERROR' });
    await emptied();
    expect(first.events).toMatchObject([{ type: 'gaveUp', why: 'expired' }]);
    expect([...authlete.requests, ...second.events]).toEqual([]);
  });

  concurrently('that is to close sooner gives its rows back sooner', async () => {
    const { store, started } = await sharedStore();
    const answer = deferred<object>();
    const first = started(stubAuthlete(() => answer.promise));
    void first.complete(newHandle(), authorized());
    await until(() => store.jobs().length === 1);
    void first.close({ timeout: 20_000 });
    const closed = first.close({ timeout: 0 });
    answer.reject(Object.assign(new Error('503'), { code: 'ERR_AUTHLETE_STATUS', status: 503 }));
    await closed;
    expect(store.jobs()[0]?.dueAt).toBeLessThanOrEqual(Date.now());
  });

  concurrently('tells Authlete once of a short transaction that nobody decides, and its hook hears of it', async () => {
    const aborted = deferred();
    const events: object[] = [];
    const authlete = stubEngine({ backchannelAuthentication: push, backchannelAuthenticationIssue: issuedFor(3) });
    const ciba = silent({
      authlete,
      onEvent: (event) => events.push(event),
      authenticate: ({ signal }) => {
        signal.addEventListener('abort', () => aborted.resolve());
        return never;
      },
    });
    await ask(ciba);
    await aborted.promise;
    await ciba.idle();
    expect(authlete.requests('backchannelAuthenticationComplete')).toMatchObject([{ result: 'TRANSACTION_FAILED' }]);
  });
});
