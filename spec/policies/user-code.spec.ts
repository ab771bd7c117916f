import { describe, expect, it, jest } from '@jest/globals';
import { reject, type User } from 'ciba-backchannel';
import { constantTimeEqual, type UserCodeOptions, userCode } from 'ciba-backchannel/policies';
import fc from 'fast-check';
import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import { anyText } from '../support/any-text.js';
import { endpoint, recorder } from './endpoint.js';

interface Customer extends User {
  pin?: string;
}

const customers: Customer[] = [
  { subject: 'alice', pin: '1234' },
  { subject: 'bob', pin: '9876' },
  { subject: 'carol' },
];

const wrong = { status: 400, error: 'invalid_user_code' };
const locked = { ...wrong, description: 'too many wrong user codes, try again later' };

async function server(options: Partial<UserCodeOptions<Customer>> = {}, logger = recorder()) {
  const verify = jest.fn((user: Customer, code: string) => constantTimeEqual(code, user.pin));
  const send = await endpoint({
    identifyUser: (request) => customers.find(({ subject }) => subject === request.hint),
    policy: userCode<Customer>({
      required: (user) => user.pin !== undefined,
      verify,
      ...options,
    } as UserCodeOptions<Customer>),
    logger,
  });
  const sendCode = (code: string, user = 'alice') => send({ login_hint: user, user_code: code });
  return { send, sendCode, verify, logger };
}

describe('userCode', () => {
  it('lets a user with the right code pass, and one who needs none', async () => {
    const { send, sendCode } = await server();
    expect(await sendCode('1234')).toEqual({ status: 200 });
    expect(await send({ login_hint: 'carol' })).toEqual({ status: 200 });
  });

  it('refuses a request without a code for a user who needs one', async () => {
    const { send, verify } = await server();
    expect(await send({ login_hint: 'alice' })).toMatchObject({ status: 400, error: 'missing_user_code' });
    expect(verify).not.toHaveBeenCalled();
  });

  it('refuses a wrong code, also where none is required', async () => {
    const { sendCode } = await server();
    for (const code of ['1235', '123', '12345', ' 1234', '１２３４', '1234\u200b', '1\u0301234', '\u202e4321']) {
      const { sendCode: freshly } = await server();
      expect(await freshly(code)).toMatchObject(wrong);
    }
    expect(await sendCode('1234', 'carol')).toMatchObject(wrong);
  });

  it('asks verify only about codes that somebody may have typed', async () => {
    const { sendCode, verify } = await server();
    expect(await sendCode('x'.repeat(257))).toMatchObject(wrong);
    expect(verify).not.toHaveBeenCalled();
    await sendCode('x'.repeat(256));
    expect(verify).toHaveBeenCalledTimes(1);
  });

  it('passes the request to both functions', async () => {
    const seen: unknown[] = [];
    const { sendCode, send } = await server({
      required: (_, request) => request.bindingMessage !== undefined,
      verify: (_, __, request) => Boolean(seen.push(request.userCode)),
    });
    expect(await send({ login_hint: 'alice' })).toEqual({ status: 200 });
    expect(await send({ login_hint: 'alice', binding_message: 'W4' })).toMatchObject({ error: 'missing_user_code' });
    expect(await sendCode('1')).toEqual({ status: 200 });
    expect(seen).toEqual(['1']);
  });

  it('takes promises from both functions', async () => {
    const { send, sendCode } = await server({
      required: async (user) => user.pin !== undefined,
      verify: async (user, code) => code === user.pin,
    });
    expect(await send({ login_hint: 'alice' })).toMatchObject({ error: 'missing_user_code' });
    expect(await sendCode('1234')).toEqual({ status: 200 });
    expect(await sendCode('4321')).toMatchObject(wrong);
  });
});

