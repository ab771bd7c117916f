import { beforeEach, describe, expect, it } from '@jest/globals';
import { content, poll, start, startEngine, type TestEngine } from './engine.js';

let engine: TestEngine;
let token: string;

const request = { scope: 'openid email', login_hint: 'alice', authorization_details: '[{"type":"payment"}]' };

beforeEach(async () => {
  engine = await startEngine();
  token = await accessToken({ sub: 'pairwise', acr: 'loa2', properties: [{ key: 'a', value: '1', hidden: true }] });
});

async function accessToken(decision: object): Promise<string> {
  const { ticket, authReqId } = await start(engine, 'poll', request);
  await engine.authlete.backchannelAuthenticationComplete({
    ticket,
    result: 'AUTHORIZED',
    subject: 'alice',
    ...decision,
  });
  return (await poll(engine, 'poll', authReqId)).accessToken ?? '';
}

describe('userinfo', () => {
  it('tells which claims the client may have', async () => {
    expect(await engine.authlete.userinfo({ token })).toMatchObject({
      action: 'OK',
      clientIdAlias: 'poll',
      subject: 'alice',
      scopes: ['openid', 'email'],
      claims: ['email', 'email_verified'],
      token,
    });
  });

  it.each<[string, () => Promise<string>, string, RegExp]>([
    ['no access token', async () => '', 'BAD_REQUEST', /invalid_request/],
    ['an access token that is unknown', async () => 'x', 'UNAUTHORIZED', /invalid_token/],
    [
      'an access token without openid',
      async () => {
        const form = 'grant_type=client_credentials&scope=email';
        engine = await startEngine({
          clients: [{ client_id: 'machine', client_secret: 'machine secret', grant_types: ['client_credentials'] }],
        });
        const credentials = { clientId: 'machine', clientSecret: 'machine secret' };
        return (await engine.authlete.token({ ...credentials, parameters: form })).accessToken ?? '';
      },
      'FORBIDDEN',
      /insufficient_scope/,
    ],
  ])('refuses %s, and so does userinfoIssue', async (_what, makeToken, action, challenge) => {
    const wrong = await makeToken();
    for (const call of ['userinfo', 'userinfoIssue'] as const) {
      const refused = await engine.authlete[call]({ token: wrong });
      expect(refused).toMatchObject({ action, responseContent: expect.stringMatching(challenge) });
    }
  });
});

describe('userinfoIssue', () => {
  it('makes the body, with the sub of the ID token', async () => {
    const claims = JSON.stringify({ email: 'alice@example.com', sub: 'mallory' });
    const issued = await engine.authlete.userinfoIssue({ token, claims });
    expect(issued.action).toBe('JSON');
    expect(content(issued)).toEqual({ email: 'alice@example.com', sub: 'pairwise' });
  });

  it('takes another sub, and no claims', async () => {
    expect(content(await engine.authlete.userinfoIssue({ token, claims: null, sub: 'x' }))).toEqual({ sub: 'x' });
  });

  it('is INTERNAL_SERVER_ERROR for claims that are not JSON', async () => {
    expect(await engine.authlete.userinfoIssue({ token, claims: '{' })).toMatchObject({
      action: 'INTERNAL_SERVER_ERROR',
    });
  });
});

describe('standardIntrospection', () => {
  const introspect = async (parameters: string, more: object = {}) =>
    content(await engine.authlete.standardIntrospection({ parameters, ...more }));

  it('describes an access token (RFC 7662)', async () => {
    expect(await introspect(`token=${token}&token_type_hint=refresh_token`)).toEqual({
      active: true,
      iss: 'https://as.example.com',
      aud: 'https://as.example.com',
      client_id: 'poll',
      sub: 'alice',
      scope: 'openid email',
      token_type: 'Bearer',
      exp: engine.now() / 1000 + 3600,
      acr: 'loa2',
      authorization_details: [{ type: 'payment' }],
    });
    expect(await introspect(`token=${token}`, { withHiddenProperties: true })).toMatchObject({ a: '1' });
  });

  it('says of an unknown token only that it is not active', async () => {
    expect(await introspect('token=x')).toEqual({ active: false });
  });

  it.each(['', 'token_type_hint=access_token', 'token=a&token=b'])('refuses the form %j', async (parameters) => {
    const refused = await engine.authlete.standardIntrospection({ parameters });
    expect(refused.action).toBe('BAD_REQUEST');
    expect(content(refused)).toMatchObject({ error: 'invalid_request' });
  });
});

describe('getClient', () => {
  it('describes a client, by its number and by its alias, without its secret', async () => {
    const { authlete } = engine;
    const described = await authlete.getClient('code');
    expect(described).toMatchObject({
      clientIdAlias: 'code',
      clientIdAliasEnabled: true,
      clientType: 'CONFIDENTIAL',
      grantTypes: ['CIBA', 'REFRESH_TOKEN'],
      tokenAuthMethod: 'CLIENT_SECRET_BASIC',
      bcDeliveryMode: 'POLL',
      bcUserCodeRequired: true,
    });
    expect(await authlete.getClient(described.clientId)).toEqual(described);
    expect(JSON.stringify(described)).not.toContain('secret');
  });

  it('rejects for a client that is unknown', async () => {
    await expect(engine.authlete.getClient('nobody')).rejects.toMatchObject({ message: 'there is no such client' });
  });
});
