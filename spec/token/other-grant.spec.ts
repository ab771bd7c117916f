import { describe, expect, it } from '@jest/globals';
import {
  type CibaEvent,
  cibaToken,
  type HookContext,
  type JudgedTokenRequest,
  type OtherGrant,
  type TokenResponse,
  type Trace,
  type TraceDetails,
} from 'ciba-backchannel';
import request from 'supertest';
import { expectAnswer, expectError } from '../support/answers.js';
import { deferred, never } from '../support/deferred.js';
import { rawClient, rawPost } from '../support/raw-client.js';
import { recordingLogger } from '../support/recording-logger.js';
import { serving } from '../support/serving.js';
import { stubAuthlete } from '../support/stub-authlete.js';

const form = 'grant_type=password&username=alice&password=x';
const actions = ['PASSWORD', 'TOKEN_EXCHANGE', 'JWT_BEARER', 'NATIVE_SSO'];

async function answerTo(otherGrant?: unknown, action = 'PASSWORD') {
  const logger = recordingLogger();
  const authlete = stubAuthlete({ token: { action, username: 'alice', ticket: 't', dpopNonce: 'n-1' } });
  const options = {
    authlete,
    logger,
    ...(otherGrant !== undefined && { otherGrant: otherGrant as OtherGrant }),
  };
  const server = await serving(cibaToken(options));
  return { answer: await request(server).post('/').send(form), logger };
}

