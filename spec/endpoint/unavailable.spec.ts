import { describe, expect, it, jest } from '@jest/globals';
import { AuthleteError } from 'ciba-backchannel';
import { expectError } from '../support/answers.js';
import { ask } from '../support/asking.js';
import { endpointsByDoor, judging } from '../support/endpoints.js';
import { recordingLogger } from '../support/recording-logger.js';

type Details = Partial<ConstructorParameters<typeof AuthleteError>[2]>;

const failing = (code: AuthleteError['code'], details: Details = {}) => {
  const error = new AuthleteError(code, 'the call failed', { api: 'token', ...details });
  return () => Promise.reject(error);
};

const said = (retryAfter?: number, status = 503) => failing('ERR_AUTHLETE_STATUS', { status, retryAfter });

describe.each(endpointsByDoor)('%s, when Authlete is away for now', (_, endpoint) => {
  it.each([
    ['cannot be reached', failing('ERR_AUTHLETE_UNREACHABLE')],
    ['does not answer', failing('ERR_AUTHLETE_TIMEOUT')],
    ['says 429', said(undefined, 429)],
    ['says 503', said()],
  ])('and %s, asks the client to come again in 1 to 3 s', async (_, reply) => {
    const { middleware } = judging(endpoint, {}, reply);
    const answer = await ask(middleware);
    expectError(answer, 503, 'server_error');
    expect(['1', '2', '3']).toContain(answer.headers['retry-after']);
  });

  it.each([
    [0.4, '1'],
    [1.2, '2'],
    [7, '7'],
    [3600, '10'],
  ])('and says %d s, asks the client to come again in %s s', async (retryAfter, seconds) => {
    const { middleware } = judging(endpoint, {}, said(retryAfter));
    const answer = await ask(middleware);
    expectError(answer, 503, 'server_error');
    expect(answer.headers['retry-after']).toBe(seconds);
  });

  it.each([
    ['another status', said(5, 500)],
    ['a status of a gateway', said(5, 502)],
    ['a wrong access token', said(5, 401)],
    ['an answer that makes no sense', failing('ERR_AUTHLETE_ANSWER')],
  ])('but not for %s', async (_, reply) => {
    const { middleware } = judging(endpoint, {}, reply);
    expectError(await ask(middleware), 500, 'server_error');
  });

  it.each([
    ['ERR_AUTHLETE_UNREACHABLE', 'error'],
    ['ERR_AUTHLETE_TIMEOUT', 'error'],
  ] as const)('tells the console once of %s', async (code, level) => {
    const console_ = jest.spyOn(console, level).mockImplementation(() => {});
    try {
      const { middleware } = judging(endpoint, { logger: undefined as never }, failing(code));
      for (let i = 0; i < 3; i += 1) await ask(middleware);
      expect(console_.mock.calls.map(([text]) => text)).toEqual([
        expect.stringMatching(/^ciba-backchannel: Authlete cannot be reached: is baseUrl right/),
      ]);
    } finally {
      console_.mockRestore();
    }
  });

  it('tells a logger of it each time', async () => {
    const logger = recordingLogger();
    const { middleware } = judging(endpoint, { logger }, failing('ERR_AUTHLETE_UNREACHABLE'));
    for (let i = 0; i < 2; i += 1) await ask(middleware);
    expect(logger.entries.filter(({ level }) => level === 'error')).toHaveLength(2);
  });
});
