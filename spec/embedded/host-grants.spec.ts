import { beforeEach, describe, expect, it } from '@jest/globals';
import { type CibaTokenOptions, cibaToken, type TokenResponse } from 'ciba-backchannel';
import request from 'supertest';
import { recordingLogger } from '../support/recording-logger.js';
import { makeClientKey, sign, unsigned } from './client-jwt.js';
import { content, credentials, getTokens, issuer, startEngine, type TestEngine } from './engine.js';

const password = 'password';
const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange';
const typeOf = (name: string) => `urn:ietf:params:oauth:token-type:${name}`;

const clients = [
  { client_id: 'host', client_secret: 'host secret', grant_types: [password, jwtBearer, tokenExchange] },
  { client_id: 'poll', client_secret: 'poll secret', backchannel_token_delivery_mode: 'poll' as const },
];

let engine: TestEngine;
beforeEach(async () => {
  engine = await startEngine({ clients, scopes: ['openid', 'accounts'] });
});

function ask(parameters: Record<string, string> | [string, string][], client = 'host') {
  return engine.authlete.token({
    ...credentials(client),
    parameters: new URLSearchParams(parameters).toString(),
  });
}

async function errorOf(parameters: Record<string, string>) {
  const response = await ask(parameters);
  return [response.action, content(response).error];
}

const common = { clientIdAlias: 'host', clientAuthMethod: 'CLIENT_SECRET_BASIC' };

describe('grants that are left to the server', () => {
  it('are given to otherGrant, whose answer the client gets', async () => {
    const seen: TokenResponse[] = [];
    const otherGrant: CibaTokenOptions['otherGrant'] = (response) => {
      seen.push(response);
      return { status: 200, body: { access_token: 'of the host', token_type: 'Bearer' } };
    };
    const token = cibaToken({ authlete: engine.authlete, otherGrant, logger: recordingLogger() });
    const answer = await request(token)
      .post('/')
      .auth('host', 'host secret')
      .type('form')
      .send({ grant_type: password, username: 'alice', password: 'wonderland' });
    expect([answer.status, answer.body.access_token]).toEqual([200, 'of the host']);
    expect(seen).toMatchObject([{ action: 'PASSWORD', username: 'alice', password: 'wonderland' }]);
  });

  it('are announced if a client registered them, and are only for clients that registered them', async () => {
    const { grant_types_supported: announced } = await engine.authlete.configuration();
    expect(announced).toEqual(expect.arrayContaining([password, jwtBearer, tokenExchange]));
    const { grant_types_supported: few } = await (await startEngine()).authlete.configuration();
    expect(few).not.toContain(tokenExchange);
    const refused = await ask({ grant_type: password, username: 'alice', password: 'x' }, 'poll');
    expect(content(refused).error).toBe('unauthorized_client');
    expect(await engine.authlete.getClient('host')).toMatchObject({
      grantTypes: ['PASSWORD', 'JWT_BEARER', 'TOKEN_EXCHANGE'],
    });
  });

  it('are the only ones: a client cannot be registered for a grant that the engine does not know', async () => {
    const client = { client_id: 'code', client_secret: 's', grant_types: ['authorization_code'] };
    await expect(startEngine({ clients: [client] })).rejects.toThrow(/clients\[0\]\.grant_types/);
  });
});

describe('the password grant', () => {
  it('comes with a ticket, and the scopes that the client may have', async () => {
    const response = await ask({ grant_type: password, username: 'alice', password: 'x', scope: 'accounts other' });
    expect(response).toMatchObject({
      ...common,
      action: 'PASSWORD',
      grantType: 'PASSWORD',
      username: 'alice',
      password: 'x',
      scopes: ['accounts'],
      ticket: expect.any(String),
    });
    expect(response).not.toHaveProperty('responseContent');
  });

  it.each<Record<string, string>>([{ username: 'alice' }, { password: 'x' }])(
    'is invalid with %j alone',
    async (parameters) => {
      expect(await errorOf({ grant_type: password, ...parameters })).toEqual(['BAD_REQUEST', 'invalid_request']);
    },
  );
});

