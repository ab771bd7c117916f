import { describe, expect, it } from '@jest/globals';
import {
  AuthleteError,
  authorized,
  type CibaBackchannelOptions,
  type CibaEvent,
  cibaBackchannel,
  later,
  reject,
} from 'ciba-backchannel';
import request from 'supertest';
import { deferred, never } from '../support/deferred.js';
import { type RecordingLogger, recordingLogger } from '../support/recording-logger.js';
import { serving } from '../support/serving.js';
import { authReqId, issued, type Reply, stubAuthlete, ticket, valid } from '../support/stub-authlete.js';

const secret = 'client-secret-of-the-spec-55d1';
const assertion = 'client-assertion-of-the-spec-77aa';
const hint = 'hint-of-the-spec-12ef';

/** What must not be in a log or an event. */
const secrets = [
  secret,
  assertion,
  hint,
  ticket,
  authReqId,
  valid.userCode,
  valid.clientNotificationToken,
  Buffer.from(`client:${secret}`).toString('base64'),
];

const failing = (api: string) => () =>
  Promise.reject(new AuthleteError('ERR_AUTHLETE_UNREACHABLE', `${api} could not be called`, { api }));

type Case = [string, Record<string, Reply>, Partial<CibaBackchannelOptions<{ subject: string }>>];

const paths: Case[] = [
  ['a refusal', { backchannelAuthentication: { action: 'UNAUTHORIZED', responseContent: '{}' } }, {}],
  [
    'a message that repeats everything',
    {
      backchannelAuthentication: ({ parameters }) => {
        const values = [...new URLSearchParams(parameters).values()].join(' ');
        const { userCode, clientNotificationToken } = valid;
        return { ...valid, resultMessage: `${parameters} ${values} ${ticket} ${userCode} ${clientNotificationToken}` };
      },
    },
    {},
  ],
  ['an unknown action', { backchannelAuthentication: { ...valid, action: 'DANCE' } }, {}],
  ['an outage', { backchannelAuthentication: failing('backchannelAuthentication') }, {}],
  ['an unknown user', {}, { identifyUser: () => null }],
  ['a refusal by a policy', {}, { policy: () => reject('ACCESS_DENIED', { description: 'no' }) }],
  ['a policy that fails', {}, { policy: () => ({ ticket }) as never }],
  [
    'a refusal that Authlete does not take',
    { backchannelAuthenticationFail: () => never },
    { policy: () => false as never, timeout: 50 },
  ],
  [
    'a refusal that Authlete does not understand',
    { backchannelAuthenticationFail: { action: 'DANCE' } },
    { policy: () => reject('ACCESS_DENIED') },
  ],
  ['INVALID_TICKET', { backchannelAuthenticationIssue: { action: 'INVALID_TICKET', responseContent: '{}' } }, {}],
  ['an outage at issue', { backchannelAuthenticationIssue: failing('backchannelAuthenticationIssue') }, {}],
  [
    'a release that fails',
    { backchannelAuthenticationIssue: failing('issue'), backchannelAuthenticationFail: failing('fail') },
    {},
  ],
  [
    'content that is no JSON',
    { backchannelAuthenticationIssue: { action: 'OK', responseContent: `x${authReqId}` } },
    {},
  ],
  ['an approval', {}, { authenticate: () => authorized({ accessToken: secret }) }],
  ['a decision to come', {}, { authenticate: () => later() }],
  ['a forgotten return', {}, { authenticate: () => undefined as never }],
  [
    'a hook that does not return',
    { backchannelAuthenticationIssue: { ...issued, expiresIn: 0.01 } },
    { authenticate: () => never },
  ],
  [
    'a decision that Authlete refuses',
    {
      backchannelAuthenticationComplete: {
        action: 'SERVER_ERROR',
        resultMessage: `[A183] ticket ${ticket} is unknown`,
      },
    },
    { authenticate: () => authorized() },
  ],
  ['a hook that is too slow', {}, { identifyUser: () => never, timeout: 50 }],
];

async function send(logger: RecordingLogger, replies: Case[1], options: Case[2]) {
  const events: CibaEvent[] = [];
  const authlete = stubAuthlete({ backchannelAuthentication: { ...valid, hint }, ...replies });
  const ciba = cibaBackchannel({
    authlete,
    identifyUser: () => ({ subject: 'alice' }),
    ...options,
    logger,
    onEvent: (event) => events.push(event),
  });
  await request(await serving(ciba))
    .post('/')
    .auth('client', secret)
    .send(`scope=openid&login_hint=${hint}&client_assertion=${assertion}&user_code=${valid.userCode}`);
  await ciba.close({ timeout: 50 });
  return { ciba, events };
}

describe('the logger', () => {
  it.each(paths)('and onEvent are told no secret: %s', async (_, replies, options) => {
    const logger = recordingLogger();
    const { events } = await send(logger, replies, options);
    expect(logger.entries).not.toEqual([]);
    expect(events).not.toEqual([]);
    const told = `${logger.text()}${JSON.stringify(events)}`;
    for (const each of secrets) expect(told).not.toContain(each);
  });

  it('is told no handle', async () => {
    const handle = deferred<string>();
    const logger = recordingLogger();
    const { ciba } = await send(
      logger,
      {},
      {
        authenticate: (transaction) => {
          handle.resolve(transaction.handle);
          return later();
        },
      },
    );
    const sealed = await handle.promise;
    const tampered = `${sealed.slice(0, -4)}AAAA`;
    await expect(ciba.complete(tampered, authorized())).rejects.not.toMatchObject({
      message: expect.stringContaining(tampered),
    });
    expect(logger.text()).not.toContain(sealed.slice(-20, -4));
  });

  it('is told what Authlete said of the call, for every request', async () => {
    const logger = recordingLogger();
    await send(logger, {}, {});
    expect(logger.entries).toContainEqual({
      level: 'debug',
      message: 'Authlete has judged a request',
      details: { resultCode: 'A179001', resultMessage: 'valid' },
    });
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('the log is full');
      },
    ],
    ['rejects', () => Promise.reject(new Error('the log is full'))],
  ])('changes no answer when it %s', async (_, log) => {
    const logger = { debug: log, info: log, warn: log, error: log };
    for (const [name, replies, options] of paths) {
      const ciba = cibaBackchannel({
        authlete: stubAuthlete(replies),
        identifyUser: () => ({ subject: 'alice' }),
        ...options,
        logger,
        onEvent: () => {
          throw new Error('of the host');
        },
      });
      const { status, type } = await request(await serving(ciba))
        .post('/')
        .send('scope=openid');
      expect([name, type]).toEqual([name, 'application/json']);
      expect([200, 400, 401, 403, 500, 503]).toContain(status);
      await ciba.close({ timeout: 0 });
    }
  });

  it('keeps its own this', async () => {
    class Log {
      #lines: string[] = [];
      debug(message: string) {
        this.#lines.push(message);
      }
      info(message: string) {
        this.#lines.push(message);
      }
      warn(message: string) {
        this.#lines.push(message);
      }
      error(message: string) {
        this.#lines.push(message);
      }
      get lines() {
        return this.#lines;
      }
    }
    const logger = new Log();
    const ciba = cibaBackchannel({ authlete: stubAuthlete(), identifyUser: () => null, logger });
    await request(await serving(ciba))
      .post('/')
      .send('scope=openid');
    expect(logger.lines).toContain('Authlete has judged a request');
  });
});
