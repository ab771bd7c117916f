import { describe, expect, it } from '@jest/globals';
import { type CibaEvent, cibaBackchannel, type Reason, reject } from 'ciba-backchannel';
import request from 'supertest';
import { expectAnswer, expectError } from '../support/answers.js';
import { badAnswers, missingContents } from '../support/bad-answers.js';
import { never } from '../support/deferred.js';
import { serving } from '../support/serving.js';
import { acknowledgement, issued, type StubAuthlete, stubAuthlete, ticket, valid } from '../support/stub-authlete.js';
import { doors } from '../support/web-host.js';

/** What a stack would overflow on. */
let deep: unknown = 'x';
for (let i = 0; i < 100_000; i++) deep = [deep];

const released = [{ ticket, reason: 'SERVER_ERROR' }];

describe.each(doors)('through %s', (_, open) => {
  async function answerOf(authlete: StubAuthlete, refusal?: Reason) {
    const events: CibaEvent[] = [];
    const ciba = cibaBackchannel({
      authlete,
      identifyUser: () =>
        refusal ? reject(refusal, { description: 'no', uri: 'https://as.example.com/e' }) : { subject: 'alice' },
      onEvent: (event) => events.push(event),
      logger: false,
    });
    const answer = await request(await serving(open(ciba)))
      .post('/')
      .send('scope=openid&login_hint=alice');
    await ciba.close({ timeout: 60_000 });
    return { answer, events };
  }

  describe('when backchannelAuthentication', () => {
    it.each(badAnswers)('%s, the answer is server_error', async (_, reply) => {
      const authlete = stubAuthlete({ backchannelAuthentication: reply });
      const { answer, events } = await answerOf(authlete);
      expectError(answer, 500, 'server_error');
      expect(authlete.calls.map(({ api }) => api)).toEqual(['backchannelAuthentication']);
      expect(events).toEqual([{ type: 'refused', status: 500, durationMs: expect.any(Number) }]);
    });

    it('throws at once, the answer is server_error', async () => {
      const authlete = stubAuthlete();
      authlete.backchannelAuthentication = () => {
        throw new Error('no promise');
      };
      expectError((await answerOf(authlete)).answer, 500, 'server_error');
    });

    it.each(['BAD_REQUEST', 'UNAUTHORIZED', 'INTERNAL_SERVER_ERROR'])('says %s, it needs content', async (action) => {
      for (const [, content] of missingContents) {
        const authlete = stubAuthlete({ backchannelAuthentication: { action, ...content } });
        expectError((await answerOf(authlete)).answer, 500, 'server_error');
      }
    });

    it.each([{}, { ticket: null }, { ticket: '' }, { ticket: 7 }])(
      'gives no ticket but %j, nothing goes on',
      async (none) => {
        const authlete = stubAuthlete({ backchannelAuthentication: { ...valid, ticket: undefined, ...none } });
        expectError((await answerOf(authlete)).answer, 500, 'server_error');
        expect(authlete.calls).toHaveLength(1);
      },
    );

    it.each<[string, object]>([
      ['no hintType', { hintType: null }],
      ['an unknown hintType', { hintType: 'PHONE' }],
      ['a hintType that only reads like one', { hintType: { toString: () => 'LOGIN_HINT' } }],
      ['no deliveryMode', { deliveryMode: undefined }],
      ['the name of an inherited property for deliveryMode', { deliveryMode: 'constructor' }],
      ['a clientId that is no text', { clientId: { toString: 1 } }],
      ['a clientId that is 100,000 deep', { clientId: deep }],
      ['a hint that is 100,000 deep', { hint: deep }],
      ['scopes that are no array', { scopes: { toString: 1 } }],
      ['claimNames that are a text', { claimNames: 'email' }],
      ['an action that is no text', { action: { toString: 1 } }],
      ['an action that is 100,000 deep', { action: deep }],
      ['a refusal without content', { action: 'BAD_REQUEST', responseContent: undefined }],
    ])('gives a ticket with %s, nobody is asked and the ticket is released', async (_, odd) => {
      const authlete = stubAuthlete({ backchannelAuthentication: { ...valid, ...odd } });
      expectError((await answerOf(authlete)).answer, 500, 'server_error');
      expect(authlete.calls.map(({ api }) => api)).toEqual([
        'backchannelAuthentication',
        'backchannelAuthenticationFail',
      ]);
      expect(authlete.requests('backchannelAuthenticationFail')).toEqual(released);
    });

    it('gives a ticket with a refusal, the ticket is released', async () => {
      const authlete = stubAuthlete({
        backchannelAuthentication: { ...valid, action: 'BAD_REQUEST', responseContent: '{}' },
      });
      expectAnswer((await answerOf(authlete)).answer, 400);
      expect(authlete.requests('backchannelAuthenticationFail')).toEqual(released);
    });

    it('gives a ticket with an unknown action, the ticket is released', async () => {
      const authlete = stubAuthlete({ backchannelAuthentication: { ...valid, action: 'DANCE' } });
      expectError((await answerOf(authlete)).answer, 500, 'server_error');
      expect(authlete.requests('backchannelAuthenticationFail')).toEqual(released);
    });
  });

  describe('when backchannelAuthenticationIssue', () => {
    it.each([
      ...badAnswers,
      ...missingContents.map(([name, content]) => [`has content: ${name}`, { action: 'OK', ...content }] as const),
      ['says nothing of an auth_req_id', { action: 'OK', responseContent: '{"expires_in":1}' }],
      ['says nothing of a lifetime', { action: 'OK', responseContent: '{"auth_req_id":"x"}' }],
      ['has content that is no JSON', { action: 'OK', responseContent: 'auth_req_id=x' }],
      ['has content that is no object', { action: 'OK', responseContent: 'null' }],
      ['has a lifetime that is none', { ...issued, expiresIn: Number.POSITIVE_INFINITY }],
      ['has an auth_req_id that is no text', { ...issued, authReqId: { toString: 1 } }],
    ] as typeof badAnswers)('%s, the answer is server_error and the ticket is released', async (_, reply) => {
      const authlete = stubAuthlete({ backchannelAuthenticationIssue: reply });
      const { answer, events } = await answerOf(authlete);
      expectError(answer, 500, 'server_error');
      expect(authlete.requests('backchannelAuthenticationFail')).toEqual(released);
      expect(events).toEqual([expect.objectContaining({ type: 'refused', status: 500, subject: 'alice' })]);
    });

    it('tells of the auth_req_id in its content only, that is enough', async () => {
      const { authReqId, expiresIn, ...reply } = issued;
      const authlete = stubAuthlete({ backchannelAuthenticationIssue: reply });
      const { answer } = await answerOf(authlete);
      expectAnswer(answer, 200);
      expect(answer.text).toBe(acknowledgement);
    });
  });

  describe('when backchannelAuthenticationFail', () => {
    it.each([
      ...badAnswers,
      ...missingContents.map(
        ([name, content]) => [`has content: ${name}`, { action: 'BAD_REQUEST', ...content }] as const,
      ),
    ] as typeof badAnswers)('%s, the answer is made of the reason', async (_, reply) => {
      const authlete = stubAuthlete({ backchannelAuthenticationFail: reply });
      const { answer, events } = await answerOf(authlete, 'MISSING_USER_CODE');
      const body = { error: 'missing_user_code', error_description: 'no', error_uri: 'https://as.example.com/e' };
      expect(expectAnswer(answer, 400)).toEqual(body);
      expect(authlete.requests('backchannelAuthenticationFail')).toHaveLength(1);
      expect(events).toEqual([expect.objectContaining({ reason: 'MISSING_USER_CODE', status: 400 })]);
    });

    it('hangs while a ticket is released, the answer neither waits nor changes', async () => {
      const down = () => Promise.reject(new Error('down'));
      const authlete = stubAuthlete({
        backchannelAuthenticationIssue: down,
        backchannelAuthenticationFail: () => never,
      });
      const ciba = cibaBackchannel({ authlete, identifyUser: () => ({ subject: 'alice' }) });
      const answer = await request(await serving(open(ciba)))
        .post('/')
        .send('scope=openid');
      expectError(answer, 500, 'server_error');
      expect(authlete.requests('backchannelAuthenticationFail')).toEqual(released);
    });
  });
});
