import { describe, expect, it } from '@jest/globals';
import { AuthleteError, cibaToken, pinoLogger } from 'ciba-backchannel';
import { pino } from 'pino';
import { ask } from '../support/asking.js';
import { stubAuthlete } from '../support/stub-authlete.js';

/** A real pino, and what it has written. */
function recordingPino() {
  const lines: string[] = [];
  const logger = pino({ level: 'debug', base: null }, { write: (line: string) => lines.push(line) });
  return { logger, lines: () => lines.map((line) => JSON.parse(line)) };
}

function outage(): AuthleteError {
  const cause = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED', port: 1 });
  return new AuthleteError('ERR_AUTHLETE_UNREACHABLE', 'token: no answer', { api: 'token', cause });
}

describe('pinoLogger', () => {
  it.each([
    ['debug', 20],
    ['info', 30],
    ['warn', 40],
    ['error', 50],
  ] as const)('writes message and details at the level %s', (level, number) => {
    const { logger, lines } = recordingPino();
    pinoLogger(logger)[level]('a message', { clientId: '9007199254740993', attempts: 3, retry: true });
    expect(lines()).toEqual([
      {
        level: number,
        time: expect.any(Number),
        msg: 'a message',
        clientId: '9007199254740993',
        attempts: 3,
        retry: true,
      },
    ]);
  });

  it('writes a message without details', () => {
    const { logger, lines } = recordingPino();
    pinoLogger(logger).info('a message');
    expect(lines()).toEqual([{ level: 30, time: expect.any(Number), msg: 'a message' }]);
  });

  it('loses nothing of an error: message, stack, code, and the code of its cause', () => {
    const { logger, lines } = recordingPino();
    pinoLogger(logger).error('a call failed', { error: outage() });
    expect(lines()).toEqual([
      expect.objectContaining({
        msg: 'a call failed',
        err: expect.objectContaining({
          type: 'AuthleteError',
          message: expect.stringContaining('token: no answer'),
          stack: expect.stringContaining('pino-logger.spec'),
          code: 'ERR_AUTHLETE_UNREACHABLE',
          api: 'token',
        }),
        cause: {
          name: 'Error',
          message: 'connect ECONNREFUSED 127.0.0.1:1',
          stack: expect.any(String),
          code: 'ECONNREFUSED',
          port: 1,
        },
      }),
    ]);
  });

  it.each(['down', 7, null, { reason: 'down' }])('writes a thrown value that is not an Error: %p', (error) => {
    const { logger, lines } = recordingPino();
    pinoLogger(logger).error('a hook failed', { error });
    expect(lines()).toEqual([expect.objectContaining({ msg: 'a hook failed', err: error })]);
  });

  it('writes an error under another name than `error`', () => {
    const { logger, lines } = recordingPino();
    pinoLogger(logger).warn('a message', { failure: outage() });
    expect(lines()[0].failure).toMatchObject({ code: 'ERR_AUTHLETE_UNREACHABLE', cause: { code: 'ECONNREFUSED' } });
  });

  it('writes through a child with the bindings of the child', () => {
    const { logger, lines } = recordingPino();
    pinoLogger(logger.child({ service: 'ciba' })).info('a message', { attempts: 1 });
    expect(lines()).toEqual([expect.objectContaining({ service: 'ciba', attempts: 1 })]);
  });

  it('tells what an endpoint says', async () => {
    const { logger, lines } = recordingPino();
    const authlete = stubAuthlete({ token: () => Promise.reject(outage()) });
    await ask(cibaToken({ authlete, logger: pinoLogger(logger) }));
    expect(lines()).toContainEqual(
      expect.objectContaining({ level: 50, err: expect.objectContaining({ code: 'ERR_AUTHLETE_UNREACHABLE' }) }),
    );
  });

  it.each([undefined, null, 'pino', {}, { ...console, warn: 1 }])('refuses %p', (logger) => {
    expect(() => pinoLogger(logger as never)).toThrow(
      expect.objectContaining({ name: 'TypeError', message: expect.stringMatching('pinoLogger.* must have a method') }),
    );
  });
});
