import { describe, expect, it } from '@jest/globals';
import { cibaToken } from 'ciba-backchannel';
import request from 'supertest';
import { expectAnswer, expectError } from '../support/answers.js';
import { badAnswers, missingContents } from '../support/bad-answers.js';
import { recordingLogger } from '../support/recording-logger.js';
import { serving } from '../support/serving.js';
import { type Reply, stubAuthlete } from '../support/stub-authlete.js';
import { doors } from '../support/web-host.js';
import { casesOf, commonWrongOptions, noOptions } from '../support/wrong-options.js';

const form = 'grant_type=urn%3Aopenid%3Aparams%3Agrant-type%3Aciba&auth_req_id=x';
/** Not the way JSON.stringify would write it: the answer must be the very bytes. */
const content = '{ "access_token" : "d\u00e9tail \\u20ac" }';

describe.each(doors)('the token endpoint answers, through %s,', (_, open) => {
  async function answerTo(reply: Reply) {
    const authlete = stubAuthlete({ token: reply });
    const server = await serving(open(cibaToken({ authlete, realm: 'the "bank"' })));
    return { authlete, answer: await request(server).post('/').send(form) };
  }

  it.each([
    ['OK', 200],
    ['ID_TOKEN_REISSUABLE', 200],
    ['BAD_REQUEST', 400],
    ['INVALID_CLIENT', 401],
    ['INTERNAL_SERVER_ERROR', 500],
  ])('%s with %d, byte for byte', async (action, status) => {
    const { authlete, answer } = await answerTo({ action, responseContent: content });
    expectAnswer(answer, status);
    expect(answer.text).toBe(content);
    expect(answer.headers['www-authenticate']).toBe(status === 401 ? 'Basic realm="the \\"bank\\""' : undefined);
    expect(answer.headers['dpop-nonce']).toBeUndefined();
    expect(authlete.calls).toEqual([{ api: 'token', request: { parameters: form }, signal: undefined }]);
  });

  it('the DPoP nonce and the attestation challenge are headers of the answer', async () => {
    for (const action of ['OK', 'BAD_REQUEST', 'INVALID_CLIENT', 'PASSWORD']) {
      const { answer } = await answerTo({
        action,
        responseContent: '{}',
        dpopNonce: 'n-1',
        attestationChallenge: 'c-1',
      });
      expectAnswer(answer, answer.status);
      expect(answer.headers['dpop-nonce']).toBe('n-1');
      expect(answer.headers['oauth-client-attestation-challenge']).toBe('c-1');
    }
  });

  it.each(['a\r\nb: c', '', null, 7, '\u20ac'])('a nonce that no header can carry is left out: %j', async (nonce) => {
    const { answer } = await answerTo({ action: 'OK', responseContent: '{}', dpopNonce: nonce });
    expectAnswer(answer, 200);
    expect(answer.headers['dpop-nonce']).toBeUndefined();
  });

  it.each(badAnswers)('server_error when Authlete %s', async (_, reply) => {
    const { answer, authlete } = await answerTo(reply);
    expectError(answer, 500, 'server_error');
    expect(authlete.calls).toHaveLength(1);
  });

  it.each(['OK', 'ID_TOKEN_REISSUABLE', 'BAD_REQUEST', 'INVALID_CLIENT', 'INTERNAL_SERVER_ERROR'])(
    'server_error when Authlete says %s without content',
    async (action) => {
      for (const [, missing] of missingContents) {
        expectError((await answerTo({ action, ...missing })).answer, 500, 'server_error');
      }
    },
  );

  it('no token, code or secret is logged', async () => {
    for (const reply of [
      { action: 'OK', responseContent: content, accessToken: 'secret-of-the-spec', resultCode: 'A050001' },
      { action: 'DANCE', accessToken: 'secret-of-the-spec' },
    ]) {
      const logger = recordingLogger();
      const server = await serving(open(cibaToken({ authlete: stubAuthlete({ token: reply }), logger })));
      await request(server).post('/').auth('client', 'secret-of-the-spec').send(`${form}&code=secret-of-the-spec`);
      expect(logger.entries).not.toEqual([]);
      expect(logger.text()).not.toContain('secret-of-the-spec');
    }
  });
});

describe('cibaToken', () => {
  it.each(
    casesOf([
      ...commonWrongOptions,
      ['authlete', [undefined, null, 'x', {}]],
      ['otherGrant', [null, 7, 'x', {}]],
      [
        'htu',
        [null, 7, '', '/token', 'ftp://as.example.com/token', 'https://', 'https://x/token?a=b', 'https://x/t#f'],
      ],
    ]),
  )('refuses for $option: $shown', ({ option, value }) => {
    expect(() => cibaToken({ authlete: stubAuthlete(), [option]: value } as never)).toThrow(
      expect.objectContaining({ name: 'TypeError', message: expect.stringMatching(new RegExp(`\\b${option}\\b`)) }),
    );
  });

  it.each(noOptions)('refuses %p for options', (options) => {
    expect(() => cibaToken(options as never)).toThrow(
      expect.objectContaining({ name: 'TypeError', message: expect.stringContaining('cibaToken') }),
    );
  });

  it('needs no other method of authlete', async () => {
    const { token } = stubAuthlete();
    const server = await serving(cibaToken({ authlete: { token } }));
    expectAnswer(await request(server).post('/').send(form), 200);
  });
});
