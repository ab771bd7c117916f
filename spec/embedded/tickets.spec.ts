import { beforeEach, describe, expect, it } from '@jest/globals';
import { Reason } from '../../lib/authlete/types/reason.js';
import {
  ask,
  content,
  poll,
  start,
  startEngine,
  type TestEngine,
  validNotifiedRequest,
  validRequest,
} from './engine.js';

let engine: TestEngine;

beforeEach(async () => {
  engine = await startEngine();
});

const api = () => engine.authlete;

describe('issue', () => {
  it.each([
    ['poll', validRequest, { expires_in: 120, interval: 5 }],
    ['ping', validNotifiedRequest, { expires_in: 120, interval: 5 }],
    ['push', validNotifiedRequest, { expires_in: 120 }],
    ['poll', { ...validRequest, requested_expiry: '10' }, { expires_in: 10, interval: 5 }],
    ['poll', { ...validRequest, requested_expiry: '121' }, { expires_in: 120, interval: 5 }],
  ])('gives %s %j the acknowledgement %j', async (client, parameters, acknowledgement) => {
    const { ticket } = await ask(engine, client, parameters);
    const issued = await api().backchannelAuthenticationIssue({ ticket: ticket ?? '' });
    const { expires_in: expiresIn, ...interval } = acknowledgement;
    expect(issued).toEqual({
      resultCode: expect.stringMatching(/^E\d{3}0\d\d$/),
      resultMessage: expect.any(String),
      action: 'OK',
      responseContent: expect.any(String),
      authReqId: expect.stringMatching(/^[\w-]{43}$/),
      expiresIn,
      ...interval,
    });
    expect(content(issued)).toEqual({ auth_req_id: issued.authReqId, ...acknowledgement });
  });

  it.each([
    ['unknown', async () => 'x'],
    ['used', async () => (await start(engine, 'poll')).ticket],
    [
      'expired',
      async () => {
        const { ticket } = await ask(engine, 'poll', validRequest);
        engine.wait(120);
        return ticket ?? '';
      },
    ],
  ])('answers INVALID_TICKET to a ticket that is %s', async (_what, getTicket) => {
    const issued = await api().backchannelAuthenticationIssue({ ticket: await getTicket() });
    expect(issued).toMatchObject({ action: 'INVALID_TICKET', resultCode: expect.stringMatching(/^E\d{3}2\d\d$/) });
    expect(content(issued)).toMatchObject({ error: 'server_error' });
  });
});

describe('fail', () => {
  const actions: Record<string, string> = { ACCESS_DENIED: 'FORBIDDEN', SERVER_ERROR: 'INTERNAL_SERVER_ERROR' };

  it.each(Object.values(Reason))('answers for %s and deletes the ticket', async (reason) => {
    const { ticket } = await ask(engine, 'poll', validRequest);
    const failed = await api().backchannelAuthenticationFail({ ticket: ticket ?? '', reason });
    expect(failed.action).toBe(actions[reason] ?? 'BAD_REQUEST');
    expect(content(failed)).toEqual({ error: reason.toLowerCase() });
    expect(await api().backchannelAuthenticationIssue({ ticket: ticket ?? '' })).toMatchObject({
      action: 'INVALID_TICKET',
    });
  });

  it('tells the client the description and the URI', async () => {
    const { ticket } = await ask(engine, 'poll', validRequest);
    const failed = await api().backchannelAuthenticationFail({
      ticket: ticket ?? '',
      reason: 'ACCESS_DENIED',
      errorDescription: 'not "you"',
      errorUri: 'https://as.example.com/why',
    });
    expect(content(failed)).toEqual({
      error: 'access_denied',
      error_description: "not 'you'",
      error_uri: 'https://as.example.com/why',
    });
  });

  it('forgets the auth_req_id that was issued', async () => {
    const { ticket, authReqId } = await start(engine, 'poll');
    await api().backchannelAuthenticationFail({ ticket, reason: 'SERVER_ERROR' });
    expect(content(await poll(engine, 'poll', authReqId))).toMatchObject({ error: 'invalid_grant' });
  });

  it.each([
    ['a ticket that is unknown', async () => ({ ticket: 'x', reason: 'ACCESS_DENIED' })],
    ['a reason that is unknown', async () => ({ ticket: (await start(engine, 'poll')).ticket, reason: 'toString' })],
  ])('answers INTERNAL_SERVER_ERROR to %s', async (_what, request) => {
    const failed = await api().backchannelAuthenticationFail((await request()) as never);
    expect(failed).toMatchObject({
      action: 'INTERNAL_SERVER_ERROR',
      resultCode: expect.stringMatching(/^E\d{3}2\d\d$/),
    });
    expect(content(failed)).toMatchObject({ error: 'server_error' });
  });
});

