import { describe, expect } from '@jest/globals';
import {
  authorized,
  type CibaBackchannelOptions,
  type CibaEvent,
  cibaBackchannel,
  denied,
  type Job,
  type JobQueue,
  later,
} from 'ciba-backchannel';
import request from 'supertest';
import { stubAuthlete } from './complete-stub.js';
import { afterwards, concurrently } from './concurrently.js';
import { decidingProcesses, handleKeys, newHandle, notification, receiverThat } from './deciding-processes.js';
import { deferred, never } from './deferred.js';
import { lease, newJob, type QueueFactory } from './queue-rules.js';
import { statuses } from './receiver.js';
import { recordingLogger } from './recording-logger.js';
import { serving } from './serving.js';
import { stubAuthlete as stubEngine, ticket, valid } from './stub-authlete.js';

/** The rules of decisions, notifications and expiries in a queue that survives processes. */
export function completionRules(open: QueueFactory): void {
  /** Processes that share a queue. */
  async function opened() {
    const processes = await open();
    const started = await decidingProcesses(processes);

    /** A process whose leases run out while Authlete takes its time. */
    function startedSlow(queue: JobQueue, answer: Promise<object>) {
      return started(
        stubAuthlete(() => answer),
        { queue: unrenewed(queue) },
      );
    }

    return { processes, started, startedSlow };
  }

  const down = () => Promise.reject(new Error('connection refused'));

  concurrently('a decision is stored, illegibly, before Authlete is told', async () => {
    const { processes, started } = await opened();
    const order: string[] = [];
    const stored: Job[] = [];
    const queue = processes();
    const recording: JobQueue = {
      ...queue,
      async put(owner, jobs) {
        const ids = await queue.put(owner, jobs);
        order.push('stored');
        stored.push(...jobs);
        return ids;
      },
    };
    const authlete = stubAuthlete(() => {
      order.push('told');
      return { action: 'NO_ACTION' };
    });
    const { complete } = started(authlete, { queue: recording });
    const before = Date.now();
    expect(await complete(newHandle(), authorized())).toEqual({ action: 'NO_ACTION' });
    expect(order).toEqual(['stored', 'told']);
    expect(stored[0]?.data).toMatch(/^[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(Buffer.from(stored[0]?.data.split('.')[3] ?? '', 'base64url').toString('latin1')).not.toMatch(
      /alice|ticket/,
    );
    expect(stored[0]?.dueAt).toBeGreaterThan(before);
  });

  concurrently('a decision that Authlete cannot be told of is QUEUED, and told when Authlete is back', async () => {
    const { started } = await opened();
    let away = true;
    const authlete = stubAuthlete(() => (away ? down() : { action: 'NO_ACTION' }));
    const { complete, event } = started(authlete);
    expect(await complete(newHandle(), authorized())).toEqual({ action: 'QUEUED' });
    away = false;
    expect(await event('completed')).toMatchObject({ result: 'AUTHORIZED' });
  });

  concurrently(
    'complete() answers at its timeout with QUEUED, and the answer of Authlete is heard when it comes',
    async () => {
      const { started } = await opened();
      const answer = deferred<object>();
      const { complete, event } = started(
        stubAuthlete(() => answer.promise),
        { timeout: 250 },
      );
      expect(await complete(newHandle(), authorized())).toEqual({ action: 'QUEUED' });
      answer.resolve({ action: 'NO_ACTION' });
      await event('completed');
    },
  );

  concurrently(
    'of two decisions at two processes, with Authlete down, one is stored and the other is refused',
    async () => {
      const { started } = await opened();
      const authlete = stubAuthlete(down);
      const handle = newHandle();
      const [first, second] = [started(authlete), started(authlete)];
      const settled = await Promise.allSettled([
        first.complete(handle, authorized()),
        second.complete(handle, denied()),
      ]);
      expect(settled.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(settled).toContainEqual({ status: 'fulfilled', value: { action: 'QUEUED' } });
      const [refused] = settled.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
      expect(refused?.reason).toMatchObject({ code: 'ERR_COMPLETE_REFUSED' });
    },
  );

  concurrently('what a dead process has left, another does when the lease ends', async () => {
    const { processes, started } = await opened();
    const queue = processes();
    let dead = false;
    const dying = unworked(mortal(queue, () => dead));
    const told = deferred();
    const first = started(
      stubAuthlete(() => {
        told.resolve();
        return never;
      }),
      { queue: dying, timeout: 100 },
    );
    first.complete(newHandle(), authorized()).catch(() => {});
    await told.promise;
    dead = true;
    const second = started(stubAuthlete());
    expect(await second.event('completed')).toMatchObject({ result: 'AUTHORIZED' });
  });

  concurrently('a repetition that Authlete refuses has an unknown outcome, and that is reported', async () => {
    const { processes, started } = await opened();
    const queue = processes();
    let dead = false;
    const authlete = stubAuthlete(async () => {
      dead = true; // It dies between Authlete's answer and its storing.
      return { action: 'NO_ACTION' };
    });
    const first = started(authlete, {
      queue: unworked(mortal(queue, () => dead)),
      timeout: 100,
    });
    await first.complete(newHandle('PUSH'), authorized()).catch(() => {});
    const second = started(authlete);
    expect(await second.event('gaveUp')).toMatchObject({ why: 'unknown', subject: 'alice', attempts: 0 });
  });

  concurrently('a lease is renewed while Authlete takes its time: nobody else does the same', async () => {
    const { started } = await opened();
    const answer = deferred<object>();
    const authlete = stubAuthlete(() => answer.promise);
    const [first, second] = [started(authlete), started(authlete)];
    const completed = first.complete(newHandle(), authorized());
    await new Promise((resolve) => setTimeout(resolve, 3 * lease));
    answer.resolve({ action: 'NO_ACTION' });
    expect(await completed).toEqual({ action: 'NO_ACTION' });
    expect(authlete.requests).toHaveLength(1);
    expect(second.events).toEqual([]);
  });

  concurrently('a notification is delivered once, and repeated by any process that runs', async () => {
    const { started } = await opened();
    const receiver = await receiverThat(statuses(503, 204));
    const [first, second] = [started(stubAuthlete(notification(receiver))), started(stubAuthlete())];
    const result = await first.complete(newHandle('PUSH'), authorized());
    expect(result.action).toBe('NOTIFICATION');
    expect(await result.notification).toMatchObject({ delivered: false, queued: true, status: 503, attempts: 1 });
    const notified = await Promise.race([first.event('notified'), second.event('notified')]);
    expect(notified).toMatchObject({ attempts: 2, status: 204 });
    expect(receiver.received).toHaveLength(2);
  });

  concurrently('close() hands what is left to another process, and nobody gives up', async () => {
    const { started } = await opened();
    const receiver = await receiverThat((res, n) =>
      n === 1 ? res.writeHead(503, { 'retry-after': '1' }).end() : res.writeHead(204).end(),
    );
    const first = started(stubAuthlete(notification(receiver)));
    const { notification: outcome } = await first.complete(newHandle('PUSH'), authorized());
    await outcome;
    expect(await first.close({ timeout: 0 })).toEqual({ transactions: 0, deliveries: 0 });
    expect(first.events.map(({ type }) => type)).toEqual(['completed']);
    const second = started(stubAuthlete());
    expect(await second.event('notified')).toMatchObject({ attempts: 2 });
  });

  concurrently('a notification that was heard is delivered from memory while the store is away', async () => {
    const { processes, started } = await opened();
    const receiver = await receiverThat(statuses(204));
    const queue = processes();
    let away = false;
    const authlete = stubAuthlete(() => {
      away = true;
      return notification(receiver);
    });
    const { complete, event } = started(authlete, { queue: mortal(queue, () => away) });
    const { notification: outcome } = await complete(newHandle('PUSH'), authorized());
    expect(await outcome).toMatchObject({ delivered: true });
    await event('notified');
    away = false;
    // The decision ends when the store is back, and nobody repeats it.
    const second = started(authlete);
    await new Promise((resolve) => setTimeout(resolve, 1_500 + lease));
    expect(second.events.filter(({ type }) => type !== 'gaveUp')).toEqual([]);
    expect(receiver.received).toHaveLength(1);
  });

  concurrently(
    'what is delivered from memory is stored when the store is back: another process delivers it after close()',
    async () => {
      const { processes, started } = await opened();
      const attempted = deferred();
      const receiver = await receiverThat((res, n) => {
        if (n > 1) return res.writeHead(204).end();
        res.writeHead(503, { 'retry-after': '60' }).end();
        attempted.resolve();
      });
      let away = false;
      const queue = mortal(unworked(processes()), () => away);
      const stored = deferred();
      const recording = answered(queue, (jobs) => {
        if (jobs.some(({ stage }) => stage === 2)) stored.resolve();
      });
      const authlete = stubAuthlete(() => {
        away = true;
        return notification(receiver);
      });
      const first = started(authlete, { queue: recording });
      expect(await first.complete(newHandle('PUSH'), authorized())).toMatchObject({ action: 'NOTIFICATION' });
      await attempted.promise;
      away = false;
      await stored.promise;
      await first.close({ timeout: 0 });
      const second = started(authlete);
      expect(await second.event('notified')).toMatchObject({ status: 204 });
      expect(receiver.received).toHaveLength(2);
      expect(authlete.requests).toHaveLength(1);
    },
  );

  concurrently(
    'a notification that was heard is stored even if the decision was ended by another process',
    async () => {
      const { processes, started } = await opened();
      const receiver = await receiverThat(statuses(503, 204));
      const queue = processes();
      const ended: JobQueue = {
        ...queue,
        async put(owner, jobs) {
          const notifications = jobs.filter(({ stage }) => stage === 2);
          await queue.end(notifications.map(({ id }) => ({ id, stage: 1 })));
          return queue.put(owner, jobs);
        },
      };
      const { complete, event } = started(stubAuthlete(notification(receiver)), { queue: ended });
      await complete(newHandle('PUSH'), authorized());
      expect(await event('notified')).toMatchObject({ attempts: 2 });
    },
  );

  concurrently(
    'a notification that is stored too late is delivered from memory, and ends in the store with that',
    async () => {
      const { processes, started } = await opened();
      const receiver = await receiverThat(statuses(503, 204));
      const queue = processes();
      const slow = slowNotifications(unworked(queue));
      const first = started(stubAuthlete(notification(receiver)), { queue: slow });
      const { notification: outcome } = await first.complete(newHandle('PUSH'), authorized());
      expect(await outcome).toMatchObject({ delivered: false, queued: true, attempts: 1 });
      expect(await first.event('notified')).toMatchObject({ attempts: 2 });
      const second = started(stubAuthlete());
      await new Promise((resolve) => setTimeout(resolve, 3 * lease));
      expect(receiver.received).toHaveLength(2);
      expect(second.events).toEqual([]);
    },
  );

  concurrently('close() waits until a notification that was stored too late has ended in the store', async () => {
    const { processes, started } = await opened();
    const receiver = await receiverThat(statuses(204));
    const queue = processes();
    const ids = new Set<string>();
    const slow = answered(unworked(queue), async (jobs) => {
      for (const { id } of jobs) ids.add(id);
      await new Promise((resolve) => setTimeout(resolve, lease / 2));
    });
    const { complete, close } = started(stubAuthlete(notification(receiver)), { queue: slow });
    const { notification: outcome } = await complete(newHandle('PUSH'), authorized());
    expect(await outcome).toMatchObject({ delivered: true });
    await close({ timeout: 5_000 });
    expect(ids.size).toBe(1);
    expect(await queue.end([...ids].map((id) => ({ id, stage: 2 })))).toEqual([]);
  });

  concurrently('close() leaves to others what was stored too late, and nobody gives up', async () => {
    const { processes, started } = await opened();
    const receiver = await receiverThat((res, n) =>
      n === 1 ? res.writeHead(503, { 'retry-after': '60' }).end() : res.writeHead(204).end(),
    );
    const queue = processes();
    const stored = deferred();
    const slow = answered(slowNotifications(unworked(queue)), (jobs) => {
      if (jobs.some(({ stage }) => stage === 2)) stored.resolve();
    });
    const first = started(stubAuthlete(notification(receiver)), { queue: slow });
    const { notification: outcome } = await first.complete(newHandle('PUSH'), authorized());
    expect(await outcome).toMatchObject({ delivered: false, queued: true, attempts: 1 });
    await stored.promise;
    expect(await first.close({ timeout: 0 })).toEqual({ transactions: 0, deliveries: 0 });
    expect(first.events.map(({ type }) => type)).toEqual(['completed']);
    const second = started(stubAuthlete());
    expect(await second.event('notified')).toMatchObject({ attempts: 2 });
  });

  concurrently('close() tries once more to end what could not be ended', async () => {
    const { processes, started } = await opened();
    const queue = processes();
    const ended: string[] = [];
    const failing: JobQueue = {
      ...unworked(queue),
      async end(jobs) {
        ended.push(...jobs.map(({ id }) => id));
        if (ended.length === 1) throw new Error('the store is away');
        return queue.end(jobs);
      },
    };
    const { complete, close } = started(stubAuthlete(), { queue: failing });
    await complete(newHandle(), authorized());
    await close({ timeout: 0 });
    expect(await queue.end([{ id: ended[0] as string, stage: 2 }])).toEqual([]);
  });

  concurrently('complete() tells what Authlete has said though the queue does not answer', async () => {
    const { processes, started } = await opened();
    const hanging: JobQueue = { ...unworked(processes()), keep: () => never, end: () => never };
    const { complete } = started(stubAuthlete(), { queue: hanging, timeout: 5 * lease });
    expect(await complete(newHandle(), authorized())).toEqual({ action: 'NO_ACTION' });
  });

  concurrently('a job whose lease could not be renewed is not begun anew by the process that performs it', async () => {
    const { processes, started } = await opened();
    const queue = processes();
    const answer = deferred<object>();
    const authlete = stubAuthlete(() => answer.promise);
    const { complete } = started(authlete, { queue: { ...unrenewed(queue), work: queue.work } });
    const completed = complete(newHandle(), authorized());
    await new Promise((resolve) => setTimeout(resolve, 3 * lease));
    answer.resolve({ action: 'NO_ACTION' });
    expect(await completed).toEqual({ action: 'NO_ACTION' });
    expect(authlete.requests).toHaveLength(1);
  });

  concurrently(
    'a refusal ends no decision that another process has taken over: should that one die, a third says so',
    async () => {
      const { processes, started, startedSlow } = await opened();
      const queue = processes();
      const refusal = deferred<object>();
      let dead = false;
      const slow = startedSlow(queue, refusal.promise);
      const completed = slow.complete(newHandle('PUSH'), authorized());
      const taken = deferred();
      const dying = started(
        stubAuthlete(async () => {
          dead = true;
          taken.resolve();
          return { action: 'NO_ACTION' };
        }),
        { queue: mortal(queue, () => dead) },
      );
      await taken.promise;
      // By the slow process's own clock its lease may end a moment after the queue has handed the job over.
      await new Promise((resolve) => setTimeout(resolve, lease / 4));
      refusal.resolve({ action: 'SERVER_ERROR' });
      await expect(completed).rejects.toMatchObject({ code: 'ERR_COMPLETE_REFUSED' });
      await dying.close({ timeout: 0 });
      const third = started(stubAuthlete({ action: 'SERVER_ERROR' }));
      expect(await third.event('gaveUp')).toMatchObject({ why: 'unknown' });
    },
  );

  const afterExpiry: [string, object, Partial<CibaEvent>][] = [
    [
      'has an unknown outcome, should Authlete refuse it',
      { action: 'SERVER_ERROR' },
      { type: 'gaveUp', why: 'unknown' },
    ],
    ['is taken, should Authlete take it still', { action: 'NO_ACTION' }, { type: 'completed', result: 'AUTHORIZED' }],
  ];
  for (const [how, answer, event] of afterExpiry) {
    concurrently(`a decision that is handed over after it has expired ${how}`, async () => {
      const { processes, started } = await opened();
      const queue = processes();
      let dead = false;
      const first = started(
        stubAuthlete(async () => {
          dead = true;
          return {};
        }),
        { queue: unworked(mortal(queue, () => dead)), timeout: 100 },
      );
      await first.complete(newHandle('PUSH', 400), authorized()).catch(() => {});
      const second = started(stubAuthlete(answer));
      expect(await second.event(event.type as CibaEvent['type'])).toMatchObject(event);
    });
  }

  concurrently('complete() rejects when the queue cannot store, and the handle can be used again', async () => {
    const { processes, started } = await opened();
    const authlete = stubAuthlete();
    let away = true;
    const { complete } = started(authlete, { queue: mortal(processes(), () => away) });
    const handle = newHandle();
    await expect(complete(handle, authorized())).rejects.toMatchObject({
      name: 'CompletionError',
      code: 'ERR_QUEUE_UNAVAILABLE',
      cause: { message: 'the store is away' },
    });
    expect(authlete.requests).toEqual([]);
    away = false;
    expect(await complete(handle, authorized())).toEqual({ action: 'NO_ACTION' });
  });

  /** An endpoint whose hook decides at once, when it has answered a request. */
  async function decidedByHook(options: Pick<CibaBackchannelOptions, 'authlete' | 'queue' | 'logger'>) {
    const ciba = cibaBackchannel({
      ...options,
      handleKeys,
      identifyUser: () => ({ subject: 'alice' }),
      authenticate: () => authorized(),
    });
    afterwards(() => ciba.close({ timeout: 0 }));
    await request(await serving(ciba))
      .post('/')
      .type('form')
      .send({ scope: 'openid' });
    return ciba;
  }

  concurrently('a decision of a hook that waited is told even if the queue cannot store it', async () => {
    const { processes } = await opened();
    const told = deferred();
    const authlete = stubEngine({
      backchannelAuthenticationComplete: () => {
        told.resolve();
        return { action: 'NO_ACTION' };
      },
    });
    await decidedByHook({ authlete, queue: mortal(processes(), () => true), logger: recordingLogger() });
    await told.promise;
    expect(authlete.requests('backchannelAuthenticationComplete')).toMatchObject([{ result: 'AUTHORIZED' }]);
  });

  /** A decision of a hook, with a queue that has not answered when Authlete is told; it answers then. */
  async function storedLate() {
    const { processes, started } = await opened();
    const [told, answer, answers] = [deferred(), deferred<object>(), deferred()];
    const [stored, renewed] = [deferred<Job>(), deferred()];
    let dead = false;
    const queue = mortal(unworked(processes()), () => dead);
    const slow: JobQueue = {
      ...queue,
      async put(owner, jobs) {
        await answers.promise;
        const ids = await queue.put(owner, jobs);
        if (jobs[0]) stored.resolve(jobs[0]);
        return ids;
      },
      async keep(owner, jobs) {
        const ids = await queue.keep(owner, jobs);
        if ((await stored.promise).dueAt < Date.now() + lease) renewed.resolve();
        return ids;
      },
    };
    const authlete = stubEngine({
      backchannelAuthenticationComplete: () => {
        told.resolve();
        return answer.promise;
      },
    });
    const logger = recordingLogger();
    const ciba = await decidedByHook({ authlete, queue: slow, logger });
    await told.promise;
    expect(logger.entries.map(({ message }) => message)).toContain(
      'a decision could not be stored yet; Authlete is told all the same',
    );
    answers.resolve();
    const { id } = await stored.promise;
    const die = () => {
      dead = true;
    };
    return { ciba, queue, id, answer, renewed, started, die };
  }

  concurrently(
    'a decision of a hook is told though the queue does not answer; stored too late, it ends with the one in memory',
    async () => {
      const { ciba, queue, id, answer, renewed, started } = await storedLate();
      const second = started(stubAuthlete());
      await renewed.promise;
      answer.resolve({ action: 'NO_ACTION' });
      await ciba.idle();
      expect(await queue.end([{ id, stage: 2 }])).toEqual([]);
      expect(second.events).toEqual([]);
    },
  );

  concurrently(
    'a decision of a hook that is stored too late is told by another process, should its own die',
    async () => {
      const { started, die } = await storedLate();
      die();
      const second = started(stubAuthlete());
      expect(await second.event('completed')).toMatchObject({ result: 'AUTHORIZED' });
    },
  );

  concurrently('a push client whose transaction nobody decides hears of its end, from any process', async () => {
    const { processes, started } = await opened();
    const failed = deferred();
    const authlete = stubEngine({
      backchannelAuthentication: { ...valid, deliveryMode: 'PUSH' },
      backchannelAuthenticationIssue: {
        action: 'OK',
        responseContent: '{"auth_req_id":"a","expires_in":4}',
        authReqId: 'a',
        expiresIn: 4,
      },
    });
    const ciba = cibaBackchannel({
      authlete,
      handleKeys,
      queue: processes(),
      work: false,
      logger: false,
      identifyUser: () => ({ subject: 'alice' }),
      authenticate: () => later(),
    });
    await request(await serving(ciba))
      .post('/')
      .type('form')
      .send({ scope: 'openid' });
    await ciba.close({ timeout: 0 });
    const second = started(
      stubAuthlete((told) => {
        expect(told).toMatchObject({ ticket, result: 'TRANSACTION_FAILED', subject: 'alice' });
        failed.resolve();
        return { action: 'NO_ACTION' };
      }),
    );
    await failed.promise;
    expect(await second.event('completed')).toMatchObject({ result: 'TRANSACTION_FAILED' });
  });

  concurrently('a job that cannot be opened comes back until it has expired, and is removed then', async () => {
    const { processes, started } = await opened();
    const queue = processes();
    const foreign = newJob({ data: 'sealed by others', expiresAt: Date.now() + 2 * lease });
    await queue.put('others', [foreign]);
    const { logger } = started(stubAuthlete());
    const messages = () => logger.entries.map(({ level, message }) => `${level}: ${message}`);
    const removed = 'error: a job that could not be opened has expired and is removed';
    while (!messages().includes(removed)) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(messages()[0]).toBe('warn: a job cannot be opened; it stays for a process that can');
    expect(await queue.end([foreign])).toEqual([]);
  });

  concurrently('two processes complete the same handles: one success and one notification each', async () => {
    const { started } = await opened();
    const receiver = await receiverThat(statuses(204));
    const authlete = stubAuthlete(notification(receiver));
    const [first, second] = [started(authlete), started(authlete)];
    const taken: number[] = [];
    for (let i = 0; i < 20; i += 1) {
      const handle = newHandle('PUSH');
      const both = [first.complete(handle, authorized()), second.complete(handle, authorized())];
      const settled = await Promise.allSettled(both);
      taken.push(settled.filter(({ status }) => status === 'fulfilled').length);
    }
    expect(taken).toEqual(Array(20).fill(1));
    await Promise.all([first.idle(), second.idle()]);
    expect(receiver.received).toHaveLength(20);
  });
}

/** The queue as a process sees it that is dead, or has lost its database, while `gone` says so. */
function mortal(queue: JobQueue, gone: () => boolean): JobQueue {
  const check = () => {
    if (gone()) throw new Error('the store is away');
  };
  return {
    ...queue,
    async put(owner, jobs) {
      check();
      return queue.put(owner, jobs);
    },
    async keep(owner, jobs) {
      check();
      return queue.keep(owner, jobs);
    },
    async end(jobs) {
      check();
      return queue.end(jobs);
    },
    work: (owner, perform, options) =>
      queue.work(
        owner,
        async (job) => {
          check();
          await perform(job);
        },
        options,
      ),
  };
}

/** The queue as a process sees it that performs only what it has put. */
function unworked(queue: JobQueue): JobQueue {
  return { ...queue, work: () => ({ stop: async () => {} }) };
}

/** The same, of one that is too slow to renew its leases. */
function unrenewed(queue: JobQueue): JobQueue {
  return { ...unworked(queue), keep: () => Promise.reject(new Error('too slow')) };
}

/** A queue whose answers are known before whoever asked hears of them. */
function answered(queue: JobQueue, hear: (jobs: readonly Pick<Job, 'id' | 'stage'>[]) => unknown): JobQueue {
  const hearing = async (jobs: readonly Pick<Job, 'id' | 'stage'>[], answer: Promise<string[]>) => {
    const ids = await answer;
    await hear(jobs);
    return ids;
  };
  return {
    ...queue,
    put: (owner, jobs) => hearing(jobs, queue.put(owner, jobs)),
    keep: (owner, jobs) => hearing(jobs, queue.keep(owner, jobs)),
    end: (jobs) => hearing(jobs, queue.end(jobs)),
  };
}

/** A queue that takes its time to store a notification. */
function slowNotifications(queue: JobQueue): JobQueue {
  return {
    ...queue,
    async put(owner, jobs) {
      if (jobs.some(({ stage }) => stage === 2)) await new Promise((resolve) => setTimeout(resolve, lease / 2));
      return queue.put(owner, jobs);
    },
  };
}

export function describeCompletion(name: string, open: QueueFactory): void {
  describe(name, () => completionRules(open));
}
