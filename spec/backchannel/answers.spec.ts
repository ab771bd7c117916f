import { describe, expect, it } from '@jest/globals';
import { cibaBackchannel, reject } from 'ciba-backchannel';
import request from 'supertest';
import { expectAnswer } from '../support/answers.js';
import { serving } from '../support/serving.js';
import { acknowledgement, type Reply, stubAuthlete, ticket, valid } from '../support/stub-authlete.js';
import { doors } from '../support/web-host.js';

interface Case {
  authentication?: Reply;
  issue?: Reply;
  fail?: Reply;
  /** Whether `identifyUser` refuses. */
  refused?: boolean;
}

/** Not the way JSON.stringify would write it: the answer must be the very bytes. */
const content = '{ "error" : "from_authlete",\n "error_description":"d\u00e9tail \\u20ac" }';

describe.each(doors)('through %s', (_, open) => {
  async function answerTo({ authentication = valid, issue, fail, refused }: Case) {
    const authlete = stubAuthlete({
      backchannelAuthentication: authentication,
      ...(issue && { backchannelAuthenticationIssue: issue }),
      ...(fail && { backchannelAuthenticationFail: fail }),
    });
    const ciba = cibaBackchannel({
      authlete,
      identifyUser: () => (refused ? reject('UNAUTHORIZED_CLIENT') : { subject: 'alice' }),
      logger: false,
      realm: 'the "bank"',
    });
    const answer = await request(await serving(open(ciba)))
      .post('/')
      .send('scope=openid&login_hint=alice');
    await ciba.close({ timeout: 60_000 });
    return { answer, authlete };
  }

  const failed = [{ ticket, reason: 'SERVER_ERROR' }];
  const refusal = [{ ticket, reason: 'UNAUTHORIZED_CLIENT' }];

  describe('the backchannel authentication endpoint answers', () => {
    it.each<[string, Case, number, string, object[]]>([
      ['BAD_REQUEST', { authentication: { action: 'BAD_REQUEST', responseContent: content } }, 400, content, []],
      ['UNAUTHORIZED', { authentication: { action: 'UNAUTHORIZED', responseContent: content } }, 401, content, []],
      [
        'INTERNAL_SERVER_ERROR',
        { authentication: { action: 'INTERNAL_SERVER_ERROR', responseContent: content } },
        500,
        content,
        [],
      ],
      ['USER_IDENTIFICATION, and issue OK', {}, 200, acknowledgement, []],
      ['issue INVALID_TICKET', { issue: { action: 'INVALID_TICKET', responseContent: content } }, 500, content, []],
      [
        'issue INTERNAL_SERVER_ERROR',
        { issue: { action: 'INTERNAL_SERVER_ERROR', responseContent: content } },
        500,
        content,
        failed,
      ],
      [
        'a refusal, fail BAD_REQUEST',
        { refused: true, fail: { action: 'BAD_REQUEST', responseContent: content } },
        400,
        content,
        refusal,
      ],
      [
        'a refusal, fail FORBIDDEN',
        { refused: true, fail: { action: 'FORBIDDEN', responseContent: content } },
        403,
        content,
        refusal,
      ],
      [
        'a refusal, fail INTERNAL_SERVER_ERROR',
        { refused: true, fail: { action: 'INTERNAL_SERVER_ERROR', responseContent: content } },
        500,
        content,
        refusal,
      ],
    ])('%s, byte for byte', async (_, replies, status, body, failures) => {
      const { answer, authlete } = await answerTo(replies);
      expectAnswer(answer, status);
      expect(answer.text).toBe(body);
      expect(answer.headers['www-authenticate']).toBe(status === 401 ? 'Basic realm="the \\"bank\\""' : undefined);
      expect(authlete.requests('backchannelAuthenticationFail')).toEqual(failures);
    });

    it.each<[string, Case, number]>([
      [
        'a refusal by Authlete',
        { authentication: { action: 'BAD_REQUEST', responseContent: '{}', attestationChallenge: 'c-1' } },
        400,
      ],
      ['a refusal by a hook', { authentication: { ...valid, attestationChallenge: 'c-1' }, refused: true }, 400],
      ['an acknowledgement', { authentication: { ...valid, attestationChallenge: 'c-1' } }, 200],
      [
        'an outage after the request was judged',
        { authentication: { ...valid, attestationChallenge: 'c-1' }, issue: () => Promise.reject(new Error('down')) },
        500,
      ],
    ])('the attestation challenge with %s', async (_, replies, status) => {
      const { answer } = await answerTo(replies);
      expectAnswer(answer, status);
      expect(answer.headers['oauth-client-attestation-challenge']).toBe('c-1');
    });

    it.each(['a\r\nSet-Cookie: b', '', ' ', '\u20ac', 7])(
      'without an attestation challenge that no header can carry: %j',
      async (challenge) => {
        const { answer } = await answerTo({ authentication: { ...valid, attestationChallenge: challenge } });
        expectAnswer(answer, 200);
        expect(answer.headers['oauth-client-attestation-challenge']).toBeUndefined();
      },
    );
  });
});