describe('the count of wrong codes', () => {
  it('locks a user after five, without asking verify, even for the right code', async () => {
    const { sendCode, verify } = await server();
    for (let i = 0; i < 5; i += 1) expect(await sendCode(`wrong ${i}`)).toEqual(wrong);
    expect(verify).toHaveBeenCalledTimes(5);
    expect(await sendCode('1234')).toEqual(locked);
    expect(verify).toHaveBeenCalledTimes(5);
  });

  it('is of one user only', async () => {
    const { sendCode } = await server();
    for (let i = 0; i < 6; i += 1) await sendCode('wrong', 'alice');
    expect(await sendCode('9876', 'bob')).toEqual({ status: 200 });
    expect(await sendCode('1234', 'alice')).toEqual(locked);
  });

  it('does not count right codes', async () => {
    const { sendCode } = await server();
    for (let i = 0; i < 20; i += 1) expect(await sendCode('1234')).toEqual({ status: 200 });
    for (let i = 0; i < 4; i += 1) expect(await sendCode('wrong')).toEqual(wrong);
    for (let i = 0; i < 20; i += 1) expect(await sendCode('1234')).toEqual({ status: 200 });
    expect(await sendCode('wrong')).toEqual(wrong);
    expect(await sendCode('1234')).toEqual(locked);
  });

  it('does not allow more guesses when they come at the same time', async () => {
    const { sendCode, verify } = await server();
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => sendCode(`wrong ${i}`)));
    expect(verify).toHaveBeenCalledTimes(5);
    expect(answers.filter(({ description }) => description === locked.description)).toHaveLength(15);
  });

  it('is that of the limiter that is given', async () => {
    const limiter = new RateLimiterMemory({ points: 1, duration: 60 });
    const { sendCode } = await server({ limiter });
    expect(await sendCode('wrong')).toEqual(wrong);
    expect(await sendCode('1234')).toEqual(locked);
    await limiter.delete('user-code:alice');
    expect(await sendCode('1234')).toEqual({ status: 200 });
  });

  it('does not count what verify could not judge, but does count its rejections', async () => {
    const limiter = new RateLimiterMemory({ points: 1, duration: 60 });
    const broken = await server({ limiter, verify: () => Promise.reject(new Error('no database')) });
    for (let i = 0; i < 3; i += 1) expect(await broken.sendCode('1234')).toMatchObject({ error: 'server_error' });
    const strict = await server({
      limiter,
      verify: () => {
        throw reject('INVALID_USER_CODE', { description: 'expired' });
      },
    });
    expect(await strict.sendCode('1234')).toEqual({ ...wrong, description: 'expired' });
    expect(await strict.sendCode('1234')).toEqual(locked);
  });
});

describe('what fails in userCode', () => {
  it.each([
    ['required', { required: () => undefined }, {}],
    ['verify', { verify: () => 'yes' }, { user_code: '1' }],
    ['verify', { verify: () => undefined }, { user_code: '1' }],
  ])('closed: %s gives no boolean', async (name, options, form) => {
    const { send, logger } = await server(options as unknown as Partial<UserCodeOptions<Customer>>);
    expect(await send({ login_hint: 'alice', ...form })).toMatchObject({ status: 500, error: 'server_error' });
    expect(logger.lines).toMatchObject([
      { level: 'error', details: { error: { message: `${name} must return true or false` } } },
    ]);
  });

  it('closed: a limiter store that is down, with a log line', async () => {
    const limiter = new RateLimiterRedis({ storeClient: deadRedis(), points: 5, duration: 900 });
    const { sendCode, verify, logger } = await server({ limiter });
    expect(await sendCode('1234')).toMatchObject({ status: 500, error: 'server_error' });
    expect(verify).not.toHaveBeenCalled();
    expect(logger.lines).toMatchObject([
      { level: 'error', details: { error: { cause: { message: 'redis is down' } } } },
    ]);
    expect(JSON.stringify(logger.lines)).not.toContain('1234');
  });

  it('open where that is wanted, with a log line', async () => {
    const limiter = new RateLimiterRedis({ storeClient: deadRedis(), points: 5, duration: 900 });
    const own = recorder();
    const { sendCode } = await server({ limiter, whenLimiterFails: 'allow', logger: own } as Partial<
      UserCodeOptions<Customer>
    >);
    expect(await sendCode('4321')).toEqual(wrong);
    expect(own.lines).toMatchObject([{ level: 'warn', details: { error: { message: 'redis is down' } } }]);
    expect(await sendCode('1234')).toEqual({ status: 200 });
  });

  it.each([
    [{ required: true }, 'required'],
    [{ verify: undefined }, 'verify'],
    [{ limiter: {} }, 'limiter'],
    [{ limiter: { consume() {} } }, 'limiter.reward'],
    [{ whenLimiterFails: 'ignore' }, 'whenLimiterFails'],
    [{ whenLimiterFails: 'allow' }, 'logger'],
  ])('at construction, when an option is wrong: %j', (options, name) => {
    const valid = { required: () => false, verify: () => false };
    expect(() => userCode({ ...valid, ...options } as unknown as UserCodeOptions<User>)).toThrow(name);
  });
});

describe('constantTimeEqual', () => {
  it.each<[string | null | undefined, string | null | undefined, boolean]>([
    ['1234', '1234', true],
    ['', '', true],
    ['1234', '1235', false],
    ['1234', '12345', false],
    ['é', 'e\u0301', false],
    ['\ud800', '\ud801', false],
    ['\ud800', '\ufffd', false],
    ['1234', undefined, false],
    [undefined, undefined, false],
    [null, null, false],
  ])('compares %j and %j', (a, b, equal) => {
    expect(constantTimeEqual(a, b)).toBe(equal);
  });

  it('is equality', () => {
    const text = anyText;
    fc.assert(fc.property(text, text, (a, b) => expect(constantTimeEqual(a, b)).toBe(a === b)));
    fc.assert(fc.property(text, (a) => expect(constantTimeEqual(a, `${a}`)).toBe(true)));
  });
});

/** An ioredis client of a Redis that does not answer. */
function deadRedis(): object {
  const down = () => Promise.reject(new Error('redis is down'));
  return { status: 'ready', defineCommand() {}, rlflxIncr: down };
}
