import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { type AuthleteApi, authorized, type CibaEvent, cibaBackchannel } from 'ciba-backchannel';
import { expectAnswer, expectError } from '../support/answers.js';
import { ask } from '../support/asking.js';
import { deferred, never } from '../support/deferred.js';
import { recordingLogger } from '../support/recording-logger.js';
import { type StubAuthlete, stubAuthlete, ticket, valid } from '../support/stub-authlete.js';

const released = { ticket, reason: 'SERVER_ERROR' };

/** An endpoint whose deadline is near; `authenticate` must never be called. */
function hurried(authlete: StubAuthlete, hooks: object = {}) {
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
    timeout: 30,
    logger,
    onEvent: (event) => events.push(event),
  });
  return { ciba, events, logger };
}

describe('at the deadline', () => {
  it.each<keyof AuthleteApi>(['backchannelAuthentication', 'backchannelAuthenticationIssue'])(
    '%s is aborted, the answer is server_error',
    async (api) => {
      const authlete = stubAuthlete({ [api]: () => never });
      const { ciba, events, logger } = hurried(authlete);
      expectError(await ask(ciba), 500, 'server_error');
      const { signal } = await authlete.called(api);
      expect(signal?.reason).toMatchObject({ name: 'TimeoutError', interruption: 'deadline' });
      expect(authlete.requests('backchannelAuthenticationFail')).toEqual(
        api === 'backchannelAuthentication' ? [] : [released],
      );
      expect(events).toEqual([expect.objectContaining({ type: 'refused', status: 500 })]);
      expect(logger.entries.filter(({ level }) => level === 'error')).toEqual([]);
    },
  );

  it.each(['identifyUser', 'policy'])('a running %s is aborted, the answer is server_error', async (hook) => {
    const running = deferred<AbortSignal>();
    const authlete = stubAuthlete();
    const hang = (...args: unknown[]) => {
      running.resolve((args.at(-1) as { signal: AbortSignal }).signal);
      return never;
    };
    const { ciba, events } = hurried(authlete, { [hook]: hang });
    expectError(await ask(ciba), 500, 'server_error');
    expect((await running.promise).reason).toMatchObject({ name: 'TimeoutError', interruption: 'deadline' });
    expect(authlete.calls.slice(1).map(({ request }) => request)).toEqual([released]);
    const subject = hook === 'policy' ? { subject: 'alice' } : {};
    expect(events).toEqual([
      { type: 'refused', status: 500, clientId: valid.clientId, ...subject, durationMs: expect.any(Number) },
    ]);
  });

  it('a hook that ends with the reason of its signal is no failure for the log', async () => {
    const authlete = stubAuthlete();
    const { ciba, logger } = hurried(authlete, {
      identifyUser: (_: unknown, { signal }: { signal: AbortSignal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    });
    expectError(await ask(ciba), 500, 'server_error');
    expect(authlete.requests('backchannelAuthenticationFail')).toEqual([released]);
    expect(logger.entries.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('no policy runs after the one that took too long', async () => {
    const authlete = stubAuthlete();
    const late = deferred<undefined>();
    const { ciba, logger } = hurried(authlete, {
      policy: [() => late.promise, () => logger.error('the second policy ran')],
    });
    expectError(await ask(ciba), 500, 'server_error');
    late.resolve(undefined);
    await new Promise(setImmediate);
    expect(logger.text()).not.toContain('the second policy ran');
    expect(authlete.requests('backchannelAuthenticationIssue')).toEqual([]);
  });

  it('a refusal that Authlete has not confirmed is answered all the same', async () => {
    const authlete = stubAuthlete({ backchannelAuthenticationFail: () => never });
    const { ciba } = hurried(authlete, { identifyUser: () => null });
    expect(expectAnswer(await ask(ciba), 400)).toEqual({ error: 'unknown_user_id' });
    expect(authlete.requests('backchannelAuthenticationFail')).toEqual([{ ticket, reason: 'UNKNOWN_USER_ID' }]);
  });

  it.each<[string, unknown]>([
    ['releases the ticket of an answer that comes late', valid],
    ['releases the ticket of a late answer that makes no sense', { ticket }],
  ])('%s', async (_, answer) => {
    const late = deferred<unknown>();
    const authlete = stubAuthlete({ backchannelAuthentication: () => late.promise });
    const { ciba } = hurried(authlete);
    expectError(await ask(ciba), 500, 'server_error');
    expect(authlete.calls).toHaveLength(1);
    late.resolve(answer);
    expect((await authlete.called('backchannelAuthenticationFail')).request).toEqual(released);
    await ciba.close({ timeout: 60_000 });
    expect(authlete.calls).toHaveLength(2);
  });

  it.each<[string, unknown]>([
    ['a refusal', { action: 'BAD_REQUEST', responseContent: '{}' }],
    ['null', null],
    ['a text', 'x'],
    ['a ticket that is null', { ...valid, ticket: null }],
  ])('has nothing to release when the late answer is %s', async (_, answer) => {
    const late = deferred<unknown>();
    const authlete = stubAuthlete({ backchannelAuthentication: () => late.promise });
    const { ciba } = hurried(authlete);
    expectError(await ask(ciba), 500, 'server_error');
    late.resolve(answer);
    await new Promise(setImmediate);
    expect(authlete.calls).toHaveLength(1);
  });
});

it('whatever settles late is no unhandled rejection', async () => {
  const script = fileURLToPath(new URL('../support/late-settlements.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', script]);
  expect(JSON.parse(stdout)).toEqual({ answers: [500, 500, 500, 500, 400, 500, 500, 200, 200], unhandled: [] });
});
