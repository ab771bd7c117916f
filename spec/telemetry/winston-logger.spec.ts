import { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { AuthleteError, cibaToken, winstonLogger } from 'ciba-backchannel';
import winston from 'winston';
import { ask } from '../support/asking.js';
import { stubAuthlete } from '../support/stub-authlete.js';

/** A real winston that writes JSON, and what it has written. */
function recordingWinston() {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk, _, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const logger = winston.createLogger({
    level: 'debug',
    format: winston.format.json(),
    transports: [new winston.transports.Stream({ stream })],
  });
  return { logger, lines: () => lines.map((line) => JSON.parse(line)) };
}

function outage(): AuthleteError {
  const cause = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
  return new AuthleteError('ERR_AUTHLETE_UNREACHABLE', 'token: no answer', { api: 'token', cause });
}

describe('winstonLogger', () => {
  it.each(['debug', 'info', 'warn', 'error'] as const)('writes message and details at the level %s', (level) => {
    const { logger, lines } = recordingWinston();
    winstonLogger(logger)[level]('a message', { clientId: '9007199254740993', attempts: 3 });
    expect(lines()).toEqual([{ level, message: 'a message', clientId: '9007199254740993', attempts: 3 }]);
  });

  it('writes a message without details', () => {
    const { logger, lines } = recordingWinston();
    winstonLogger(logger).info('a message');
    expect(lines()).toEqual([{ level: 'info', message: 'a message' }]);
  });

  it('loses nothing of an error: message, stack, code, and all of its cause', () => {
    const { logger, lines } = recordingWinston();
    winstonLogger(logger).error('a call failed', { error: outage() });
    expect(lines()).toEqual([
      {
        level: 'error',
        message: 'a call failed',
        error: {
          name: 'AuthleteError',
          message: 'token: no answer',
          stack: expect.stringContaining('winston-logger.spec'),
          code: 'ERR_AUTHLETE_UNREACHABLE',
          api: 'token',
          cause: {
            name: 'Error',
            message: 'connect ECONNREFUSED 127.0.0.1:1',
            stack: expect.any(String),
            code: 'ECONNREFUSED',
          },
        },
      },
    ]);
  });

  it('writes the errors of an AggregateError, and the name of a DOMException', () => {
    const { logger, lines } = recordingWinston();
    const error = new AggregateError([outage(), new DOMException('too late', 'TimeoutError')], 'all failed');
    winstonLogger(logger).error('a call failed', { error });
    expect(lines()[0].error).toMatchObject({
      name: 'AggregateError',
      message: 'all failed',
      errors: [{ code: 'ERR_AUTHLETE_UNREACHABLE' }, { name: 'TimeoutError', message: 'too late' }],
    });
  });

  it('writes an error that is its own cause', () => {
    const { logger, lines } = recordingWinston();
    const error = new Error('round');
    error.cause = error;
    winstonLogger(logger).error('a call failed', { error });
    expect(lines()[0].error).toMatchObject({ message: 'round', cause: { message: 'round' } });
  });

  it.each(['down', 7, null, { reason: 'down' }])('writes a thrown value that is not an Error: %p', (error) => {
    const { logger, lines } = recordingWinston();
    winstonLogger(logger).error('a hook failed', { error });
    expect(lines()).toEqual([{ level: 'error', message: 'a hook failed', error }]);
  });

  it('tells what an endpoint says', async () => {
    const { logger, lines } = recordingWinston();
    const authlete = stubAuthlete({ token: () => Promise.reject(outage()) });
    await ask(cibaToken({ authlete, logger: winstonLogger(logger) }));
    expect(lines()).toContainEqual(
      expect.objectContaining({ level: 'error', error: expect.objectContaining({ code: 'ERR_AUTHLETE_UNREACHABLE' }) }),
    );
  });

  it.each([undefined, null, 'winston', {}, { ...console, warn: 1 }])('refuses %p', (logger) => {
    expect(() => winstonLogger(logger as never)).toThrow(
      expect.objectContaining({
        name: 'TypeError',
        message: expect.stringMatching('winstonLogger.* must have a method'),
      }),
    );
  });

  it('refuses a logger with the levels of syslog, which has no warn', () => {
    const logger = winston.createLogger({ levels: winston.config.syslog.levels, silent: true });
    expect(() => winstonLogger(logger)).toThrow('the logger of winstonLogger() must have a method warn()');
  });
});
