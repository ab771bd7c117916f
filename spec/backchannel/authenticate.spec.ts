import { describe, expect, it, jest } from '@jest/globals';
import {
  authorized,
  type CibaBackchannelOptions,
  cibaBackchannel,
  denied,
  failed,
  later,
  type Transaction,
} from 'ciba-backchannel';
import { expectAnswer } from '../support/answers.js';
import { ask } from '../support/asking.js';
import { deferred, never } from '../support/deferred.js';
import { recordingLogger } from '../support/recording-logger.js';
import { authReqId, clientId, issued, type Reply, stubAuthlete, ticket, valid } from '../support/stub-authlete.js';

type User = { subject: string; phone: string };
type Authenticate = NonNullable<CibaBackchannelOptions<User>['authenticate']>;

const alice: User = { subject: 'alice', phone: 'Pixel' };

function endpoint(
  authenticate: Authenticate | undefined,
  replies: Parameters<typeof stubAuthlete>[0] = {},
  options: Partial<CibaBackchannelOptions<User>> = {},
) {
  const authlete = stubAuthlete(replies);
  const logger = recordingLogger();
  const ciba = cibaBackchannel({
    authlete,
    identifyUser: () => alice,
    ...(authenticate && { authenticate }),
    logger,
    ...options,
  });
  return { authlete, logger, ciba };
}

const expiring = (expiresIn: number): Reply => ({ ...issued, expiresIn });
const about = { ticket, subject: 'alice' };

