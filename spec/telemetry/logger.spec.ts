import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  AuthleteError,
  authorized,
  type CibaBackchannel,
  type CibaBackchannelOptions,
  type CibaEvent,
  cibaBackchannel,
  cibaToken,
  type LoggerOption,
  later,
} from 'ciba-backchannel';
import { ask } from '../support/asking.js';
import { stubAuthlete, ticket, valid } from '../support/stub-authlete.js';

type Options = Partial<CibaBackchannelOptions<{ subject: string }>>;

const said: { level: string; text: string; details: unknown }[] = [];

beforeEach(() => {
  said.length = 0;
  for (const level of ['debug', 'log', 'info', 'warn', 'error'] as const) {
    jest.spyOn(console, level).mockImplementation((text, details) => void said.push({ level, text, details }));
  }
});

afterEach(() => {
  jest.restoreAllMocks();
});

function endpoint(options: Options, logger?: LoggerOption) {
  return cibaBackchannel({
    authlete: stubAuthlete(),
    identifyUser: () => ({ subject: 'alice' }),
    authenticate: () => later(),
    ...options,
    ...(logger !== undefined && { logger }),
  });
}

const oops = new Error('oops');
const refusedCredentials = new AuthleteError('ERR_AUTHLETE_STATUS', 'status 401', { api: 'any', status: 401 });

function throws(): never {
  throw oops;
}

/** What the host's own code or configuration is at fault for. */
const mistakes: [what: string, level: 'warn' | 'error', message: RegExp, options: Options][] = [
  ['identifyUser throws', 'error', /^ciba-backchannel: identifyUser failed/, { identifyUser: throws }],
  ['a policy throws', 'error', /^ciba-backchannel: policy failed/, { policy: throws }],
  ['a policy returns false', 'error', /^ciba-backchannel: policy failed/, { policy: () => false as never }],
  [
    'Authlete refuses the credentials',
    'error',
    /^ciba-backchannel: Authlete refuses this server/,
    { authlete: stubAuthlete({ backchannelAuthentication: () => Promise.reject(refusedCredentials) }) },
  ],
  ['onEvent throws', 'error', /^ciba-backchannel: onEvent failed/, { onEvent: throws }],
  ['there is no authenticate', 'warn', /^ciba-backchannel: without authenticate nobody/, { authenticate: undefined }],
  ['authenticate throws', 'error', /^ciba-backchannel: authenticate failed/, { authenticate: throws }],
  [
    'authenticate forgets its return',
    'error',
    /^ciba-backchannel: authenticate failed/,
    { authenticate: () => undefined as never },
  ],
  [
    'claims throws',
    'error',
    /^ciba-backchannel: claims failed/,
    {
      authlete: stubAuthlete({ backchannelAuthentication: { ...valid, claimNames: ['email'] } }),
      authenticate: () => authorized(),
      claims: throws,
    },
  ],
  [
    'a ping is refused because it goes to localhost',
    'error',
    /^ciba-backchannel: a notification was given up/,
    {
      authlete: stubAuthlete({
        backchannelAuthenticationComplete: {
          action: 'NOTIFICATION',
          responseContent: '{}',
          clientNotificationEndpoint: 'https://localhost:1/cb',
          clientNotificationToken: 'token-1',
        },
      }),
      authenticate: () => authorized(),
    },
  ],
];

/** Two requests, each with all that follows its answer. */
async function askTwice(ciba: CibaBackchannel): Promise<void> {
  for (let i = 0; i < 2; i += 1) {
    await ask(ciba);
    await ciba.idle();
  }
}

describe('Without a logger', () => {
  it.each(mistakes)('the console is told that %s, once', async (_, level, message, options) => {
    await askTwice(endpoint(options));
    expect(said).toEqual([{ level, text: expect.stringMatching(message), details: expect.anything() }]);
  });

  it.each(mistakes)('each factory tells for itself that %s', async (_, __, ___, options) => {
    await askTwice(endpoint(options));
    await askTwice(endpoint(options));
    expect(said).toHaveLength(2);
  });

  it.each(mistakes)('production hears, too, that %s', async (_, __, ___, options) => {
    const before = process.env.NODE_ENV;
    process.env.NODE_ENV = 'production';
    await askTwice(endpoint(options));
    process.env.NODE_ENV = before;
    expect(said).toHaveLength(1);
  });

  it('the console is told nothing that goes well', async () => {
    await ask(endpoint({}));
    await ask(cibaToken({ authlete: stubAuthlete() }));
    expect(said).toEqual([]);
  });

  it.each<[string, Parameters<typeof stubAuthlete>[0], Options]>([
    ['Authlete cannot be reached', { backchannelAuthentication: throws }, {}],
    ['the client is refused', { backchannelAuthentication: { action: 'UNAUTHORIZED', responseContent: '{}' } }, {}],
    ['a ticket cannot be released', { backchannelAuthenticationFail: throws }, { identifyUser: () => null }],
  ])('nothing is logged where the host is not at fault: %s', async (_, replies, options) => {
    await ask(endpoint({ authlete: stubAuthlete(replies), ...options }));
    expect(said).toEqual([]);
  });

  it('a console that throws does no harm', async () => {
    jest.spyOn(console, 'error').mockImplementation(throws);
    const { status } = await ask(endpoint({ onEvent: throws }));
    expect(status).toBe(200);
  });
});

describe('With `logger: false`', () => {
  it.each(mistakes)('nothing is logged, even when %s', async (_, __, ___, options) => {
    await askTwice(endpoint(options, false));
    expect(said).toEqual([]);
  });
});

describe('With `logger: console`', () => {
  it.each(mistakes)('the console is told each time that %s', async (_, level, message, options) => {
    await askTwice(endpoint(options, console));
    const own = said.filter(({ text }) => message.test(`ciba-backchannel: ${text}`));
    expect(own.map((entry) => entry.level)).toEqual([level, level]);
  });

  it('the console is told what else happens, and no secret', async () => {
    await ask(endpoint({}, console));
    expect(said.map(({ level }) => level)).toContain('debug');
    expect(JSON.stringify(said)).not.toContain(ticket);
  });
});

describe('A logger', () => {
  it('that throws or rejects harms no request', async () => {
    const events: CibaEvent[] = [];
    const rejects = async () => throws();
    const logger = { debug: throws, info: throws, warn: throws, error: rejects };
    const { status } = await ask(endpoint({ policy: throws, onEvent: (event) => events.push(event) }, logger));
    expect(status).toBe(500);
    expect(events).toHaveLength(1);
  });
});
