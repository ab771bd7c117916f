import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { type AuthleteApi, authorized, type CibaEvent, cibaBackchannel, type HookContext } from 'ciba-backchannel';
import { expectAnswer, expectError } from '../support/answers.js';
import { ask } from '../support/asking.js';
import { controlDeadlines, letTimePass } from '../support/deadline.js';
import { deferred, never } from '../support/deferred.js';
import { program } from '../support/program.js';
import { recordingLogger } from '../support/recording-logger.js';
import { type StubAuthlete, stubAuthlete, ticket, valid } from '../support/stub-authlete.js';
import { doors } from '../support/web-host.js';

const timeout = 5000;
const released = { ticket, reason: 'SERVER_ERROR' };

controlDeadlines();

describe.each(doors)('through %s', (_, open) => {
  /** An endpoint that has been asked; `authenticate` must never be called. */
  function asked(authlete: StubAuthlete, hooks: object = {}) {
    const events: CibaEvent[] = [];
    const logger = recordingLogger();
    const ciba = cibaBackchannel({
      authlete,
      identifyUser: () => ({ subject: 'alice' }),
      authenticate: () => {
        logger.error('authenticate was called');
        return authorized();
      },
      ...hooks,
      timeout,
      logger,
      onEvent: (event) => events.push(event),
    });
    const errors = () => logger.entries.filter(({ level }) => level === 'error');
    return { ciba, answer: ask(open(ciba)), events, errors };
  }

  /** A hook that hangs, and when it began to. */
  function hanging() {
    const running = deferred<AbortSignal>();
    const hook = (...args: unknown[]) => {
      running.resolve((args.at(-1) as HookContext).signal);
      return never;
    };
    return { hook, running: running.promise };
  }

  describe('at the deadline', () => {
    it.each<keyof AuthleteApi>(['backchannelAuthentication', 'backchannelAuthenticationIssue'])(
      '%s is not waited for, the client is asked to come again',
      async (api) => {
        const authlete = stubAuthlete({ [api]: () => never });
        const { answer, events, errors } = asked(authlete);
        await authlete.called(api);
        letTimePass(timeout - 1);
        expect(events).toEqual([]);
        letTimePass(1);
        expectError(await answer, 503, 'server_error');
        expect(authlete.requests('backchannelAuthenticationFail')).toEqual(
          api === 'backchannelAuthentication' ? [] : [released],
        );
        expect(events).toEqual([expect.objectContaining({ type: 'refused', status: 503 })]);
        expect(errors()).toEqual([]);
      },
    );

    it.each(['identifyUser', 'policy'])('a running %s is aborted, the answer is server_error', async (name) => {
      const authlete = stubAuthlete();
      const { hook, running } = hanging();
      const { answer, events } = asked(authlete, { [name]: hook });
      const signal = await running;
      letTimePass(timeout);
      expect(signal.reason).toMatchObject({ name: 'TimeoutError', interruption: 'deadline' });
      expectError(await answer, 500, 'server_error');
      expect(authlete.calls.slice(1).map(({ request }) => request)).toEqual([released]);
      const subject = name === 'policy' ? { subject: 'alice' } : {};
      expect(events).toEqual([
        {
          type: 'refused',
          status: 500,
          clientId: valid.clientId,
          deliveryMode: 'POLL',
          scopes: ['openid'],
          ...subject,
          durationMs: expect.any(Number),
        },
      ]);
    });

    it('a hook that ends with the reason of its signal is not logged as a failure', async () => {
      const authlete = stubAuthlete();
      const running = deferred();
      const { answer, errors } = asked(authlete, {
        identifyUser: (_: unknown, { signal }: HookContext) =>
          new Promise((_, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason));
            running.resolve();
          }),
      });
      await running.promise;
      letTimePass(timeout);
      expectError(await answer, 500, 'server_error');
      expect(authlete.requests('backchannelAuthenticationFail')).toEqual([released]);
      expect(errors()).toEqual([]);
    });

    it('no policy runs after the one that took too long', async () => {
      const authlete = stubAuthlete();
      const [running, late] = [deferred(), deferred<undefined>()];
      let second = 0;
      const slow = () => {
        running.resolve();
        return late.promise;
      };
      const { answer } = asked(authlete, { policy: [slow, () => void second++] });
      await running.promise;
      letTimePass(timeout);
      late.resolve(undefined);
      expectError(await answer, 500, 'server_error');
      expect(second).toBe(0);
      expect(authlete.requests('backchannelAuthenticationIssue')).toEqual([]);
    });

    it('a refusal that Authlete has not confirmed is answered all the same; close() waits for it', async () => {
      const confirmation = deferred<object>();
      const authlete = stubAuthlete({ backchannelAuthenticationFail: () => confirmation.promise });
      const { ciba, answer } = asked(authlete, { identifyUser: () => null });
      const { request, signal } = await authlete.called('backchannelAuthenticationFail');
      expect([request, signal]).toEqual([{ ticket, reason: 'UNKNOWN_USER_ID' }, undefined]);
      letTimePass(timeout);
      expect(expectAnswer(await answer, 400)).toEqual({ error: 'unknown_user_id' });
      let closed = false;
      const closing = ciba.close().then(() => {
        closed = true;
      });
      await new Promise(setImmediate);
      expect(closed).toBe(false);
      confirmation.resolve({ action: 'BAD_REQUEST', responseContent: '{}' });
      await closing;
    });

    it.each<[string, unknown]>([
      ['a valid request', valid],
      ['what makes no sense', { ticket }],
    ])('the ticket of an answer yet to come is released when it comes: %s', async (_, response) => {
      const late = deferred<unknown>();
      const authlete = stubAuthlete({ backchannelAuthentication: () => late.promise });
      const { answer, ciba } = asked(authlete);
      await authlete.called('backchannelAuthentication');
      letTimePass(timeout);
      expectError(await answer, 503, 'server_error');
      expect(authlete.calls).toHaveLength(1);
      late.resolve(response);
      expect((await authlete.called('backchannelAuthenticationFail')).request).toEqual(released);
      await ciba.close();
      expect(authlete.calls).toHaveLength(2);
    });

    it('the answer that has not come is waited for by close(), and its ticket released', async () => {
      const late = deferred<unknown>();
      const authlete = stubAuthlete({ backchannelAuthentication: () => late.promise });
      const { answer, ciba } = asked(authlete);
      await authlete.called('backchannelAuthentication');
      letTimePass(timeout);
      expectError(await answer, 503, 'server_error');
      let closed = false;
      const closing = ciba.close({ timeout: 60_000 }).then(() => {
        closed = true;
      });
      await new Promise(setImmediate);
      expect(closed).toBe(false);
      late.resolve(valid);
      await closing;
      expect(authlete.requests('backchannelAuthenticationFail')).toEqual([released]);
    });

    it.each<[string, unknown]>([
      ['a refusal', { action: 'BAD_REQUEST', responseContent: '{}' }],
      ['null', null],
      ['a text', 'x'],
      ['a ticket that is null', { ...valid, ticket: null }],
    ])('an answer yet to come is forgotten when it has no ticket: %s', async (_, response) => {
      const late = deferred<unknown>();
      const authlete = stubAuthlete({ backchannelAuthentication: () => late.promise });
      const { answer } = asked(authlete);
      await authlete.called('backchannelAuthentication');
      letTimePass(timeout);
      expectError(await answer, 503, 'server_error');
      late.resolve(response);
      await new Promise(setImmediate);
      expect(authlete.calls).toHaveLength(1);
    });
  });
});

it('a promise that settles after its deadline causes no unhandled rejection', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [program('spec/support/late-settlements.ts')]);
  expect(JSON.parse(stdout)).toEqual({ answers: 9, unhandled: [] });
});
