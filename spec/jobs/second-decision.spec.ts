import { randomUUID } from 'node:crypto';
import { describe, expect } from '@jest/globals';
import { authorized, cibaBackchannel, denied } from 'ciba-backchannel';
import { handles } from '../../lib/completion/handle.js';
import { jobCodec } from '../../lib/jobs/job-codec.js';
import { ask } from '../support/asking.js';
import { stubAuthlete } from '../support/complete-stub.js';
import { afterwards, concurrently } from '../support/concurrently.js';
import { handleKeys, newHandle, refusedConnection, sharedStore, until } from '../support/deciding-processes.js';
import { deferred } from '../support/deferred.js';
import { lease } from '../support/queue-rules.js';
import { stubAuthlete as stubEngine, valid } from '../support/stub-authlete.js';

const refused = { code: 'ERR_COMPLETE_REFUSED' };
const badRequest = () =>
  Promise.reject(Object.assign(new Error('status 400'), { code: 'ERR_AUTHLETE_STATUS', status: 400 }));

const expiry = (ticket: string) =>
  jobCodec(handleKeys, {} as never).seal({
    kind: 'expiry',
    transaction: { id: 'a', ticket, clientId: '42', subject: 'alice', deliveryMode: 'PUSH' },
    expiresAt: Date.now() + 60_000,
  });

describe('A second decision', () => {
  concurrently('of a transaction whose first one Authlete has not answered leaves that in the store', async () => {
    const { store, started, emptied } = await sharedStore();
    const answer = deferred<object>();
    let away = false;
    const before = async () => {
      if (away) throw new Error('the store is away');
    };
    const authlete = stubAuthlete(() => answer.promise);
    const { complete, event } = started(authlete, { timeout: lease / 2, faults: { before } });
    const handle = newHandle();
    expect(await complete(handle, authorized())).toEqual({ action: 'QUEUED' });
    away = true;
    await expect(complete(handle, denied())).rejects.toMatchObject(refused);
    away = false;
    expect(store.jobs()).toMatchObject([{ stage: 1 }]);
    answer.resolve({ action: 'NO_ACTION' });
    expect(await event('completed')).toMatchObject({ result: 'AUTHORIZED' });
    await emptied();
    expect(authlete.requests).toHaveLength(1);
  });

  concurrently(
    'of a transaction that nobody has decided in time is refused while Authlete is told of that',
    async () => {
      const { store, started } = await sharedStore();
      const told = deferred();
      const authlete = stubAuthlete(() => {
        told.resolve();
        return refusedConnection();
      });
      const ticket = 'ticket-of-nobody';
      await store.queue().put('a dead process', [{ ...expiry(ticket), dueAt: Date.now() }]);
      const { complete } = started(authlete);
      await told.promise;
      const contents = { id: 'a', ticket, subject: 'alice', clientId: '42', deliveryMode: 'PUSH' as const };
      const handle = handles(handleKeys).seal({ ...contents, claimNames: [], expiresAt: Date.now() + 60_000 });
      await expect(complete(handle, authorized())).rejects.toMatchObject(refused);
    },
  );

  concurrently('is stored after the first one has gone from the store, and stays there', async () => {
    const { store, started } = await sharedStore();
    const gone = deferred();
    let calls = 0;
    const authlete = stubAuthlete(() => {
      calls += 1;
      return calls === 1 ? badRequest() : refusedConnection();
    });
    const before = (operation: string) => (operation === 'end' ? gone.promise : undefined);
    const { complete } = started(authlete, { faults: { before } });
    const handle = newHandle();
    await expect(complete(handle, authorized())).rejects.toMatchObject({ status: 400 });
    const second = complete(handle, authorized());
    setTimeout(gone.resolve, lease / 10);
    expect(await second).toEqual({ action: 'QUEUED' });
    expect(store.jobs()).toMatchObject([{ stage: 1 }]);
  });

  concurrently('at another process is not taken from the store by the first, which could not be stored', async () => {
    const { started } = await sharedStore();
    let away = true;
    const before = async (operation: string) => {
      if (away && operation !== 'work') throw new Error('the store is away');
      if (operation === 'work') away = false;
    };
    const first = started(stubAuthlete(), { faults: { before } });
    const handle = newHandle();
    await expect(first.complete(handle, denied())).rejects.toMatchObject({ code: 'ERR_QUEUE_UNAVAILABLE' });
    const second = started(stubAuthlete(refusedConnection), { work: false });
    expect(await second.complete(handle, authorized())).toEqual({ action: 'QUEUED' });
    await second.close({ timeout: 0 });
    expect(await first.event('completed')).toMatchObject({ result: 'AUTHORIZED' });
  });

  concurrently('and a third one wait for the first, and are not told to Authlete at the same time', async () => {
    const { started } = await sharedStore();
    let [calls, most] = [0, 0];
    const authlete = stubAuthlete(async () => {
      calls += 1;
      most = Math.max(most, calls);
      await new Promise((resolve) => setTimeout(resolve, lease / 10));
      calls -= 1;
      return badRequest();
    });
    const { complete } = started(authlete);
    const handle = newHandle();
    await Promise.allSettled([1, 2, 3].map(() => complete(handle, authorized())));
    expect(authlete.requests).toHaveLength(3);
    expect(most).toBe(1);
  });
});

describe('A decision of a hook', () => {
  concurrently('is kept though the store hands over the expiry while it is being stored', async () => {
    const { store } = await sharedStore();
    const ticket = `ticket-${randomUUID()}`;
    let isHandedOver = false;
    const before = async (operation: string, [job]: readonly { stage: number }[]) => {
      if (operation === 'work' && job?.stage === 0) isHandedOver = true;
      if (operation !== 'put' || isHandedOver) return;
      await store.queue().put('a dead process', [{ ...expiry(ticket), dueAt: Date.now() }]);
      throw new Error('the store is away');
    };
    const events: { type: string }[] = [];
    const ciba = cibaBackchannel({
      authlete: stubEngine({ backchannelAuthentication: { ...valid, ticket } }),
      handleKeys,
      logger: false,
      queue: store.queue({ before }),
      identifyUser: () => ({ subject: 'alice' }),
      authenticate: () => authorized(),
      onEvent: (event) => events.push(event),
    });
    afterwards(() => ciba.close({ timeout: 0 }));
    await ask(ciba);
    await until(() => events.some(({ type }) => type === 'completed'));
    expect(events).toContainEqual(expect.objectContaining({ type: 'completed', result: 'AUTHORIZED' }));
  });
});
