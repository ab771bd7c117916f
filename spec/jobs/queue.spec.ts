import { describe, expect } from '@jest/globals';
import { authorized, denied } from 'ciba-backchannel';
import { stubAuthlete } from '../support/complete-stub.js';
import { concurrently } from '../support/concurrently.js';
import {
  brokenConnection,
  newHandle,
  notification,
  receiverThat,
  refusedConnection,
  sharedStore,
} from '../support/deciding-processes.js';
import { deferred, never } from '../support/deferred.js';
import { memoryStore } from '../support/memory-queue.js';
import { describeQueue, lease } from '../support/queue-rules.js';
import { statuses } from '../support/receiver.js';

describeQueue('The queue of these specs', async () => {
  const store = memoryStore();
  return () => store.queue();
});

describe('With a durable queue, a decision', () => {
  concurrently('is stored, illegibly, before Authlete is told, and gone afterwards', async () => {
    const { store, started, emptied } = await sharedStore();
    const stored: string[] = [];
    const authlete = stubAuthlete(() => {
      stored.push(...store.jobs().map(({ data }) => data));
      return { action: 'NO_ACTION' };
    });
    const { complete } = started(authlete);
    expect(await complete(newHandle(), authorized())).toEqual({ action: 'NO_ACTION' });
    expect(stored).toEqual([expect.stringMatching(/^[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/)]);
    expect(Buffer.from(stored[0]?.split('.')[3] ?? '', 'base64url').toString('latin1')).not.toMatch(/alice|ticket/);
    await emptied();
  });

  concurrently('is QUEUED while Authlete cannot be reached, and told when it is back', async () => {
    const { started, emptied } = await sharedStore();
    let away = true;
    const { complete, event } = started(stubAuthlete(() => (away ? refusedConnection() : { action: 'NO_ACTION' })));
    expect(await complete(newHandle(), authorized())).toEqual({ action: 'QUEUED' });
    away = false;
    expect(await event('completed')).toMatchObject({ result: 'AUTHORIZED' });
    await emptied();
  });

  concurrently('is QUEUED at the timeout, and the answer is heard when it comes', async () => {
    const { started, emptied } = await sharedStore();
    const answer = deferred<object>();
    const authlete = stubAuthlete(() => answer.promise);
    const { complete, event } = started(authlete, { timeout: 250 });
    expect(await complete(newHandle(), authorized())).toEqual({ action: 'QUEUED' });
    answer.resolve({ action: 'NO_ACTION' });
    await event('completed');
    await emptied();
    expect(authlete.requests).toHaveLength(1);
  });

  concurrently('is one of two at two processes: the other is refused', async () => {
    const { started } = await sharedStore();
    const authlete = stubAuthlete(refusedConnection);
    const handle = newHandle();
    const [first, second] = [started(authlete), started(authlete)];
    const settled = await Promise.allSettled([first.complete(handle, authorized()), second.complete(handle, denied())]);
    expect(settled).toContainEqual({ status: 'fulfilled', value: { action: 'QUEUED' } });
    expect(settled).toContainEqual({
      status: 'rejected',
      reason: expect.objectContaining({ code: 'ERR_COMPLETE_REFUSED' }),
    });
  });

  concurrently('is told by another process when its own has died', async () => {
    const { started } = await sharedStore();
    const told = deferred();
    let dead = false;
    const first = started(
      stubAuthlete(() => {
        told.resolve();
        return never;
      }),
      { faults: { before: () => (dead ? never : undefined), dead: () => dead }, timeout: 100 },
    );
    first.complete(newHandle(), authorized()).catch(() => {});
    await told.promise;
    dead = true;
    const second = started(stubAuthlete());
    expect(await second.event('completed')).toMatchObject({ result: 'AUTHORIZED' });
  });

  concurrently('has an unknown outcome when its process dies between the answer and its storing', async () => {
    const { started, emptied } = await sharedStore();
    let dead = false;
    const authlete = stubAuthlete(() => {
      dead = true;
      return { action: 'NO_ACTION' };
    });
    const first = started(authlete, { faults: { before: () => (dead ? never : undefined), dead: () => dead } });
    await first.complete(newHandle('PUSH'), authorized());
    const second = started(authlete);
    expect(await second.event('gaveUp')).toMatchObject({ why: 'unknown', subject: 'alice', attempts: 0 });
    await emptied();
  });

  concurrently('is nobody else’s while Authlete takes longer than a lease', async () => {
    const { started } = await sharedStore();
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

  concurrently(
    'is an unknown outcome once Authlete refuses what was lost, and none where it was not reached',
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
});

describe('With a durable queue, a notification', () => {
  concurrently('is repeated by the process that has begun it', async () => {
    const { started, emptied } = await sharedStore();
    const receiver = await receiverThat(statuses(503, 204));
    const [first, second] = [started(stubAuthlete(notification(receiver))), started(stubAuthlete())];
    const result = await first.complete(newHandle('PUSH'), authorized());
    expect(await result.notification).toMatchObject({ delivered: false, queued: true, status: 503, attempts: 1 });
    expect(await first.event('notified')).toMatchObject({ attempts: 2, status: 204 });
    expect(second.events).toEqual([]);
    await emptied();
  });

  concurrently('is left to another process by close(), and nobody gives up', async () => {
    const { started } = await sharedStore();
    const receiver = await receiverThat((res, n) =>
      n === 1 ? res.writeHead(503, { 'retry-after': '60' }).end() : res.writeHead(204).end(),
    );
    const first = started(stubAuthlete(notification(receiver)));
    await (await first.complete(newHandle('PUSH'), authorized())).notification;
    expect(await first.close({ timeout: 0 })).toEqual({ transactions: 0, deliveries: 0 });
    expect(first.events.map(({ type }) => type)).toEqual(['completed']);
    const second = started(stubAuthlete());
    expect(await second.event('notified')).toMatchObject({ attempts: 2 });
  });

  concurrently('is delivered once though two processes complete the same handles', async () => {
    const { started } = await sharedStore();
    const receiver = await receiverThat(statuses(204));
    const authlete = stubAuthlete(notification(receiver));
    const [first, second] = [started(authlete), started(authlete)];
    for (let i = 0; i < 20; i += 1) {
      const handle = newHandle('PUSH');
      const both = [first.complete(handle, authorized()), second.complete(handle, authorized())];
      const taken = (await Promise.allSettled(both)).filter(({ status }) => status === 'fulfilled');
      expect(taken).toHaveLength(1);
    }
    await Promise.all([first.idle(), second.idle()]);
    expect(receiver.received).toHaveLength(20);
  });
});