describe('authenticate', () => {
  it('gets the transaction', async () => {
    const asked = deferred<Transaction<User>>();
    const before = Date.now();
    const { ciba } = endpoint((transaction) => {
      asked.resolve(transaction);
      return later();
    });
    expectAnswer(await ask(ciba), 200);
    const transaction = await asked.promise;
    const { handle, subject, user, request, expiresAt, signal } = transaction;
    expect(handle).toMatch(/^[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/);
    expect([subject, transaction.authReqId]).toEqual(['alice', authReqId]);
    expect(user).toBe(alice);
    expect(request).toMatchObject({ clientId, bindingMessage: 'W4-7', hint: 'alice' });
    expect(request).not.toHaveProperty('ticket');
    expect(request).not.toHaveProperty('clientNotificationToken');
    expect(Object.prototype.toString.call(expiresAt)).toBe('[object Date]');
    expect(expiresAt.getTime()).toBeGreaterThanOrEqual(before + 120_000);
    expect(expiresAt.getTime()).toBeLessThanOrEqual(Date.now() + 120_000);
    expect(signal.aborted).toBe(false);
  });

  it('starts when the answer has been handed over, and not before', async () => {
    const order: string[] = [];
    const asked = deferred();
    const { ciba } = endpoint(() => {
      order.push('authenticate');
      asked.resolve();
      return later();
    });
    const watched = Object.assign(
      (...[req, res]: Parameters<typeof ciba>) => {
        res.once('finish', () => order.push('finish'));
        ciba(req, res);
      },
      { fetch: ciba.fetch, complete: ciba.complete, close: ciba.close },
    );
    await ask(watched);
    await asked.promise;
    expect(order).toEqual(['finish', 'authenticate']);
  });

  it('holds nothing up while it waits', async () => {
    const { ciba } = endpoint(() => never);
    expectAnswer(await ask(ciba), 200);
    expectAnswer(await ask(ciba), 200);
    await ciba.close({ timeout: 0 });
  });

  it.each<[string, Authenticate, object]>([
    ['authorized()', () => authorized({ authTime: null }), { result: 'AUTHORIZED' }],
    [
      'authorized() in a while',
      async () => authorized({ acr: 'urn:a', authTime: 7 }),
      { result: 'AUTHORIZED', acr: 'urn:a', authTime: 7 },
    ],
    [
      'denied()',
      () => denied({ description: 'no', uri: 'https://as.example.com/e' }),
      { result: 'ACCESS_DENIED', errorDescription: 'no', errorUri: 'https://as.example.com/e' },
    ],
    ['failed()', () => failed(), { result: 'TRANSACTION_FAILED' }],
  ])('may say %s', async (_, authenticate, told) => {
    const { authlete, ciba } = endpoint(authenticate);
    await ask(ciba);
    expect((await authlete.called('backchannelAuthenticationComplete')).request).toEqual({ ...about, ...told });
    expect(await ciba.close()).toEqual({ transactions: 0, deliveries: 0 });
    expect(authlete.requests('backchannelAuthenticationComplete')).toHaveLength(1);
    expect(authlete.requests('backchannelAuthenticationFail')).toEqual([]);
  });

  it('may say later(): nothing happens until complete() is called', async () => {
    const handle = deferred<string>();
    const { authlete, ciba } = endpoint((transaction) => {
      handle.resolve(transaction.handle);
      return later();
    });
    await ask(ciba);
    const sealed = await handle.promise;
    await new Promise(setImmediate);
    expect(authlete.requests('backchannelAuthenticationComplete')).toEqual([]);
    expect(await ciba.complete(sealed, authorized({ authTime: null }))).toEqual({ action: 'NO_ACTION' });
    expect(authlete.requests('backchannelAuthenticationComplete')).toEqual([{ ...about, result: 'AUTHORIZED' }]);
  });

  it.each<[string, () => unknown]>([
    ['forgets to return', () => undefined],
    ['resolves to nothing', async () => {}],
    ['returns null', () => null],
    ['returns true', () => true],
    ['returns a result', () => 'AUTHORIZED'],
    ['returns what only looks like a decision', () => ({ ...authorized() })],
    [
      'throws',
      () => {
        throw new Error('mine');
      },
    ],
    [
      'throws null',
      () => {
        throw null;
      },
    ],
    ['rejects', () => Promise.reject(new Error('mine'))],
  ])('is logged and fails the transaction when it %s', async (_, authenticate) => {
    const { authlete, logger, ciba } = endpoint(authenticate as Authenticate);
    expectAnswer(await ask(ciba), 200);
    const { request } = await authlete.called('backchannelAuthenticationComplete');
    expect(request).toEqual({ ...about, result: 'TRANSACTION_FAILED' });
    expect(logger.entries).toContainEqual({
      level: 'error',
      message: 'authenticate failed; the transaction has failed with it',
      details: expect.objectContaining({ clientId, subject: 'alice' }),
    });
  });

  it('that still waits shortly before the end is aborted and fails the transaction', async () => {
    const asked = deferred<Transaction<User>>();
    const { authlete, logger, ciba } = endpoint(
      (transaction) => {
        asked.resolve(transaction);
        return never;
      },
      { backchannelAuthenticationIssue: expiring(0.05) },
    );
    await ask(ciba);
    const { signal } = await asked.promise;
    const { request } = await authlete.called('backchannelAuthenticationComplete');
    expect(request).toEqual({ ...about, result: 'TRANSACTION_FAILED' });
    expect(signal.reason).toMatchObject({ name: 'TimeoutError' });
    // A user who was too slow is no error of anybody's.
    expect(logger.entries.filter(({ level }) => level === 'error')).toEqual([]);
    expect(logger.entries).toContainEqual({
      level: 'info',
      message: 'authenticate was interrupted; the transaction has failed with it',
      details: expect.objectContaining({ why: 'the user did not decide in time' }),
    });
  });

  it('that still waits when the transaction has ended otherwise is aborted, and no error', async () => {
    const { authlete, logger, ciba } = endpoint(() => never, {
      backchannelAuthenticationIssue: expiring(0.05),
      backchannelAuthenticationComplete: { action: 'SERVER_ERROR', resultCode: 'A183001' },
    });
    await ask(ciba);
    await authlete.called('backchannelAuthenticationComplete');
    await ciba.close();
    expect(logger.entries.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
  });

  it.each([
    ['10 % of its lifetime', 50, 45],
    ['10 s', 600, 590],
  ])('may wait until %s before the end', async (_, expiresIn, seconds) => {
    const timers = jest.spyOn(globalThis, 'setTimeout');
    const asked = deferred();
    const { ciba } = endpoint(
      () => {
        asked.resolve();
        return never;
      },
      { backchannelAuthenticationIssue: expiring(expiresIn) },
    );
    await ask(ciba);
    await asked.promise;
    // The request's own deadline and that of the transaction; between issue and timer some milliseconds may pass.
    const delays = timers.mock.calls.map(([, delay = 0]) => delay).filter((delay) => delay > 11_000);
    timers.mockRestore();
    expect(delays.map((delay) => Math.round(delay / 5000) * 5)).toEqual([seconds]);
    await ciba.close({ timeout: 0 });
  });

  it('whose decision comes too late is told nothing; the first decision stands', async () => {
    const decision = deferred<ReturnType<typeof authorized>>();
    const { authlete, ciba } = endpoint(() => decision.promise, { backchannelAuthenticationIssue: expiring(0.05) });
    await ask(ciba);
    await authlete.called('backchannelAuthenticationComplete');
    decision.resolve(authorized());
    await ciba.close();
    expect(authlete.requests('backchannelAuthenticationComplete')).toEqual([
      { ...about, result: 'TRANSACTION_FAILED' },
    ]);
  });

  it('is not needed: then nothing is completed, and nothing more asked of authlete', async () => {
    const { authlete, ciba } = endpoint(undefined);
    const { backchannelAuthenticationComplete: _, ...rest } = authlete;
    const bare = cibaBackchannel({ authlete: rest, identifyUser: () => alice, logger: false });
    for (const each of [ciba, bare]) expectAnswer(await ask(each), 200);
    await ciba.close();
    expect(authlete.requests('backchannelAuthenticationComplete')).toEqual([]);
  });

  it('is logged when Authlete refuses to be told', async () => {
    const { authlete, logger, ciba } = endpoint(() => authorized(), {
      backchannelAuthenticationComplete: { action: 'SERVER_ERROR', resultCode: 'A183001' },
    });
    await ask(ciba);
    await authlete.called('backchannelAuthenticationComplete');
    expect(await ciba.close()).toEqual({ transactions: 0, deliveries: 0 });
    expect(authlete.requests('backchannelAuthenticationComplete')).toHaveLength(1);
    expect(logger.entries).toContainEqual({
      level: 'error',
      message: 'Authlete refused a decision',
      details: expect.objectContaining({ clientId, subject: 'alice', result: 'AUTHORIZED', again: false }),
    });
  });

  it('has its decision told again when Authlete could not be reached', async () => {
    let attempts = 0;
    const told = deferred();
    const { authlete, ciba } = endpoint(() => authorized(), {
      backchannelAuthenticationComplete: () => {
        attempts += 1;
        if (attempts === 1) throw new Error('down');
        told.resolve();
        return { action: 'NO_ACTION' };
      },
    });
    await ask(ciba);
    await told.promise;
    expect(await ciba.close()).toEqual({ transactions: 0, deliveries: 0 });
    const decision = { ...about, result: 'AUTHORIZED', authTime: expect.any(Number) };
    expect(authlete.requests('backchannelAuthenticationComplete')).toEqual([decision, decision]);
  });

  it('and the claims hook get the user that was identified', async () => {
    const seen: unknown[] = [];
    const { authlete, ciba } = endpoint(
      () => authorized(),
      { backchannelAuthentication: { ...valid, claimNames: ['phone', 'email'] } },
      {
        claims: (user, names) => {
          seen.push(user, names);
          return { phone: user.phone, other: 1 };
        },
      },
    );
    await ask(ciba);
    const { request } = await authlete.called('backchannelAuthenticationComplete');
    expect(request).toMatchObject({ ...about, result: 'AUTHORIZED', claims: '{"phone":"Pixel"}' });
    expect(seen).toEqual([alice, ['phone', 'email']]);
  });
});
