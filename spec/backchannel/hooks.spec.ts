import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { type AuthenticationRequest, cibaBackchannel, type HookContext, Rejection, reject } from 'ciba-backchannel';
import { expectAnswer } from '../support/answers.js';
import { ask } from '../support/asking.js';
import { recordingLogger } from '../support/recording-logger.js';
import { clientId, stubAuthlete, ticket, valid } from '../support/stub-authlete.js';
import { doors } from '../support/web-host.js';

const alice = { subject: 'alice' };
const thrower = (thrown: unknown) => () => {
  throw thrown;
};

describe.each(doors)('through %s', (_, open) => {
  /** Asks with hooks that may be anything; gives what the client sees, what Authlete hears and what is logged. */
  async function outcomeOf(hooks: { identifyUser?: unknown; policy?: unknown }) {
    const authlete = stubAuthlete();
    const logger = recordingLogger();
    const answer = await ask(
      open(cibaBackchannel({ authlete, identifyUser: () => alice, logger, ...(hooks as object) })),
    );
    const { error } = expectAnswer(answer, answer.status);
    const told = authlete.requests('backchannelAuthenticationFail');
    const logged = logger.entries.filter(({ level }) => level === 'error');
    return { status: answer.status, error, told, logged };
  }

  describe('identifyUser', () => {
    it.each([
      ['null', null],
      ['undefined', undefined],
      ['a promise of nothing', Promise.resolve()],
      ['false', false],
      ['an empty text', ''],
      ['a text', 'alice'],
      ['a number', 7],
      ['an object without a subject', {}],
      ['an empty subject', { subject: '' }],
      ['a subject that is a number', { subject: 7 }],
      ['a subject that is null', { subject: null }],
      ['an array', ['alice']],
      ['a function', () => alice],
    ])('finds nobody when it gives %s', async (_, given) => {
      const { status, error, told, logged } = await outcomeOf({ identifyUser: () => given });
      expect([status, error]).toEqual([400, 'unknown_user_id']);
      expect(told).toEqual([{ ticket, reason: 'UNKNOWN_USER_ID' }]);
      expect(logged).toEqual([]);
    });

    it.each([
      ['an object', alice],
      ['an object with more', { subject: 'alice', phone: 'x' }],
      ['a promise', Promise.resolve(alice)],
      // biome-ignore lint/suspicious/noThenProperty: a promise from elsewhere
      ['a thenable', { then: (resolve: (user: object) => void) => resolve(alice) }],
      ['an object without a prototype', Object.assign(Object.create(null), alice)],
    ])('finds the user when it gives %s', async (_, given) => {
      expect(await outcomeOf({ identifyUser: () => given })).toMatchObject({ status: 200, told: [], logged: [] });
    });

    it.each([
      ['throws an Error', thrower(new Error('mine'))],
      ['throws null', thrower(null)],
      ['throws undefined', thrower(undefined)],
      ['throws a text', thrower('mine')],
      ['throws a user', thrower(alice)],
      ['rejects', () => Promise.reject(new Error('mine'))],
      ['rejects with nothing', () => Promise.reject()],
      ['returns an Error', () => new Error('mine')],
      ['returns an Error with a subject', () => Object.assign(new Error('mine'), alice)],
      ['returns an Error from elsewhere', () => runInNewContext("Object.assign(new Error('mine'), { subject: 'a' })")],
      [
        'gives a user that cannot be read',
        () => Object.defineProperty({}, 'subject', { get: thrower(new Error('mine')) }),
      ],
    ])('fails when it %s', async (_, identifyUser) => {
      const { status, error, told, logged } = await outcomeOf({ identifyUser });
      expect([status, error]).toEqual([500, 'server_error']);
      expect(told).toEqual([{ ticket, reason: 'SERVER_ERROR' }]);
      expect(logged.map(({ message }) => message)).toEqual(['identifyUser failed']);
    });

    it('sees the request without its secrets, and a context', async () => {
      const seen: [AuthenticationRequest, HookContext][] = [];
      const authlete = stubAuthlete({
        backchannelAuthentication: { ...valid, acrs: null, scopes: null, unknownField: [1] },
      });
      const identifyUser = (...args: [AuthenticationRequest, HookContext]) => {
        seen.push(args);
        return alice;
      };
      await ask(open(cibaBackchannel({ authlete, identifyUser, logger: false })));
      expect(seen).toHaveLength(1);
      const [request, { req, signal }] = seen[0] as (typeof seen)[0];
      expect(request).toEqual({
        resultCode: 'A179001',
        resultMessage: 'valid',
        clientId,
        clientName: 'Teller',
        deliveryMode: 'POLL',
        hintType: 'LOGIN_HINT',
        hint: 'alice',
        scopes: [],
        userCode: 'user-code-of-the-stub-4821',
        bindingMessage: 'W4-7',
        unknownField: [1],
      });
      expect(new Headers(req.headers as Record<string, string>).get('content-type')).toBe(
        'application/x-www-form-urlencoded',
      );
      expect(signal.aborted).toBe(false);
    });
  });

  describe('policy', () => {
    it.each([
      ['nothing', undefined],
      ['null', null],
      ['a promise of nothing', Promise.resolve()],
    ])('lets the request pass when it gives %s', async (_, given) => {
      expect(await outcomeOf({ policy: () => given })).toMatchObject({ status: 200, told: [], logged: [] });
    });

    it.each([
      ['returns false', () => false],
      ['returns true', () => true],
      ['returns 0', () => 0],
      ['returns an empty text', () => ''],
      ['returns a text', () => 'ACCESS_DENIED'],
      ['returns an object', () => ({ reason: 'ACCESS_DENIED' })],
      ['returns an array', () => []],
      ['returns a symbol', () => Symbol('no')],
      ['returns an object that cannot be a text', () => Object.create(null)],
      ['resolves to false', async () => false],
      ['returns an Error', () => new Error('mine')],
      ['resolves to an Error', async () => new Error('mine')],
      ['throws an Error', thrower(new Error('mine'))],
      ['throws null', thrower(null)],
      ['throws undefined', thrower(undefined)],
      ["throws 'x'", thrower('x')],
      ['rejects with nothing', () => Promise.reject()],
    ])('fails closed when it %s', async (_, policy) => {
      for (const policies of [policy, [() => undefined, policy]]) {
        const { status, error, told, logged } = await outcomeOf({ policy: policies });
        expect([status, error]).toEqual([500, 'server_error']);
        expect(told).toEqual([{ ticket, reason: 'SERVER_ERROR' }]);
        expect(logged).toHaveLength(1);
        expect(logged[0]).toMatchObject({ message: 'policy failed' });
      }
    });

    it('runs one after the other, with the user; the first rejection wins', async () => {
      const user = { subject: 'alice', phone: 'x' };
      const order: unknown[] = [];
      const policyThat = (name: string, verdict: unknown) => async (_: unknown, given: unknown) => {
        order.push(`${name} begins`);
        expect(given).toBe(user);
        await new Promise(setImmediate);
        order.push(`${name} ends`);
        return verdict;
      };
      const policy = [
        policyThat('first', undefined),
        policyThat('second', reject('ACCESS_DENIED')),
        policyThat('third', reject('INVALID_TARGET')),
      ];
      const { status, told } = await outcomeOf({ identifyUser: () => user, policy });
      expect([status, told]).toEqual([403, [{ ticket, reason: 'ACCESS_DENIED' }]]);
      expect(order).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
    });

    it('does not run when nobody was identified', async () => {
      expect(await outcomeOf({ identifyUser: () => null, policy: thrower(new Error('mine')) })).toMatchObject({
        status: 400,
        logged: [],
      });
    });

    it('may refuse with what another copy of this package made', async () => {
      // @ts-expect-error: the query makes the runner load the module once more
      const copy: typeof import('ciba-backchannel') = await import('../../lib/authlete/rejection.js?copy');
      expect(copy.Rejection).not.toBe(Rejection);
      expect(await outcomeOf({ policy: () => copy.reject('ACCESS_DENIED') })).toMatchObject({
        status: 403,
        logged: [],
      });
    });

    it('may be no policy at all', async () => {
      expect(await outcomeOf({ policy: [] })).toMatchObject({ status: 200 });
    });

    it('is the array that was given, whatever becomes of it later', async () => {
      const policy = [() => reject('ACCESS_DENIED')];
      const ciba = cibaBackchannel({ authlete: stubAuthlete(), identifyUser: () => alice, policy });
      policy.length = 0;
      expectAnswer(await ask(open(ciba)), 403);
    });
  });
});
