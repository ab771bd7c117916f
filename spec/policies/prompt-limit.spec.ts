import { describe, expect, it, jest } from '@jest/globals';
import { bindingMessage, type PromptLimitOptions, promptLimit } from 'ciba-backchannel/policies';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import { endpoint, recorder } from './endpoint.js';

const tooMany = { status: 403, error: 'access_denied', description: 'too many requests for this user' };
const tooManyFromClient = { ...tooMany, description: 'too many requests for this user from this client' };

async function server(options: PromptLimitOptions, logger = recorder()) {
  const send = await endpoint({
    policy: promptLimit(options),
    clients: [{ client_id: 'shop' }, { client_id: 'bank' }],
    logger,
  });
  return { prompt: (user: string, client?: string) => send({ login_hint: user }, client), logger };
}

describe('promptLimit', () => {
  it('allows so many prompts to a user, from all clients together', async () => {
    const { prompt } = await server({ perUser: 3, perClient: 2, window: 60 });
    expect(await prompt('alice', 'teller')).toEqual({ status: 200 });
    expect(await prompt('alice', 'shop')).toEqual({ status: 200 });
    expect(await prompt('alice', 'bank')).toEqual({ status: 200 });
    expect(await prompt('alice', 'bank')).toEqual(tooMany);
    expect(await prompt('bob', 'bank')).toEqual({ status: 200 });
  });

  it('allows so many from one client to a user', async () => {
    const { prompt } = await server({ perUser: 10, perClient: 2, window: 60 });
    expect(await prompt('alice', 'shop')).toEqual({ status: 200 });
    expect(await prompt('alice', 'shop')).toEqual({ status: 200 });
    expect(await prompt('alice', 'shop')).toEqual(tooManyFromClient);
    expect(await prompt('bob', 'shop')).toEqual({ status: 200 });
    expect(await prompt('alice', 'bank')).toEqual({ status: 200 });
  });

  it('does not let one client use up what others may send', async () => {
    const { prompt } = await server({ perUser: 3, perClient: 2, window: 60 });
    for (let i = 0; i < 10; i += 1) await prompt('alice', 'shop');
    expect(await prompt('alice', 'bank')).toEqual({ status: 200 });
    expect(await prompt('alice', 'bank')).toEqual(tooMany);
  });

  it('allows so many by one agent to a user, through all clients', async () => {
    const send = await endpoint({
      identifyUser: ({ hint }) => {
        const [subject = '', sub] = String(hint).split(' ');
        return { subject, ...(sub && { actor: { sub, iss: 'https://agents.example.net' } }) };
      },
      policy: promptLimit({ perActor: 2 }),
      clients: [{ client_id: 'shop' }],
    });
    const prompt = (hint: string, client?: string) => send({ login_hint: hint }, client);
    expect(await prompt('alice planner')).toEqual({ status: 200 });
    expect(await prompt('alice planner', 'shop')).toEqual({ status: 200 });
    expect(await prompt('alice planner')).toMatchObject({
      error: 'access_denied',
      description: 'too many requests for this user by this actor',
    });
    expect(await prompt('alice other')).toEqual({ status: 200 });
    expect(await prompt('bob planner')).toEqual({ status: 200 });
    expect(await prompt('alice')).toEqual({ status: 200 });
  });

  it('counts prompts that come at the same time', async () => {
    const { prompt } = await server({ perUser: 4, perClient: 4, window: 60 });
    const answers = await Promise.all(Array.from({ length: 12 }, () => prompt('alice')));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(4);
  });

  it('has a limit without any option', async () => {
    const { prompt } = await server({});
    for (let i = 0; i < 5; i += 1) expect(await prompt('alice', 'shop')).toEqual({ status: 200 });
    expect(await prompt('alice', 'shop')).toEqual(tooManyFromClient);
    for (let i = 0; i < 5; i += 1) expect(await prompt('alice', 'bank')).toEqual({ status: 200 });
    expect(await prompt('alice', 'teller')).toEqual(tooMany);
  });

  it('confuses no user with another, whatever they are called', async () => {
    const { prompt } = await server({ perUser: 1, perClient: 1, window: 60 });
    for (const user of ['alice', 'client:alice', '1:alice', 'ALICE', 'alice ', 'user:alice']) {
      expect(await prompt(user)).toEqual({ status: 200 });
    }
  });

  it('counts only requests that reach it: as the last policy, it does not count what the others refuse', async () => {
    const send = await endpoint({ policy: [bindingMessage({ required: true }), promptLimit({ perUser: 1 })] });
    for (let i = 0; i < 3; i += 1) expect(await send({})).toMatchObject({ error: 'invalid_binding_message' });
    expect(await send({ binding_message: 'W4SCT' })).toEqual({ status: 200 });
    expect(await send({ binding_message: 'W4SCT' })).toEqual(tooMany);
  });
});

