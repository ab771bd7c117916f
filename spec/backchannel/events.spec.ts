import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  authorized,
  type CibaBackchannelOptions,
  type CibaEvent,
  cibaBackchannel,
  denied,
  reject,
} from 'ciba-backchannel';
import request from 'supertest';
import { expectAnswer, expectError } from '../support/answers.js';
import { recordingLogger } from '../support/recording-logger.js';
import { serving } from '../support/serving.js';
import { authReqId, clientId, type Reply, stubAuthlete, valid } from '../support/stub-authlete.js';

interface Case {
  replies?: Record<string, Reply>;
  options?: Partial<CibaBackchannelOptions<{ subject: string }>>;
  /** What is sent; a form when absent. */
  body?: string | object;
  closed?: boolean;
}

const durationMs = expect.any(Number);
const refusal = (action: string) => ({ replies: { backchannelAuthentication: { action, responseContent: '{}' } } });
const known = { clientId, subject: 'alice', deliveryMode: 'POLL', durationMs };
const scopes = ['openid'];
/** SHA-256 of the `auth_req_id`, its first 16 bytes. */
const transaction = createHash('sha256').update(authReqId).digest().subarray(0, 16).toString('base64url');
const down = () => Promise.reject(new Error('down'));

const foreignRejection = {
  // biome-ignore lint/suspicious/noThenProperty: a promise of another library
  then: (_: unknown, no: (error: Error) => void) => no(new Error('of the host')),
};

/** The events of one request, and of what follows. */
async function eventsOf({ replies, options, body = 'scope=openid', closed = false }: Case) {
  const events: CibaEvent[] = [];
  const ciba = cibaBackchannel({
    logger: false,
    authlete: stubAuthlete(replies),
    identifyUser: () => ({ subject: 'alice' }),
    onEvent: (event) => events.push(event),
    ...options,
  });
  const server = await serving(ciba);
  if (closed) await ciba.close();
  await request(server).post('/').send(body);
  await ciba.close();
  return events;
}

