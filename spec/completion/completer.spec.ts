import type { ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { authorized, type CibaEvent, type ClaimsHook, denied, failed, later } from 'ciba-backchannel';
import { type CompleterOptions, completer, type Pending } from '../../lib/completion/completer.js';
import { Deadline } from '../../lib/time/deadline.js';
import { inFlight } from '../../lib/time/in-flight.js';
import { type StubAuthlete, stubAuthlete } from '../support/complete-stub.js';
import { afterwards, concurrently } from '../support/concurrently.js';
import { deferred, never } from '../support/deferred.js';
import { fakeOnly } from '../support/fake-timers.js';
import { type Receiver, receiverCertificate, startReceiver, statuses } from '../support/receiver.js';
import { recordingListener } from '../support/recording-listener.js';
import { recordingLogger } from '../support/recording-logger.js';

interface Customer {
  subject: string;
  name: string;
}

let ca: string;

beforeAll(async () => {
  ca = (await receiverCertificate()).cert;
});

afterEach(() => {
  jest.useRealTimers();
});

function deciding(authlete: StubAuthlete, options: Partial<CompleterOptions<Customer>> = {}) {
  const logger = recordingLogger();
  const { events, onEvent } = recordingListener();
  const notifications = { allow: () => true, tls: { ca } };
  const running = inFlight();
  const made = completer<Customer>({ authlete, logger, emit: onEvent, notifications, running, ...options });
  let closed: ReturnType<typeof made.close> | undefined;
  function close(deadline: Deadline) {
    closed ??= made.close(deadline);
    return closed;
  }
  afterwards(() => close(new Deadline(0)));
  return { ...made, close, idle: () => running.idle(), logger, events };
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

/** Gives the first call this answer, whenever it comes, and refuses those that follow. */
function refusingAfter(first: Promise<object>): StubAuthlete {
  let calls = 0;
  return stubAuthlete(() => {
    calls += 1;
    return calls === 1 ? first : { action: 'SERVER_ERROR' };
  });
}

async function receiverThat(...args: Parameters<typeof startReceiver>): Promise<Receiver> {
  const receiver = await startReceiver(...args);
  afterwards(receiver.close);
  return receiver;
}

describe('without handleKeys', () => {
  it('one line of the log says what that means', () => {
    const { logger } = deciding(stubAuthlete());
    expect(logger.entries).toMatchObject([
      { level: 'info', message: expect.stringMatching(/handleKeys.*random key.*only this process/) },
    ]);
  });

  it('the handle completes in the process that sealed it', async () => {
    const { seal, complete } = deciding(stubAuthlete());
    await expect(complete(seal(pending()), authorized())).resolves.toEqual({ action: 'NO_ACTION' });
  });
});

describe('with handleKeys', () => {
  it('the log stays silent, and the handle holds no user', async () => {
    const authlete = stubAuthlete();
    const users: unknown[] = [];
    const { seal, complete, logger } = deciding(authlete, {
      handleKeys: ['a secret of at least thirty-two bytes'],
      claims: (user) => void users.push(user),
    });
    await complete(seal(pending()), authorized());
    expect(users).toEqual([{ subject: 'alice' }]);
    expect(logger.entries).toEqual([]);
  });
});

describe('a decision of a hook that waited', () => {
  it('has the claims of the user that was identified', async () => {
    const authlete = stubAuthlete();
    const { settle } = deciding(authlete, { claims: ({ name }) => ({ name }) });
    await settle(pending(), authorized({ authTime: null }));
    expect(authlete.requests).toEqual([
      { ticket: 'ticket-1', result: 'AUTHORIZED', subject: 'alice', claims: '{"name":"Alice"}' },
    ]);
  });

  it('asks for the claims once, however often Authlete has to be told', async () => {
    fakeOnly('performance', 'setTimeout', 'clearTimeout');
    let asked = 0;
    let told = 0;
    const authlete = stubAuthlete(async () => {
      told += 1;
      if (told < 3) throw new Error('connection reset');
      return { action: 'NO_ACTION' };
    });
    const claims = () => {
      asked += 1;
      if (asked > 1) throw new Error('the database is away');
      return { name: 'Alice' };
    };
    const { settle, idle } = deciding(authlete, { claims });
    await settle(pending(), authorized());
    const ended = idle();
    await jest.advanceTimersByTimeAsync(5_000);
    await ended;
    expect(asked).toBe(1);
    expect(authlete.requests.map(({ result }) => result)).toEqual(['AUTHORIZED', 'AUTHORIZED', 'AUTHORIZED']);
  });

  it.each<[string, ClaimsHook<Customer>]>([
    [
      'throws',
      () => {
        throw new Error('no database');
      },
    ],
    ['never answers', () => never],
  ])('becomes TRANSACTION_FAILED when the claims hook %s: nobody is there to try again', async (_kind, claims) => {
    const authlete = stubAuthlete();
    const { settle, logger, events } = deciding(authlete, { claims, timeout: 20 });
    await settle(pending(), authorized());
    expect(authlete.requests).toEqual([{ ticket: 'ticket-1', result: 'TRANSACTION_FAILED', subject: 'alice' }]);
    expect(logger.entries.at(-1)).toMatchObject({ level: 'error', details: { error: { code: 'ERR_CLAIMS_FAILED' } } });
    expect(events).toMatchObject([{ type: 'completed', result: 'TRANSACTION_FAILED' }]);
  });

  it('is the only one for its transaction, also beside those that come with a handle', async () => {
    const authlete = stubAuthlete();
    const { seal, settle, complete, logger } = deciding(authlete);
    const handle = seal(pending());
    const completed = [settle(pending(), failed()), settle(pending(), denied()), complete(handle, authorized())];
    await Promise.allSettled(completed);
    expect(authlete.requests).toMatchObject([{ result: 'TRANSACTION_FAILED' }]);
    await expect(completed[2]).rejects.toMatchObject({ code: 'ERR_COMPLETE_REFUSED' });
    expect(logger.entries.at(-1)).toMatchObject({ level: 'warn', details: { result: 'ACCESS_DENIED' } });
  });
});

describe('a client that is to be notified', () => {
  it.each(['PING', 'PUSH'] as const)('hears of the decision, once: %s', async (deliveryMode) => {
    const receiver = await receiverThat(statuses(204));
    const { seal, complete, events } = deciding(notifying(receiver, deliveryMode));
    const handle = seal(pending({ deliveryMode }));
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
    const { settle, idle } = deciding(notifying(receiver));
    await settle(pending(), denied());
    await idle();
    expect(receiver.received).toHaveLength(1);
  });

  it('is not waited for', async () => {
    const arrived = deferred<ServerResponse>();
    const receiver = await receiverThat((res) => arrived.resolve(res));
    const { seal, complete, events } = deciding(notifying(receiver));
    const { notification } = await complete(seal(pending()), authorized());
    const res = await arrived.promise;
    expect(events.map(({ type }) => type)).toEqual(['completed']);
    res.writeHead(204).end();
    expect(await notification).toMatchObject({ delivered: true });
  });

  it('hears of it even if Authlete answered too late for the caller', async () => {
    const receiver = await receiverThat(statuses(204));
    const answer = deferred<object>();
    const { seal, complete, idle } = deciding(
      stubAuthlete(() => answer.promise),
      { timeout: 20 },
    );
    await expect(complete(seal(pending()), authorized())).rejects.toMatchObject({ code: 'ERR_AUTHLETE_TIMEOUT' });
    answer.resolve({
      action: 'NOTIFICATION',
      responseContent: '{}',
      clientNotificationEndpoint: receiver.url,
      clientNotificationToken: 'token-1',
    });
    await idle();
    expect(receiver.received).toHaveLength(1);
  });

  it.each([
    ['two minutes, if it expires before', 5_000, 120_000],
    ['until it expires, if that is later', 600_000, 600_000],
  ])('is tried for %s', async (_kind, lifetime, patience) => {
    const receiver = await receiverThat((res) => res.writeHead(503, { 'retry-after': '3600' }).end());
    const failing = deferred<object | undefined>();
    const logger = { ...recordingLogger(), warn: (_message: string, details?: object) => failing.resolve(details) };
    const { seal, complete, close } = deciding(notifying(receiver), { logger });
    const { notification } = await complete(seal(pending({ expiresAt: Date.now() + lifetime })), denied());
    const { delay } = (await failing.promise) as { delay: number };
    expect(delay).toBeLessThanOrEqual(patience);
    expect(delay).toBeGreaterThan(patience - 5_000);
    expect(await close(new Deadline(0))).toEqual({ tickets: [], deliveries: 1 });
    expect(await notification).toMatchObject({ delivered: false, error: { code: 'ERR_NOTIFICATION_CLOSED' } });
  });

  concurrently('is tried again within a second', async () => {
    const receiver = await receiverThat(statuses(503, 204));
    const { seal, complete, logger } = deciding(notifying(receiver));
    const { notification } = await complete(seal(pending()), authorized());
    expect(await notification).toEqual({ delivered: true, status: 204, attempts: 2 });
    expect(logger.entries.at(-1)?.details?.delay).toBeLessThanOrEqual(1000);
  });

  concurrently('has no line of the log and no event with a secret in it', async () => {
    const receiver = await receiverThat(statuses(503, 400));
    const { seal, complete, logger, events } = deciding(notifying(receiver, 'PUSH'));
    const { notification } = await complete(seal(pending()), authorized({ accessToken: 'access-1' }));
    const outcome = await notification;
    expect(inspect([logger.entries, events, outcome], { depth: 20 })).not.toMatch(/ticket-1|token-1|req-1|access-1/);
    expect(events).toMatchObject([{ type: 'completed' }, { type: 'gaveUp', why: 'refused', status: 400, attempts: 2 }]);
  });

  it('has its decision taken, and an error reported, when Authlete names no usable endpoint', async () => {
    const nowhere = stubAuthlete({ action: 'NOTIFICATION', responseContent: '{}', clientNotificationToken: 'token-1' });
    const reports: unknown[] = [];
    const notifications = { onGiveUp: (report: unknown) => reports.push(report) };
    const { seal, complete, events } = deciding(nowhere, { notifications });
    const handle = seal(pending({ deliveryMode: 'PUSH' }));
    await expect(complete(handle, authorized())).rejects.toMatchObject({ code: 'ERR_AUTHLETE_ANSWER' });
    expect(events).toMatchObject([
      { type: 'completed', result: 'AUTHORIZED' },
      { type: 'gaveUp', why: 'unknown' },
    ]);
    expect(reports).toMatchObject([{ why: 'unknown', error: { code: 'ERR_NOTIFICATION_UNKNOWN' } }]);
  });
});

describe('an answer of Authlete that was lost', () => {
  const unknown: Partial<CibaEvent> = { type: 'gaveUp', why: 'unknown', transaction: 'transaction-1' };

  it('is reported when the repetition is refused', async () => {
    const reports: unknown[] = [];
    let calls = 0;
    const authlete = stubAuthlete();
    const losing: StubAuthlete = {
      ...authlete,
      async backchannelAuthenticationComplete(request) {
        calls += 1;
        const answer = await authlete.backchannelAuthenticationComplete(request);
        if (calls === 1) throw new Error('connection reset');
        return answer;
      },
    };
    const notifications = { onGiveUp: (report: unknown) => reports.push(report) };
    const { seal, complete, events } = deciding(losing, { notifications });
    const handle = seal(pending({ deliveryMode: 'PUSH' }));
    await expect(complete(handle, authorized())).rejects.toMatchObject({ code: 'ERR_AUTHLETE_UNREACHABLE' });
    await expect(complete(handle, authorized())).rejects.toMatchObject({ code: 'ERR_COMPLETE_REFUSED' });
    expect(events).toMatchObject([unknown]);
    expect(reports).toMatchObject([{ transaction: 'transaction-1', why: 'unknown', deliveryMode: 'PUSH' }]);
  });

  it('is not reported when it comes after all, late', async () => {
    const receiver = await receiverThat(statuses(204));
    const answer = deferred<object>();
    const authlete = refusingAfter(answer.promise);
    const { seal, complete, events, idle } = deciding(authlete, { timeout: 20 });
    const handle = seal(pending({ deliveryMode: 'PUSH' }));
    await expect(complete(handle, authorized())).rejects.toMatchObject({ code: 'ERR_AUTHLETE_TIMEOUT' });
    await expect(complete(handle, authorized())).rejects.toMatchObject({ code: 'ERR_COMPLETE_REFUSED' });
    answer.resolve({
      action: 'NOTIFICATION',
      responseContent: '{}',
      clientNotificationEndpoint: receiver.url,
      clientNotificationToken: 'token-1',
    });
    await idle();
    expect(receiver.received).toHaveLength(1);
    expect(events.map(({ type }) => type)).toEqual(['completed', 'notified']);
  });

  it('is reported when the first call ends without one, after the repetition was refused', async () => {
    const lost = deferred<never>();
    const authlete = refusingAfter(lost.promise);
    const { seal, complete, events, idle } = deciding(authlete, { timeout: 20 });
    const handle = seal(pending());
    await expect(complete(handle, authorized())).rejects.toMatchObject({ code: 'ERR_AUTHLETE_TIMEOUT' });
    await expect(complete(handle, authorized())).rejects.toMatchObject({ code: 'ERR_COMPLETE_REFUSED' });
    expect(events).toEqual([]);
    lost.reject(new Error('connection reset'));
    await idle();
    expect(events).toMatchObject([unknown]);
  });
});

describe('close()', () => {
  it('waits for a completion and for the delivery that follows it', async () => {
    const receiver = await receiverThat(statuses(204));
    const { seal, complete, close } = deciding(notifying(receiver));
    const completed = complete(seal(pending()), authorized());
    expect(await close(new Deadline(60_000))).toEqual({ tickets: [], deliveries: 0 });
    expect(await (await completed).notification).toMatchObject({ delivered: true });
  });

  it('counts a call to Authlete that nobody knows the end of', async () => {
    fakeOnly('performance', 'setTimeout', 'clearTimeout');
    const { seal, complete, close } = deciding(
      stubAuthlete(() => never),
      { timeout: 100 },
    );
    complete(seal(pending()), authorized()).catch(() => {});
    const closed = close(new Deadline(20));
    await jest.advanceTimersByTimeAsync(5_000);
    expect(await closed).toEqual({ tickets: ['ticket-1'], deliveries: 0 });
  });

  it('lets decisions of hooks go on: a transaction that was cut short still ends', async () => {
    const authlete = stubAuthlete();
    const { settle, close } = deciding(authlete);
    await close(new Deadline(0));
    await settle(pending(), failed());
    expect(authlete.requests).toHaveLength(1);
  });
});

it('later() is not a decision', async () => {
  const { seal, complete } = deciding(stubAuthlete());
  await expect(complete(seal(pending()), later() as never)).rejects.toMatchObject({ name: 'TypeError' });
});
