import type { ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type ClaimsHook, type CompleterOptions, completer, type Pending } from '../../lib/completion/completer.js';
import { authorized, denied, failed, later } from '../../lib/completion/decision.js';
import { Deadline } from '../../lib/time/deadline.js';
import { deferred, never } from '../support/deferred.js';
import { type Receiver, receiverCertificate, startReceiver, statuses } from '../support/receiver.js';
import { recordingLogger } from '../support/recording-logger.js';
import { recordingListener } from './recording-listener.js';
import { type StubAuthlete, stubAuthlete } from './stub-authlete.js';

interface Customer {
  subject: string;
  name: string;
}

let ca: string;
const cleanUp: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  ca = (await receiverCertificate()).cert;
});

afterEach(async () => {
  await Promise.all(cleanUp.splice(0).map((clean) => clean()));
});

function completing(authlete: StubAuthlete, options: Partial<CompleterOptions<Customer>> = {}) {
  const logger = recordingLogger();
  const { events, onEvent } = recordingListener();
  const notifications = { allow: () => true, tls: { ca } };
  const made = completer<Customer>({ authlete, logger, emit: onEvent, notifications, ...options });
  cleanUp.push(() => made.close(new Deadline(0)));
  return { ...made, logger, events };
}

function pending(more: Partial<Pending<Customer>> = {}): Pending<Customer> {
  return {
    id: 'transaction-1',
    ticket: 'ticket-1',
    subject: 'alice',
    clientId: '42',
    deliveryMode: 'POLL',
    claimNames: ['name'],
    expiresAt: Date.now() + 60_000,
    user: { subject: 'alice', name: 'Alice' },
    ...more,
  };
}

function notifying({ url }: Receiver, deliveryMode: 'PING' | 'PUSH' = 'PING'): StubAuthlete {
  return stubAuthlete({
    action: 'NOTIFICATION',
    responseContent: '{"auth_req_id":"req-1"}',
    clientNotificationEndpoint: url,
    clientNotificationToken: 'token-1',
    deliveryMode,
  });
}

async function receiverThat(...args: Parameters<typeof startReceiver>): Promise<Receiver> {
  const receiver = await startReceiver(...args);
  cleanUp.push(receiver.close);
  return receiver;
}

describe('without handleKeys', () => {
  it('one line of the log says what that means', () => {
    const { logger } = completing(stubAuthlete());
    expect(logger.entries).toMatchObject([
      { level: 'info', message: expect.stringMatching(/handleKeys.*random key.*this process only/) },
    ]);
  });

  it('the handle completes in the process that sealed it', async () => {
    const { seal, complete } = completing(stubAuthlete());
    await expect(complete(seal(pending()), authorized())).resolves.toEqual({ action: 'NO_ACTION' });
  });
});

describe('with handleKeys', () => {
  it('the log stays silent, and the handle holds no user', async () => {
    const authlete = stubAuthlete();
    const users: unknown[] = [];
    const { seal, complete, logger } = completing(authlete, {
      handleKeys: ['a secret of at least thirty-two bytes'],
      claims: (user) => void users.push(user),
    });
    await complete(seal(pending()), authorized());
    expect(users).toEqual([{ subject: 'alice' }]);
    expect(logger.entries).toEqual([]);
  });
});

describe('settle()', () => {
  it('asks the claims hook with the user that was identified', async () => {
    const authlete = stubAuthlete();
    const { settle } = completing(authlete, { claims: ({ name }) => ({ name }) });
    expect(await settle(pending(), authorized())).toEqual({ action: 'NO_ACTION' });
    expect(authlete.requests).toEqual([
      { ticket: 'ticket-1', result: 'AUTHORIZED', subject: 'alice', claims: '{"name":"Alice"}' },
    ]);
  });

  it.each<[string, ClaimsHook<Customer>]>([
    [
      'throws',
      () => {
        throw new Error('no database');
      },
    ],
    ['never answers', () => never],
  ])('completes as TRANSACTION_FAILED when the claims hook %s: nobody is there to try again', async (_kind, claims) => {
    const authlete = stubAuthlete();
    const { settle, logger, events } = completing(authlete, { claims, timeout: 20 });
    expect(await settle(pending(), authorized())).toEqual({ action: 'NO_ACTION' });
    expect(authlete.requests).toEqual([{ ticket: 'ticket-1', result: 'TRANSACTION_FAILED', subject: 'alice' }]);
    expect(logger.entries.at(-1)).toMatchObject({ level: 'error', details: { error: { code: 'ERR_CLAIMS_FAILED' } } });
    expect(events).toMatchObject([{ type: 'completed', result: 'TRANSACTION_FAILED' }]);
  });

  it('takes one decision for a ticket, also from a handle', async () => {
    const authlete = stubAuthlete();
    const { seal, settle, complete } = completing(authlete);
    const handle = seal(pending());
    const settled = [settle(pending(), failed()), settle(pending(), authorized()), complete(handle, authorized())];
    expect((await Promise.allSettled(settled)).map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
    ]);
    expect(authlete.requests.slice(0, 1)).toMatchObject([{ result: 'TRANSACTION_FAILED' }]);
    for (const refused of settled.slice(1)) {
      await expect(refused).rejects.toMatchObject({ code: 'ERR_COMPLETE_REFUSED' });
    }
  });

  it('does not take later() for a decision', async () => {
    const { settle } = completing(stubAuthlete());
    await expect(settle(pending(), later() as never)).rejects.toMatchObject({ name: 'TypeError' });
  });
});