describe('the JWT bearer grant', () => {
  const claims = { iss: 'https://idp.example.com', sub: 'alice', aud: issuer, exp: 1_800_000_060 };
  const signed = async (more: object = {}) => sign(await makeClientKey('ES256'), { ...claims, ...more });

  it('comes with the assertion, whose signature the server judges', async () => {
    for (const aud of [issuer, `${issuer}/token`]) {
      const assertion = await signed({ aud });
      expect(await ask({ grant_type: jwtBearer, assertion })).toMatchObject({
        ...common,
        action: 'JWT_BEARER',
        assertion,
      });
    }
  });

  it('is invalid_grant with an assertion that nobody could accept', async () => {
    for (const assertion of [
      'x',
      unsigned(claims),
      await signed({ iss: undefined }),
      await signed({ sub: undefined }),
      await signed({ exp: undefined }),
      await signed({ exp: 1_799_999_999 }),
      await signed({ nbf: 1_800_000_100 }),
      await signed({ aud: 'https://other.example.com' }),
    ]) {
      expect(await errorOf({ grant_type: jwtBearer, assertion })).toEqual(['BAD_REQUEST', 'invalid_grant']);
    }
    expect(await errorOf({ grant_type: jwtBearer })).toEqual(['BAD_REQUEST', 'invalid_request']);
  });
});

describe('token exchange', () => {
  it("comes with what is known of the engine's own tokens, and with what the client asks for", async () => {
    const { access_token: token } = content(await getTokens(engine, 'poll'));
    const response = await ask([
      ['grant_type', tokenExchange],
      ['subject_token', token],
      ['subject_token_type', typeOf('access_token')],
      ['actor_token', 'a.b.c'],
      ['actor_token_type', typeOf('jwt')],
      ['requested_token_type', typeOf('access_token')],
      ['audience', 'backend'],
      ['audience', 'ledger'],
      ['resource', 'https://api.example.com/'],
      ['scope', 'accounts'],
    ]);
    expect(response).toMatchObject({
      ...common,
      action: 'TOKEN_EXCHANGE',
      grantType: 'TOKEN_EXCHANGE',
      subjectToken: token,
      subjectTokenType: 'ACCESS_TOKEN',
      subjectTokenInfo: { clientIdAlias: 'poll', subject: 'alice', scopes: ['openid'] },
      actorToken: 'a.b.c',
      actorTokenType: 'JWT',
      requestedTokenType: 'ACCESS_TOKEN',
      audiences: ['backend', 'ledger'],
      resources: ['https://api.example.com/'],
      scopes: ['accounts'],
    });
  });

  const subject = { subject_token: 'a.b.c', subject_token_type: typeOf('jwt') };

  it.each<[string, Record<string, string>]>([
    ['no subject_token', { subject_token_type: typeOf('jwt') }],
    ['no subject_token_type', { subject_token: 'a.b.c' }],
    ['an unknown type', { ...subject, subject_token_type: 'jwt' }],
    ['the name of a member of objects as type', { ...subject, subject_token_type: 'toString' }],
    ['an unknown requested type', { ...subject, requested_token_type: 'jwt' }],
    ['an actor_token without its type', { ...subject, actor_token: 'a.b.c' }],
    ['a type of no actor_token', { ...subject, actor_token_type: typeOf('jwt') }],
    ['an access token that nobody knows', { ...subject, subject_token_type: typeOf('access_token') }],
    ['a refresh token that nobody knows', { ...subject, subject_token_type: typeOf('refresh_token') }],
  ])('is invalid with %s', async (_, parameters) => {
    expect(await errorOf({ grant_type: tokenExchange, ...parameters })).toEqual(['BAD_REQUEST', 'invalid_request']);
  });
});