describe('a grant that needs the host', () => {
  it.each(actions)('is unsupported_grant_type without a hook: %s', async (action) => {
    const { answer } = await answerTo(undefined, action);
    expectError(answer, 400, 'unsupported_grant_type');
    expect(answer.headers['dpop-nonce']).toBe('n-1');
  });

  it.each(actions)('is answered by the hook: %s', async (action) => {
    const calls: [TokenResponse, HookContext][] = [];
    const { answer } = await answerTo((...args: [TokenResponse, HookContext]) => {
      calls.push(args);
      return { status: 200, body: { access_token: 'x', token_type: 'Bearer' } };
    }, action);
    expect(expectAnswer(answer, 200)).toEqual({ access_token: 'x', token_type: 'Bearer' });
    expect(answer.headers['dpop-nonce']).toBe('n-1');
    const [[response, { req, signal }]] = calls as [(typeof calls)[0]];
    expect(response).toMatchObject({ action, username: 'alice', ticket: 't' });
    expect(req.method).toBe('POST');
    expect(signal.aborted).toBe(false);
  });

  it('is put to the hook without the fields that have no value', async () => {
    const info = { subject: 'alice', scopes: null };
    const none = { subjectToken: 'x', subject: null, actorTokenInfo: null, subjectTokenInfo: info };
    const authlete = stubAuthlete({ token: { action: 'TOKEN_EXCHANGE', ...none } });
    const seen: JudgedTokenRequest[] = [];
    const otherGrant: OtherGrant = (judged) => {
      seen.push(judged);
      return undefined;
    };
    const server = await serving(cibaToken({ authlete, otherGrant }));
    expectError(await request(server).post('/').send(form), 400, 'unsupported_grant_type');
    expect(seen).toEqual([{ action: 'TOKEN_EXCHANGE', subjectToken: 'x', subjectTokenInfo: { subject: 'alice' } }]);
  });

  it.each([undefined, null, Promise.resolve(undefined)])(
    'is unsupported_grant_type when the hook gives %p',
    async (given) => {
      expectError((await answerTo(() => given)).answer, 400, 'unsupported_grant_type');
    },
  );

  it.each<[string, unknown, number, string]>([
    ['a text, byte for byte', { status: 400, body: '{ "error":"invalid_grant"}' }, 400, '{ "error":"invalid_grant"}'],
    ['a promise', Promise.resolve({ status: 403, body: { error: 'x' } }), 403, '{"error":"x"}'],
    ['an error of its own', { status: 500, body: { error: 'server_error' } }, 500, '{"error":"server_error"}'],
  ])('is answered with %s', async (_, given, status, text) => {
    const { answer } = await answerTo(() => given);
    expectAnswer(answer, status);
    expect(answer.text).toBe(text);
  });

  it.each<[string, string | undefined]>([
    ['not json', undefined],
    ['null', undefined],
    ['{"error":7}', undefined],
    ['{"error":"invalid_grant"}', 'invalid_grant'],
  ])('is told of, in its trace and its event, when it is answered with the text %j', async (body, error) => {
    const authlete = stubAuthlete({ token: { action: 'PASSWORD' } });
    const events: CibaEvent[] = [];
    const traced = deferred<TraceDetails>();
    const trace: Trace = (step, details, run) => {
      const running = run();
      if (step === 'request') Promise.resolve(running).then(() => traced.resolve(details), traced.reject);
      return running;
    };
    const otherGrant = () => ({ status: 400, body });
    const token = cibaToken({ authlete, otherGrant, trace, onEvent: (event) => events.push(event) });
    const { port } = await serving(token);
    const answer = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body: new URLSearchParams(form) });
    expect([answer.status, await answer.text()]).toEqual([400, body]);
    expect(await traced.promise).toEqual({ endpoint: 'token', status: 400, error });
    expect(events).toEqual([
      { type: 'answered', status: 400, error, grantType: 'password', durationMs: expect.any(Number) },
    ]);
  });

  it('is answered with headers of its own, but for those that every answer has', async () => {
    const headers = {
      'WWW-Authenticate': 'DPoP algs="ES256"',
      'X-Own': '1',
      'content-type': 'text/html',
      'CACHE-CONTROL': 'public',
      pragma: 'x',
      'content-length': '5',
      'transfer-encoding': 'chunked',
      etag: '"x"',
    };
    const authlete = stubAuthlete({ token: { action: 'PASSWORD' } });
    const server = await serving(cibaToken({ authlete, otherGrant: () => ({ status: 401, body: {}, headers }) }));
    // On the wire, since most clients do not show a header that is there twice.
    const client = await rawClient(server.port);
    client.write(rawPost(form));
    const answer = await client.answer();
    expectAnswer(answer, 401);
    expect(answer.headers).toMatchObject({ 'www-authenticate': 'DPoP algs="ES256"', 'x-own': '1' });
    expect(answer.headers).not.toHaveProperty('transfer-encoding');
  });

  it.each<[string, unknown]>([
    [
      'throws',
      () => {
        throw new Error('mine');
      },
    ],
    [
      'throws null',
      () => {
        throw null;
      },
    ],
    ['rejects', () => Promise.reject(new Error('mine'))],
    ['gives a text', () => '{}'],
    ['gives false', () => false],
    ['gives no status', () => ({ body: {} })],
    ['gives a status that is a text', () => ({ status: '200', body: {} })],
    ['gives status 99', () => ({ status: 99, body: {} })],
    ['gives status 101', () => ({ status: 101, body: {} })],
    ['gives status 600', () => ({ status: 600, body: {} })],
    ['gives status 200.5', () => ({ status: 200.5, body: {} })],
    ['gives no body', () => ({ status: 200 })],
    ['gives null for a body', () => ({ status: 200, body: null })],
    ['gives a number for a body', () => ({ status: 200, body: 7 })],
    ['gives a function for a body', () => ({ status: 200, body: () => {} })],
    ['gives a body that is no JSON', () => ({ status: 200, body: { big: 1n } })],
    ['gives a header that cannot be sent', () => ({ status: 200, body: {}, headers: { 'X-Own': 'a\r\nb: c' } })],
    ['gives a header without a value', () => ({ status: 200, body: {}, headers: { 'X-Own': undefined } })],
    ['gives a header without a name', () => ({ status: 200, body: {}, headers: { '': 'x' } })],
    ['gives null for headers', () => ({ status: 200, body: {}, headers: null })],
  ])('is server_error, and logged, when the hook %s', async (_, otherGrant) => {
    const { answer, logger } = await answerTo(otherGrant);
    expectError(answer, 500, 'server_error');
    expect(logger.entries.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  it('has its hook aborted when the client leaves', async () => {
    const running = deferred<AbortSignal>();
    const authlete = stubAuthlete({ token: { action: 'PASSWORD' } });
    const token = cibaToken({
      authlete,
      otherGrant: (_, { signal }) => {
        running.resolve(signal);
        return never;
      },
    });
    const client = await rawClient((await serving(token)).port);
    client.write(rawPost(form));
    const signal = await running.promise;
    client.leave();
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    expect(signal.reason).toMatchObject({ name: 'AbortError', interruption: 'gone' });
  });
});
