import { describe, expect, it } from '@jest/globals';
import { type AuthleteApi, type CibaTokenOptions, cibaToken, reject, type TokenPolicy } from 'ciba-backchannel';
import request from 'supertest';
import { expectAnswer } from '../support/answers.js';
import { deferred, never } from '../support/deferred.js';
import { recordingLogger } from '../support/recording-logger.js';
import { serving } from '../support/serving.js';
import { stubAuthlete } from '../support/stub-authlete.js';

const ciba = 'grant_type=urn%3Aopenid%3Aparams%3Agrant-type%3Aciba&auth_req_id=x';
const refresh = 'grant_type=refresh_token&refresh_token=old';
const content = '{"access_token":"new-access","refresh_token":"new-refresh"}';
const made = {
  action: 'OK',
  subject: 'alice',
  accessToken: 'new-access',
  refreshToken: 'new-refresh',
  responseContent: content,
};

async function answerTo(
  policy: TokenPolicy,
  { form = ciba, response = made, ...options }: Partial<CibaTokenOptions> & { form?: string; response?: object } = {},
) {
  const authlete = stubAuthlete({ token: response });
  const server = await serving(cibaToken({ authlete, policy, logger: false, ...options }));
  const answer = await request(server).post('/').send(form);
  return { answer, revoked: authlete.requests('tokenRevoke') };
}

const denied = () => reject('ACCESS_DENIED', { description: 'the account is locked' });

describe('The policy of the token endpoint', () => {
  it.each([
    ['nothing', undefined],
    ['null', null],
  ])('lets tokens pass when it returns %s', async (_, verdict) => {
    const seen: unknown[] = [];
    const response = { ...made, grantId: null };
    const policy: TokenPolicy = async (judged, { signal }) => {
      seen.push(judged.subject, 'grantId' in judged, signal.aborted);
      return verdict;
    };
    const { answer, revoked } = await answerTo(policy, { response });
    expectAnswer(answer, 200);
    expect(answer.text).toBe(content);
    expect(seen).toEqual(['alice', false, false]);
    expect(revoked).toEqual([]);
  });

  it.each([
    ['BAD_REQUEST', 400],
    ['INVALID_CLIENT', 401],
    ['PASSWORD', 400],
  ])('is not asked when Authlete answers %s', async (action, status) => {
    const asked = () => {
      throw new Error('asked');
    };
    const { answer, revoked } = await answerTo(asked, { response: { action, responseContent: '{}' } });
    expect(answer.status).toBe(status);
    expect(revoked).toEqual([]);
  });

  it.each<[string, TokenPolicy]>([
    ['returns', () => denied()],
    [
      'throws',
      () => {
        throw denied();
      },
    ],
    ['resolves to', async () => denied()],
    [
      'rejects with',
      async () => {
        throw denied();
      },
    ],
  ])('%s a Rejection: the tokens are revoked and the CIBA client is told access_denied', async (_, policy) => {
    const { answer, revoked } = await answerTo(policy);
    expectAnswer(answer, 400);
    expect(answer.text).toBe('{"error":"access_denied","error_description":"the account is locked"}');
    expect(revoked).toEqual([{ refreshTokenIdentifier: 'new-refresh' }]);
  });

  it('refuses a refresh with invalid_grant, and the session ends', async () => {
    const response = { ...made, action: 'ID_TOKEN_REISSUABLE', refreshToken: 'old' };
    const { answer, revoked } = await answerTo(denied, { form: refresh, response });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ error: 'invalid_grant' });
    expect(revoked).toEqual([{ refreshTokenIdentifier: 'old' }]);
  });

  it.each([
    [
      'has no refresh token',
      { ...made, refreshToken: undefined, responseContent: '{}' },
      { accessTokenIdentifier: 'new-access' },
    ],
    [
      'names the tokens in its content only',
      { action: 'OK', responseContent: content },
      { refreshTokenIdentifier: 'new-refresh' },
    ],
    [
      'has a JWT for an access token',
      { action: 'OK', jwtAccessToken: 'a.b.c', responseContent: '{}' },
      { accessTokenIdentifier: 'a.b.c' },
    ],
  ])('revokes what Authlete made when its answer %s', async (_, response, expected) => {
    const { revoked } = await answerTo(denied, { response });
    expect(revoked).toEqual([expected]);
  });

  it.each<[string, unknown]>([
    ['false', false],
    ['true', true],
    ['an Error', new Error('of the database')],
  ])('fails closed when it returns %s', async (_, verdict) => {
    const logger = recordingLogger();
    const { answer, revoked } = await answerTo(() => verdict as never, { logger });
    expect(answer.status).toBe(500);
    expect(answer.text).toBe('{"error":"server_error"}');
    expect(revoked).toEqual([{ refreshTokenIdentifier: 'new-refresh' }]);
    expect(logger.text()).toContain('policy failed');
    expect(logger.text()).not.toContain('new-');
  });

  it.each([
    ['the one that the client has', 'old', { accessTokenIdentifier: 'new-access' }],
    ['a new one', 'new-refresh', { refreshTokenIdentifier: 'new-refresh' }],
  ])(
    'ends no session when it fails on a refresh: revoked is only what is new; the refresh token is %s',
    async (_, refreshToken, expected) => {
      const failing = () => {
        throw new Error('the database is away');
      };
      const { answer, revoked } = await answerTo(failing, { form: refresh, response: { ...made, refreshToken } });
      expect(answer.status).toBe(500);
      expect(revoked).toEqual([expected]);
    },
  );

  it('is too late at the deadline: no tokens leave, and they are revoked', async () => {
    const { answer, revoked } = await answerTo(() => never, { timeout: 50 });
    expect(answer.status).toBe(500);
    expect(revoked).toEqual([{ refreshTokenIdentifier: 'new-refresh' }]);
  });

  it('does not keep the client waiting for the revocation, while close() waits for it', async () => {
    const revocation = deferred();
    const authlete = stubAuthlete({ token: made, tokenRevoke: () => revocation.promise });
    const token = cibaToken({ authlete, policy: denied, logger: false });
    const answer = await request(await serving(token))
      .post('/')
      .send(ciba);
    expect(answer.status).toBe(400);
    let closed = false;
    const closing = token.close().then((left) => {
      closed = true;
      return left;
    });
    await new Promise(setImmediate);
    expect(closed).toBe(false);
    revocation.resolve();
    expect(await closing).toEqual({ requests: 0 });
  });

  it('says in the log that tokens could not be revoked', async () => {
    const logger = recordingLogger();
    const tokenRevoke = () => {
      throw new Error('Authlete is away');
    };
    const authlete = stubAuthlete({ token: made, tokenRevoke });
    const token = cibaToken({ authlete, policy: denied, logger });
    const answer = await request(await serving(token))
      .post('/')
      .send(ciba);
    await token.close();
    expect(answer.body).toMatchObject({ error: 'access_denied' });
    expect(logger.text()).toContain('could not be revoked');
  });

  it('needs tokenRevoke, which is told at construction', () => {
    const { token } = stubAuthlete();
    const authlete = { token } as Pick<AuthleteApi, 'token'>;
    expect(() => cibaToken({ authlete, policy: denied })).toThrow(
      new TypeError('authlete must have a method tokenRevoke()'),
    );
    expect(() => cibaToken({ authlete })).not.toThrow();
  });
});
