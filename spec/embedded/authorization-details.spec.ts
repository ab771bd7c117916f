import { beforeAll, describe, expect, it } from '@jest/globals';
import { cibaBackchannel, cibaToken, failed } from 'ciba-backchannel';
import { unpackDetail } from 'ciba-backchannel/policies';
import { CompactSign } from 'jose';
import request from 'supertest';
import { recordingLogger } from '../support/recording-logger.js';
import { type ClientKey, makeClientKey, requestClaims } from './client-jwt.js';
import { ask, askTokens, cibaGrantType, content, start, startEngine, type TestEngine } from './engine.js';

const payment = {
  type: 'payment',
  actions: ['initiate', 'status'],
  locations: ['https://a.example.com', 'https://b.example.com'],
  amount: { currency: 'EUR', value: 89.9 },
};
const accounts = { type: 'accounts', privileges: ['read', 'write'], identifier: '1' };

let key: ClientKey;
beforeAll(async () => {
  key = await makeClientKey('ES256');
});

function startRar(more: object = {}) {
  const client = { backchannel_token_delivery_mode: 'poll' as const };
  return startEngine({
    clients: [
      { ...client, client_id: 'poll', client_secret: 'poll secret' },
      {
        ...client,
        client_id: 'signs',
        client_secret: 'signs secret',
        backchannel_authentication_request_signing_alg: 'ES256',
        jwks: { keys: [key.publicJwk] },
      },
      { client_id: 'own', client_secret: 'own secret', grant_types: ['client_credentials'] },
    ],
    ...more,
  });
}

async function approved(engine: TestEngine, details: string | undefined, scope = 'openid') {
  const parameters = { scope, login_hint: 'alice', ...(details !== undefined && { authorization_details: details }) };
  const { ticket, authReqId } = await start(engine, 'poll', parameters);
  await engine.authlete.backchannelAuthenticationComplete({ ticket, result: 'AUTHORIZED', subject: 'alice' });
  return authReqId;
}

function redeem(engine: TestEngine, authReqId: string, details: unknown) {
  const text = typeof details === 'string' ? details : JSON.stringify(details);
  const form = { grant_type: cibaGrantType, auth_req_id: authReqId, authorization_details: text };
  return askTokens(engine, 'poll', form);
}

describe('authorization_details of a token request', () => {
  it.each<[string, unknown]>([
    ['all', [payment, accounts]],
    ['one of them', [payment]],
    ['fewer actions', [{ ...payment, actions: ['status'] }]],
    ['fewer privileges, in another order of members', [{ privileges: ['read'], identifier: '1', type: 'accounts' }]],
    [
      'one in two parts',
      [
        { ...payment, actions: ['status'] },
        { ...payment, actions: ['initiate'] },
      ],
    ],
    ['none', []],
  ])('may ask for %s of what was granted', async (_, details) => {
    const engine = await startRar({ accessTokenFormat: 'jwt' });
    const response = await redeem(engine, await approved(engine, JSON.stringify([payment, accounts])), details);
    expect(content(response).authorization_details).toEqual(details);
    const token = content(response).access_token;
    const { authorizationDetails } = await engine.authlete.introspection({ token });
    expect(authorizationDetails?.elements.map(unpackDetail)).toEqual(details);
    const standard = await engine.authlete.standardIntrospection({ parameters: `token=${token}` });
    expect(content(standard).authorization_details).toEqual(details);
    const claims = JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());
    expect(claims.authorization_details).toEqual(details);
  });

  it.each<[string, unknown]>([
    ['another type', [{ type: 'other' }]],
    ['another amount', [{ ...payment, amount: { currency: 'EUR', value: 89.91 } }]],
    ['an amount as a string', [{ ...payment, amount: { currency: 'EUR', value: '89.9' } }]],
    ['another action', [{ ...payment, actions: ['initiate', 'cancel'] }]],
    ['no limit of actions', [{ ...payment, actions: [] }]],
    ['actions that are not mentioned', [{ ...payment, actions: undefined }]],
    ['a member more', [{ ...payment, more: true }]],
    ['a member less', [{ ...payment, amount: { currency: 'EUR' } }]],
    ['one that was granted and one that was not', [payment, { type: 'other' }]],
    ['an object', payment],
    ['no JSON', '['],
  ])('may not ask for %s, which uses nothing up', async (_, details) => {
    const engine = await startRar();
    const authReqId = await approved(engine, JSON.stringify([payment, accounts]));
    const refused = await redeem(engine, authReqId, details);
    expect([refused.action, content(refused).error]).toEqual(['BAD_REQUEST', 'invalid_authorization_details']);
    expect(await redeem(engine, authReqId, [payment])).toMatchObject({ action: 'OK' });
  });

  it('may not ask for anything if nothing was granted', async () => {
    const engine = await startRar();
    const refused = await redeem(engine, await approved(engine, undefined), [payment]);
    expect(content(refused).error).toBe('invalid_authorization_details');
  });

  it('narrow the access token of a refresh, and not what the next refresh may have', async () => {
    const engine = await startRar({ refreshTokenKept: true });
    const authReqId = await approved(engine, JSON.stringify([payment, accounts]), 'openid offline_access');
    const { refresh_token, authorization_details } = content(await redeem(engine, authReqId, [payment]));
    expect(authorization_details).toEqual([payment]);
    const refresh = async (more: Record<string, string>) =>
      content(await askTokens(engine, 'poll', { grant_type: 'refresh_token', refresh_token, ...more }));
    const narrowed = await refresh({ authorization_details: JSON.stringify([accounts]) });
    expect(narrowed.authorization_details).toEqual([accounts]);
    expect((await refresh({})).authorization_details).toEqual([payment, accounts]);
    expect((await refresh({ authorization_details: '[{"type":"x"}]' })).error).toBe('invalid_authorization_details');
  });

  it('may be requested by a client for itself', async () => {
    const engine = await startRar();
    const text = '[{"type":"payment","amount":89.90}]';
    const form = { grant_type: 'client_credentials', authorization_details: text };
    const response = await askTokens(engine, 'own', form);
    expect(response.responseContent).toContain(`"authorization_details":${text}`);
    const refused = await askTokens(engine, 'own', { ...form, authorization_details: '{}' });
    expect(content(refused).error).toBe('invalid_authorization_details');
  });
});

