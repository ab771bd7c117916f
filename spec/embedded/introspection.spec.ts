import { beforeEach, describe, expect, it } from '@jest/globals';
import { poll, start, startEngine, type TestEngine, validRequest } from './engine.js';

let engine: TestEngine;
let token: string;

beforeEach(async () => {
  engine = await startEngine();
  const parameters = { ...validRequest, scope: 'openid email offline_access', resource: 'https://rs.example.com' };
  const { ticket, authReqId } = await start(engine, 'poll', parameters);
  await engine.authlete.backchannelAuthenticationComplete({
    ticket,
    result: 'AUTHORIZED',
    subject: 'alice',
    acr: 'loa2',
    authTime: 1_700_000_000,
    consentedClaims: ['email'],
    properties: [{ key: 'a', value: '1' }],
  });
  token = (await poll(engine, 'poll', authReqId)).accessToken ?? '';
});

describe('introspection', () => {
  it('describes an access token', async () => {
    expect(await engine.authlete.introspection({ token, scopes: ['email'], subject: 'alice' })).toEqual({
      resultCode: expect.stringMatching(/^E\d{3}0\d\d$/),
      resultMessage: expect.any(String),
      action: 'OK',
      responseContent: 'Bearer error="invalid_request"',
      clientId: expect.any(String),
      clientIdAlias: 'poll',
      clientIdAliasUsed: true,
      grantType: 'CIBA',
      subject: 'alice',
      scopes: ['openid', 'email', 'offline_access'],
      scopeDetails: expect.arrayContaining([{ name: 'email', defaultEntry: false }]),
      expiresAt: engine.now() + 3_600_000,
      existent: true,
      usable: true,
      sufficient: true,
      refreshable: true,
      resources: ['https://rs.example.com'],
      accessTokenResources: ['https://rs.example.com'],
      properties: [{ key: 'a', value: '1' }],
      acr: 'loa2',
      authTime: 1_700_000_000,
      consentedClaims: ['email'],
    });
  });

  it.each<[string, object, string, string, object]>([
    ['no token', { token: '' }, 'BAD_REQUEST', 'Bearer error="invalid_request",', {}],
    [
      'an unknown token',
      { token: 'x' },
      'UNAUTHORIZED',
      'Bearer error="invalid_token",',
      { existent: false, usable: false },
    ],
    [
      'a missing scope',
      { scopes: ['email', 'x'] },
      'FORBIDDEN',
      'Bearer error="insufficient_scope",',
      { sufficient: false },
    ],
    ['another subject', { subject: 'bob' }, 'FORBIDDEN', 'Bearer error="invalid_request",', { sufficient: true }],
    ['another resource', { resources: ['urn:x'] }, 'UNAUTHORIZED', 'Bearer error="invalid_token",', { usable: true }],
    [
      'too weak an authentication',
      { acrValues: ['loa3', 'loa4'] },
      'UNAUTHORIZED',
      'Bearer error="insufficient_user_authentication",',
      { usable: true },
    ],
    [
      'too old an authentication',
      { maxAge: 10 },
      'UNAUTHORIZED',
      'Bearer error="insufficient_user_authentication",',
      { usable: true },
    ],
  ])('answers to %s with a challenge', async (_what, request, action, challenge, more) => {
    const response = await engine.authlete.introspection({ token, ...request });
    expect(response).toMatchObject({ action, resultCode: expect.stringMatching(/^E\d{3}3\d\d$/), ...more });
    expect(response.responseContent?.startsWith(challenge)).toBe(true);
  });

  it('names the scopes and the ACRs that are needed', async () => {
    const scopes = await engine.authlete.introspection({ token, scopes: ['email', 'x'] });
    expect(scopes.responseContent).toMatch(/,scope="email x"$/);
    const acrs = await engine.authlete.introspection({ token, acrValues: ['loa3', 'loa4'] });
    expect(acrs.responseContent).toMatch(/,acr_values="loa3 loa4"$/);
  });

  it.each([{ acrValues: ['loa3', 'loa2'] }, { maxAge: 200_000_000 }, { resources: ['https://rs.example.com'] }])(
    'accepts %j',
    async (request) => {
      expect((await engine.authlete.introspection({ token, ...request })).action).toBe('OK');
    },
  );

  it('does not know a token that has expired', async () => {
    engine.wait(3600);
    expect(await engine.authlete.introspection({ token })).toMatchObject({ action: 'UNAUTHORIZED', usable: false });
  });
});