describe('onEvent', () => {
  it.each<[string, Case, object[]]>([
    ['what is no form', { body: {} }, [{ type: 'refused', status: 400, durationMs }]],
    ['a closed endpoint', { closed: true }, [{ type: 'refused', status: 503, durationMs }]],
    ['BAD_REQUEST', refusal('BAD_REQUEST'), [{ type: 'refused', status: 400, action: 'BAD_REQUEST', durationMs }]],
    ['UNAUTHORIZED', refusal('UNAUTHORIZED'), [{ type: 'refused', status: 401, action: 'UNAUTHORIZED', durationMs }]],
    [
      'UNAUTHORIZED of a known client',
      { replies: { backchannelAuthentication: { action: 'UNAUTHORIZED', responseContent: '{}', clientId } } },
      [{ type: 'refused', status: 401, action: 'UNAUTHORIZED', clientId, durationMs }],
    ],
    ['an outage', { replies: { backchannelAuthentication: down } }, [{ type: 'refused', status: 500, durationMs }]],
    [
      'an unknown user',
      { options: { identifyUser: () => null } },
      [{ type: 'refused', status: 400, reason: 'UNKNOWN_USER_ID', scopes, deliveryMode: 'POLL', clientId, durationMs }],
    ],
    [
      'a policy',
      { options: { policy: () => reject('ACCESS_DENIED') } },
      [{ type: 'refused', status: 403, reason: 'ACCESS_DENIED', scopes, ...known }],
    ],
    [
      'a policy that fails',
      { options: { policy: () => false as never } },
      [{ type: 'refused', status: 500, reason: 'SERVER_ERROR', scopes, ...known }],
    ],
    [
      'INVALID_TICKET',
      { replies: { backchannelAuthenticationIssue: { action: 'INVALID_TICKET', responseContent: '{}' } } },
      [{ type: 'refused', status: 500, action: 'INVALID_TICKET', scopes, ...known }],
    ],
    [
      'an outage at issue',
      { replies: { backchannelAuthenticationIssue: down } },
      [{ type: 'refused', status: 500, scopes, ...known }],
    ],
    ['an auth_req_id', {}, [{ type: 'issued', transaction, scopes, ...known }]],
    [
      'an approval',
      { options: { authenticate: () => authorized() } },
      [
        { type: 'issued', transaction, scopes, ...known },
        { type: 'completed', result: 'AUTHORIZED', transaction, ...known },
      ],
    ],
    [
      'a denial',
      { options: { authenticate: () => denied() } },
      [
        { type: 'issued', transaction, scopes, ...known },
        { type: 'completed', result: 'ACCESS_DENIED', transaction, ...known },
      ],
    ],
    [
      'a hook that fails',
      { options: { authenticate: () => undefined as never } },
      [
        { type: 'issued', transaction, scopes, ...known },
        { type: 'completed', result: 'TRANSACTION_FAILED', transaction, ...known },
      ],
    ],
  ])('hears of %s', async (_, sent, expected) => {
    const events = await eventsOf(sent);
    expect(events).toStrictEqual(expected);
    expect(JSON.parse(JSON.stringify(events))).toStrictEqual(events);
  });

  it('hears how long the request has taken, and then how long the completion', async () => {
    const wait = () => new Promise((resolve) => setTimeout(resolve, 50));
    const begun = performance.now();
    const [issued, completed] = await eventsOf({
      replies: { backchannelAuthenticationComplete: () => wait().then(() => ({ action: 'NO_ACTION' })) },
      options: {
        identifyUser: () => wait().then(() => ({ subject: 'alice' })),
        authenticate: () => authorized(),
      },
    });
    const taken = performance.now() - begun;
    // Timers may be early by less than a millisecond.
    expect(issued?.durationMs).toBeGreaterThan(48);
    expect(completed?.durationMs).toBeGreaterThan(48);
    expect((issued?.durationMs ?? 0) + (completed?.durationMs ?? 0)).toBeLessThan(taken);
  });

  it('hears of a method that is not POST', async () => {
    const events: CibaEvent[] = [];
    const ciba = cibaBackchannel({
      logger: false,
      authlete: stubAuthlete(),
      identifyUser: () => null,
      onEvent: (event) => events.push(event),
    });
    expectError(await request(await serving(ciba)).get('/'), 405, 'invalid_request');
    await ciba.close();
    expect(events).toStrictEqual([{ type: 'refused', status: 405, durationMs }]);
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('of the host');
      },
    ],
    ['rejects', () => Promise.reject(new Error('of the host'))],
    ['rejects in its own way', () => foreignRejection],
  ])('changes nothing when it %s', async (_, onEvent) => {
    const logger = recordingLogger();
    const authlete = stubAuthlete();
    const ciba = cibaBackchannel({
      authlete,
      identifyUser: () => ({ subject: 'alice' }),
      authenticate: () => authorized(),
      onEvent: onEvent as () => void,
      logger,
    });
    expectAnswer(
      await request(await serving(ciba))
        .post('/')
        .send('scope=openid'),
      200,
    );
    await authlete.called('backchannelAuthenticationComplete');
    await ciba.close();
    const failures = logger.entries.filter(({ message }) => message === 'onEvent failed');
    expect(failures).toHaveLength(2);
    expect(failures[0]?.details?.error).toMatchObject({ message: 'of the host' });
  });

  it('names the client by its alias as well', async () => {
    const alias = { clientIdAlias: 'teller' };
    const issued = await eventsOf({ replies: { backchannelAuthentication: { ...valid, ...alias } } });
    expect(issued).toStrictEqual([{ type: 'issued', transaction, scopes, ...known, ...alias }]);
    const refusal = { action: 'BAD_REQUEST', responseContent: '{}', clientId, ...alias };
    expect(await eventsOf({ replies: { backchannelAuthentication: refusal } })).toStrictEqual([
      { type: 'refused', status: 400, action: 'BAD_REQUEST', clientId, ...alias, durationMs },
    ]);
  });

  it('gives the client id as a string, whatever the AuthleteApi makes of it', async () => {
    const events = await eventsOf({ replies: { backchannelAuthentication: { ...valid, clientId: 4711 } } });
    expect(events).toStrictEqual([{ type: 'issued', transaction, scopes, ...known, clientId: '4711' }]);
  });
});