describe('the limiter of promptLimit', () => {
  it('keeps the count for the window', async () => {
    const limiter = new RateLimiterMemory({ points: 100, duration: 1 });
    const consume = jest.spyOn(limiter, 'consume');
    const { prompt } = await server({ perUser: 5, perClient: 5, window: 300, limiter });
    await prompt('alice');
    expect(consume.mock.calls).toEqual([
      [expect.stringMatching(/^prompt:client:\d+:alice$/), 1, { customDuration: 300 }],
      ['prompt:user:alice', 1, { customDuration: 300 }],
    ]);
    expect((await limiter.get('prompt:user:alice'))?.msBeforeNext).toBeGreaterThan(100_000);
  });

  it('may forget: then the window begins anew', async () => {
    const limiter = new RateLimiterMemory({ points: 100, duration: 60 });
    const { prompt } = await server({ perUser: 1, limiter });
    expect(await prompt('alice')).toEqual({ status: 200 });
    expect(await prompt('alice')).toEqual(tooMany);
    await limiter.delete('prompt:user:alice');
    expect(await prompt('alice')).toEqual({ status: 200 });
  });

  it('is shared by several servers', async () => {
    const limiter = new RateLimiterMemory({ points: 100, duration: 60 });
    const first = await server({ perUser: 2, limiter });
    const second = await server({ perUser: 2, limiter });
    expect(await first.prompt('alice')).toEqual({ status: 200 });
    expect(await second.prompt('alice')).toEqual({ status: 200 });
    expect(await first.prompt('alice')).toEqual(tooMany);
  });

  it('has the last word, where its own points are fewer', async () => {
    const { prompt } = await server({ limiter: new RateLimiterMemory({ points: 1, duration: 60 }) });
    expect(await prompt('alice')).toEqual({ status: 200 });
    expect(await prompt('alice')).toEqual(tooManyFromClient);
  });

  it('refuses when its store is down, with a log line', async () => {
    const { prompt, logger } = await server({ limiter: deadLimiter() });
    expect(await prompt('alice')).toEqual({ status: 500, error: 'server_error', description: undefined });
    expect(logger.lines).toMatchObject([{ level: 'error', details: { error: { message: 'the limiter failed' } } }]);
  });

  it('may allow when its store is down, with a log line', async () => {
    const logger = recorder();
    const { prompt } = await server({ limiter: deadLimiter(), whenLimiterFails: 'allow', logger });
    expect(await prompt('alice')).toEqual({ status: 200 });
    expect(logger.lines).toMatchObject([{ level: 'warn' }, { level: 'warn' }]);
  });

  it.each([
    [{ perUser: 0 }, 'perUser'],
    [{ perClient: 1.5 }, 'perClient'],
    [{ perActor: 0 }, 'perActor'],
    [{ window: 0 }, 'window'],
    [{ window: 30 * 86_400 }, 'window'],
    [{ window: '60' }, 'window'],
    [{ limiter: {} }, 'limiter'],
    [{ whenLimiterFails: 'allow' }, 'logger'],
  ])('and the other options are checked at construction: %j', (options, name) => {
    expect(() => promptLimit(options as unknown as PromptLimitOptions)).toThrow(name);
  });
});

function deadLimiter() {
  const down = (): Promise<RateLimiterRes> => Promise.reject(new Error('store is down'));
  return { consume: down, reward: down };
}