describe('a client that is to be notified', () => {
  it.each(['PING', 'PUSH'] as const)('hears of the decision, once: %s', async (deliveryMode) => {
    const receiver = await receiverThat(statuses(204));
    const { seal, complete, events } = completing(notifying(receiver, deliveryMode));
    const handle = seal(pending());
    const { action, notification } = await complete(handle, authorized());
    expect(action).toBe('NOTIFICATION');
    expect(await notification).toEqual({ delivered: true, status: 204, attempts: 1 });
    await expect(complete(handle, authorized())).rejects.toMatchObject({ code: 'ERR_COMPLETE_REFUSED' });
    expect(receiver.received).toMatchObject([
      { headers: { authorization: 'Bearer token-1' }, body: '{"auth_req_id":"req-1"}' },
    ]);
    expect(events.map(({ type }) => type)).toEqual(['completed', 'notified']);
  });

  it('hears of a denial, too', async () => {
    const receiver = await receiverThat(statuses(204));
    const { settle } = completing(notifying(receiver));
    await (await settle(pending(), denied())).notification;
    expect(receiver.received).toHaveLength(1);
  });

  it('is not waited for', async () => {
    const arrived = deferred<ServerResponse>();
    const receiver = await receiverThat((res) => arrived.resolve(res));
    const { settle, events } = completing(notifying(receiver));
    const { notification } = await settle(pending(), authorized());
    const res = await arrived.promise;
    expect(events.map(({ type }) => type)).toEqual(['completed']);
    res.writeHead(204).end();
    expect(await notification).toMatchObject({ delivered: true });
  });

  it('hears of it even if Authlete answered too late for the caller', async () => {
    const receiver = await receiverThat(statuses(204));
    const answer = deferred<object>();
    const notified = deferred();
    const { settle } = completing(
      stubAuthlete(() => answer.promise),
      {
        timeout: 20,
        emit: ({ type }) => type === 'notified' && notified.resolve(),
      },
    );
    await expect(settle(pending(), authorized())).rejects.toMatchObject({ code: 'ERR_AUTHLETE_TIMEOUT' });
    answer.resolve({
      action: 'NOTIFICATION',
      responseContent: '{}',
      clientNotificationEndpoint: receiver.url,
      clientNotificationToken: 'token-1',
    });
    await notified.promise;
    expect(receiver.received).toHaveLength(1);
  });

  it.each([
    ['two minutes, if it expires before', 5_000, 120_000],
    ['until it expires, if that is later', 600_000, 600_000],
  ])('is tried for %s', async (_kind, lifetime, patience) => {
    const receiver = await receiverThat((res) => res.writeHead(503, { 'retry-after': '3600' }).end());
    const failing = deferred<object | undefined>();
    const logger = { ...recordingLogger(), warn: (_message: string, details?: object) => failing.resolve(details) };
    const { settle, close } = completing(notifying(receiver), { logger });
    const { notification } = await settle(pending({ expiresAt: Date.now() + lifetime }), authorized());
    const { delay } = (await failing.promise) as { delay: number };
    expect(delay).toBeLessThanOrEqual(patience);
    expect(delay).toBeGreaterThan(patience - 5_000);
    expect(await close(new Deadline(0))).toBe(1);
    expect(await notification).toMatchObject({ delivered: false, error: { code: 'ERR_NOTIFICATION_CLOSED' } });
  });

  it('is tried again within a second', async () => {
    const receiver = await receiverThat(statuses(503, 204));
    const { settle, logger } = completing(notifying(receiver));
    const { notification } = await settle(pending(), authorized());
    expect(await notification).toEqual({ delivered: true, status: 204, attempts: 2 });
    expect(logger.entries.at(-1)?.details?.delay).toBeLessThanOrEqual(1000);
  });

  it('makes no line of the log or event with a secret in it', async () => {
    const receiver = await receiverThat(statuses(503, 400));
    const { settle, logger, events } = completing(notifying(receiver, 'PUSH'));
    const result = await settle(pending(), authorized({ accessToken: 'access-1' }));
    const outcome = await result.notification;
    expect(inspect([logger.entries, events, outcome], { depth: 20 })).not.toMatch(/ticket-1|token-1|req-1|access-1/);
    expect(events).toMatchObject([{ type: 'completed' }, { type: 'gaveUp', status: 400, attempts: 2 }]);
  });
});

describe('close()', () => {
  it('waits for a completion and for the delivery that follows it', async () => {
    const receiver = await receiverThat(statuses(204));
    const { settle, close } = completing(notifying(receiver));
    const settled = settle(pending(), authorized());
    expect(await close(new Deadline(60_000))).toBe(0);
    expect(await (await settled).notification).toMatchObject({ delivered: true });
  });

  it('lets settle() go on: a transaction that was cut short still ends', async () => {
    const authlete = stubAuthlete();
    const { settle, close } = completing(authlete);
    await close(new Deadline(0));
    expect(await settle(pending(), failed())).toEqual({ action: 'NO_ACTION' });
    expect(authlete.requests).toHaveLength(1);
  });
});