describe('numbers in authorization_details', () => {
  const digits = '{"value":89.90,"id":12345678901234567,"rate":1.0E-7,"text":"1.0, \\"2.0\\": 3","list":[-0.50,1e3]}';
  const text = `[{"type":"payment","amount":${digits}}]`;

  async function expectExact({ authlete }: TestEngine, client: string, form: object) {
    let otherFields: string | null | undefined;
    const ciba = cibaBackchannel({
      authlete,
      logger: recordingLogger(),
      identifyUser(asked) {
        otherFields = asked.authorizationDetails?.elements[0]?.otherFields;
        return { subject: 'alice' };
      },
      authenticate: () => failed(),
    });
    await request(ciba).post('/').auth(client, `${client} secret`).type('form').send(form);
    await ciba.close({ timeout: 0 });
    expect(otherFields).toBe(`{"amount":${digits}}`);
  }

  it('keep their digits from the form to the hook', async () => {
    const engine = await startRar();
    await expectExact(engine, 'poll', { scope: 'openid', login_hint: 'alice', authorization_details: text });
  });

  it('keep them from a signed request to the hook', async () => {
    const engine = await startRar();
    const place = 'the details';
    const claims = JSON.stringify(requestClaims(engine, 'signs', { authorization_details: place }));
    const jwt = await signText(claims.replace(`"${place}"`, text));
    await expectExact(engine, 'signs', { request: jwt });
  });

  it('keep them in tokens', async () => {
    const engine = await startRar({ accessTokenFormat: 'jwt' });
    const authReqId = await approved(engine, text);
    const token = cibaToken({ authlete: engine.authlete, logger: recordingLogger() });
    const answer = await request(token)
      .post('/')
      .auth('poll', 'poll secret')
      .type('form')
      .send({ grant_type: cibaGrantType, auth_req_id: authReqId });
    expect(answer.text).toContain(`"authorization_details":${text}`);
    const accessToken = answer.body.access_token;
    expect(Buffer.from(accessToken.split('.')[1], 'base64url').toString()).toContain(text);
    const introspected = await engine.authlete.introspection({ token: accessToken });
    expect(introspected.authorizationDetails?.elements[0]?.otherFields).toBe(`{"amount":${digits}}`);
    const standard = await engine.authlete.standardIntrospection({ parameters: `token=${accessToken}` });
    expect(standard.responseContent).toContain(text);
  });

  it('are the same number when they are narrowed, however they are written', async () => {
    const engine = await startRar();
    const authReqId = await approved(engine, '[{"type":"payment","amount":89.90}]');
    for (const [amount, action] of [
      ['89.901', 'BAD_REQUEST'],
      ['899.0', 'BAD_REQUEST'],
      ['-89.90', 'BAD_REQUEST'],
      ['8.99e1', 'OK'],
    ]) {
      expect((await redeem(engine, authReqId, `[{"type":"payment","amount":${amount}}]`)).action).toBe(action);
    }
  });

  it.each(['1e999', '-1e999', 'NaN', 'Infinity', '01'])(
    'are refused if they are not finite or not JSON, such as %s',
    async (number) => {
      const details = `[{"type":"payment","amount":${number}}]`;
      const response = await ask(await startRar(), 'poll', {
        scope: 'openid',
        login_hint: 'alice',
        authorization_details: details,
      });
      expect(content(response).error).toBe('invalid_authorization_details');
    },
  );

  it('are refused if a member occurs twice', async () => {
    const engine = await startRar();
    const details = '[{"type":"payment","amount":1,"amount":1000}]';
    const asked = { scope: 'openid', login_hint: 'alice', authorization_details: details };
    expect(content(await ask(engine, 'poll', asked)).error).toBe('invalid_authorization_details');
    const claims = JSON.stringify(requestClaims(engine, 'signs', { authorization_details: 'x' }));
    const jwt = await signText(claims.replace('"x"', details));
    expect(content(await ask(engine, 'signs', { request: jwt })).error).toBe('invalid_request');
  });

  /** Claims with numbers that JavaScript would write otherwise. */
  function signText(claims: string): Promise<string> {
    const payload = new TextEncoder().encode(claims);
    return new CompactSign(payload).setProtectedHeader({ alg: key.alg }).sign(key.privateKey);
  }
});
