import { beforeAll, describe, expect, it } from '@jest/globals';
import { embeddedAuthlete } from 'ciba-backchannel/embedded';
import { clients, content, issuer, startEngine, type TestEngine } from './engine.js';

let engine: TestEngine;

beforeAll(async () => {
  engine = await startEngine();
});

type Credentials = { clientId?: string; clientSecret?: string };

function send(credentials: Credentials, parameters: Record<string, string> = {}) {
  const form = new URLSearchParams({ scope: 'openid', login_hint: 'alice', ...parameters });
  return engine.authlete.backchannelAuthentication({ ...credentials, parameters: form.toString() });
}

describe('a client is authenticated', () => {
  it.each<[string, Credentials, Record<string, string>, object]>([
    [
      'by client_secret_basic',
      { clientId: 'poll', clientSecret: 'poll secret' },
      {},
      { clientAuthMethod: 'CLIENT_SECRET_BASIC' },
    ],
    [
      'by client_secret_post',
      {},
      { client_id: 'post', client_secret: 'post secret' },
      { clientAuthMethod: 'CLIENT_SECRET_POST', clientIdAlias: 'post' },
    ],
    [
      'with client_id beside basic',
      { clientId: 'poll', clientSecret: 'poll secret' },
      { client_id: 'poll' },
      { clientIdAlias: 'poll' },
    ],
    [
      'by a client id that is a number',
      { clientId: '12345678901234567', clientSecret: 'number secret' },
      {},
      { clientId: '12345678901234567', clientIdAliasUsed: false },
    ],
  ])('%s', async (_how, credentials, parameters, expected) => {
    expect(await send(credentials, parameters)).toMatchObject({ action: 'USER_IDENTIFICATION', ...expected });
  });

  it('by its number, which is the same in every process, as well as by its alias', async () => {
    const { clientId } = await send({ clientId: 'poll', clientSecret: 'poll secret' });
    const response = await send({ clientId: clientId ?? '', clientSecret: 'poll secret' });
    expect(response).toMatchObject({ clientId, clientIdAlias: 'poll', clientIdAliasUsed: false });
    const another = await embeddedAuthlete({ issuer, clients });
    const parameters = 'scope=openid&login_hint=a';
    const credentials = { clientId: 'poll', clientSecret: 'poll secret' };
    expect(await another.backchannelAuthentication({ ...credentials, parameters })).toMatchObject({ clientId });
  });
});

describe('credentials that are null, empty or absent are the same', () => {
  const nothing = { clientId: null, clientSecret: null, clientCertificate: null, clientCertificatePath: null } as never;
  const empty = { clientId: '', clientSecret: '', clientCertificate: '', clientCertificatePath: [] };

  it.each<[string, Credentials]>([
    ['null', nothing],
    ['empty', empty],
  ])('for a client that authenticates in the form: %s', async (_what, credentials) => {
    const secret = { client_id: 'post', client_secret: 'post secret' };
    expect(await send(credentials, secret)).toMatchObject({ clientAuthMethod: 'CLIENT_SECRET_POST' });
    const form = new URLSearchParams({ ...secret, grant_type: 'refresh_token', refresh_token: 'x' }).toString();
    expect(content(await engine.authlete.token({ ...credentials, parameters: form }))).toMatchObject({
      error: 'invalid_grant',
    });
  });

  it.each<[string, Credentials]>([
    ['null', nothing],
    ['empty', empty],
  ])('for a client that does not authenticate: %s', async (_what, credentials) => {
    const absent = await send({}, { client_id: 'poll' });
    expect(await send(credentials, { client_id: 'poll' })).toEqual(absent);
    expect(content(absent)).toMatchObject({ error_description: 'the request has no client authentication' });
  });
});

describe('a client is refused', () => {
  it.each<[string, Credentials, Record<string, string>]>([
    ['without credentials', {}, {}],
    ['with its id alone', {}, { client_id: 'poll' }],
    ['that is unknown', { clientId: 'nobody', clientSecret: 'x' }, {}],
    ['with a wrong secret', { clientId: 'poll', clientSecret: 'poll secreT' }, {}],
    ['with a part of its secret', { clientId: 'poll', clientSecret: 'poll' }, {}],
    ['with an empty secret', { clientId: 'poll', clientSecret: '' }, {}],
    ["with another client's secret", { clientId: 'poll', clientSecret: 'post secret' }, {}],
    ['with another client_id beside it', { clientId: 'poll', clientSecret: 'poll secret' }, { client_id: 'post' }],
    ['by basic if it registered post', { clientId: 'post', clientSecret: 'post secret' }, {}],
    ['by post if it registered basic', {}, { client_id: 'poll', client_secret: 'poll secret' }],
    ['that is public', {}, { client_id: 'public' }],
    ['that is public, with a secret', { clientId: 'public', clientSecret: 'x' }, {}],
    ['named as a member of every object', { clientId: '__proto__', clientSecret: 'x' }, {}],
  ])('%s', async (_how, credentials, parameters) => {
    const judged = await send(credentials, parameters);
    expect(judged).toEqual({
      resultCode: expect.stringMatching(/^E\d{3}3\d\d$/),
      resultMessage: expect.any(String),
      action: 'UNAUTHORIZED',
      responseContent: expect.any(String),
    });
    expect(content(judged)).toEqual({ error: 'invalid_client', error_description: expect.any(String) });

    const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'x', ...parameters });
    const token = await engine.authlete.token({ ...credentials, parameters: form.toString() });
    expect(token.action).toBe('INVALID_CLIENT');
    expect(content(token)).toMatchObject({ error: 'invalid_client' });
  });

  it('with invalid_request if it uses more than one method (RFC 6749, section 5.2)', async () => {
    const response = await send({ clientId: 'poll', clientSecret: 'poll secret' }, { client_secret: 'poll secret' });
    expect(response.action).toBe('BAD_REQUEST');
    expect(content(response)).toMatchObject({ error: 'invalid_request' });
  });
});