describe('complete', () => {
  const authorized = { result: 'AUTHORIZED', subject: 'alice' } as const;

  it('answers NO_ACTION for a polling client', async () => {
    const { ticket, authReqId } = await start(engine, 'poll');
    expect(await api().backchannelAuthenticationComplete({ ticket, ...authorized })).toEqual({
      resultCode: expect.stringMatching(/^E\d{3}0\d\d$/),
      resultMessage: expect.any(String),
      action: 'NO_ACTION',
      clientId: expect.any(String),
      clientIdAlias: 'poll',
      clientIdAliasUsed: true,
      clientName: 'Polls',
      deliveryMode: 'POLL',
      authReqId,
    });
  });

  it.each([
    ['unknown', async () => 'x'],
    ['not issued', async () => (await ask(engine, 'poll', validRequest)).ticket],
    [
      'used',
      async () => {
        const { ticket } = await start(engine, 'poll');
        await api().backchannelAuthenticationComplete({ ticket, ...authorized });
        return ticket;
      },
    ],
    [
      'expired',
      async () => {
        const { ticket } = await start(engine, 'poll', { ...validRequest, requested_expiry: '10' });
        engine.wait(10);
        return ticket;
      },
    ],
    [
      'failed',
      async () => {
        const { ticket } = await start(engine, 'poll');
        await api().backchannelAuthenticationFail({ ticket, reason: 'ACCESS_DENIED' });
        return ticket;
      },
    ],
  ])('answers SERVER_ERROR to a ticket that is %s', async (_what, getTicket) => {
    const ticket = (await getTicket()) ?? '';
    const completed = await api().backchannelAuthenticationComplete({ ticket, ...authorized });
    expect(completed).toMatchObject({ action: 'SERVER_ERROR', resultCode: expect.stringMatching(/^E\d{3}2\d\d$/) });
    expect(completed).not.toHaveProperty('authReqId');
  });

  const wrong: [string, object][] = [
    ['result', { result: 'MAYBE' }],
    ['subject', { subject: '' }],
    ['subject', { subject: 7 }],
    ['sub', { sub: {} }],
    ['authTime', { authTime: 'now' }],
    ['authTime', { authTime: -1 }],
    ['acr', { acr: [] }],
    ['claims', { claims: { email: 'x' } }],
    ['claims', { claims: '[]' }],
    ['claims', { claims: '{' }],
    ['claims', { claims: `{"a":${'['.repeat(100)}${']'.repeat(100)}}` }],
    ['idtHeaderParams', { idtHeaderParams: '{"alg":"none"}' }],
    ['idtHeaderParams', { idtHeaderParams: '{"crit":["x"]}' }],
    ['idTokenAudType', { idTokenAudType: 'set' }],
    ['scopes', { scopes: 'openid' }],
    ['consentedClaims', { consentedClaims: [1] }],
    ['properties', { properties: [{ key: 'x' }] }],
    ['accessTokenDuration', { accessTokenDuration: 1.5 }],
    ['refreshTokenDuration', { refreshTokenDuration: 2 ** 40 }],
    ['accessToken', { accessToken: 1 }],
  ];

  it.each(wrong)('lets a server that sent a wrong %s %j try again', async (name, parameters) => {
    const { ticket, authReqId } = await start(engine, 'poll');
    const completed = await api().backchannelAuthenticationComplete({ ticket, ...authorized, ...parameters } as never);
    expect(completed).toMatchObject({
      action: 'SERVER_ERROR',
      resultCode: expect.stringMatching(/^E\d{3}2\d\d$/),
      resultMessage: expect.stringContaining(name),
    });
    expect(content(await poll(engine, 'poll', authReqId))).toMatchObject({ error: 'authorization_pending' });
    const again = await api().backchannelAuthenticationComplete({ ticket, ...authorized });
    expect(again.action).toBe('NO_ACTION');
  });

  it('notifies a waiting client whatever mistake the server made', async () => {
    const { ticket, authReqId } = await start(engine, 'push', validNotifiedRequest);
    const completed = await api().backchannelAuthenticationComplete({ ticket, ...authorized, claims: '{' });
    expect(completed).toMatchObject({ action: 'NOTIFICATION', resultCode: expect.stringMatching(/^E\d{3}2\d\d$/) });
    expect(content(completed)).toEqual({ error: 'expired_token', auth_req_id: authReqId });
  });

  it('treats null, empty and 0 as absent', async () => {
    const { ticket } = await start(engine, 'poll');
    const nothing = {
      sub: null,
      authTime: 0,
      acr: '',
      claims: null,
      scopes: [],
      properties: null,
      accessTokenDuration: 0,
    };
    const completed = await api().backchannelAuthenticationComplete({ ticket, ...authorized, ...nothing } as never);
    expect(completed.action).toBe('NO_ACTION');
  });
});
