import { beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import {
  askTokens,
  cibaGrantType,
  content,
  getTokens,
  poll,
  start,
  startEngine,
  type TestEngine,
  validNotifiedRequest,
  validRequest,
} from './engine.js';

let engine: TestEngine;

beforeEach(async () => {
  engine = await startEngine();
});

function decide(ticket: string, result: 'AUTHORIZED' | 'ACCESS_DENIED' | 'TRANSACTION_FAILED', more: object = {}) {
  return engine.authlete.backchannelAuthenticationComplete({ ticket, result, subject: 'alice', ...more });
}

async function errorOf(response: ReturnType<typeof poll>) {
  return content(await response).error;
}

describe('the CIBA grant', () => {
  it('gives the tokens, once', async () => {
    const { ticket, authReqId } = await start(engine, 'poll', { ...validRequest, scope: 'openid offline_access' });
    await decide(ticket, 'AUTHORIZED');
    const response = await poll(engine, 'poll', authReqId);
    expect(response).toEqual({
      resultCode: expect.stringMatching(/^E\d{3}0\d\d$/),
      resultMessage: expect.any(String),
      action: 'OK',
      responseContent: expect.any(String),
      clientId: expect.any(String),
      clientIdAlias: 'poll',
      clientIdAliasUsed: true,
      clientAuthMethod: 'CLIENT_SECRET_BASIC',
      grantType: 'CIBA',
      subject: 'alice',
      scopes: ['openid', 'offline_access'],
      accessToken: expect.stringMatching(/^[\w-]{43}$/),
      accessTokenExpiresAt: engine.now() + 3_600_000,
      accessTokenDuration: 3600,
      refreshToken: expect.stringMatching(/^[\w-]{43}$/),
      refreshTokenExpiresAt: engine.now() + 86_400_000,
      refreshTokenDuration: 86_400,
      idToken: expect.any(String),
    });
    expect(content(response)).toEqual({
      access_token: response.accessToken,
      token_type: 'Bearer',
      expires_in: 3600,
      refresh_token: response.refreshToken,
      scope: 'openid offline_access',
      id_token: response.idToken,
    });
    expect(await errorOf(poll(engine, 'poll', authReqId))).toBe('invalid_grant');
  });

  it('gives them once to two polls at the same time', async () => {
    const { ticket, authReqId } = await start(engine, 'poll');
    await decide(ticket, 'AUTHORIZED');
    const both = await Promise.all([poll(engine, 'poll', authReqId), poll(engine, 'poll', authReqId)]);
    expect(both.map(({ action }) => action)).toEqual(['OK', 'BAD_REQUEST']);
  });

  it.each([
    ['no offline_access was asked for', 'poll', 'openid'],
    ['the client does not have the grant', 'narrow', 'openid offline_access'],
  ])('gives no refresh token when %s', async (_why, client, scope) => {
    expect(await getTokens(engine, client, { ...validRequest, scope })).not.toHaveProperty('refreshToken');
  });

  it.each([
    ['authorization_pending', async () => {}],
    ['access_denied', (ticket: string) => decide(ticket, 'ACCESS_DENIED')],
    ['expired_token', (ticket: string) => decide(ticket, 'TRANSACTION_FAILED')],
    ['expired_token', async () => engine.wait(120)],
  ])('answers %s, and the same the next time', async (error, happen) => {
    const { ticket, authReqId } = await start(engine, 'poll');
    await happen(ticket);
    expect(await errorOf(poll(engine, 'poll', authReqId))).toBe(error);
    engine.wait(5);
    expect(await errorOf(poll(engine, 'poll', authReqId))).toBe(error);
  });

  it('tells the client why the user denied', async () => {
    const { ticket, authReqId } = await start(engine, 'poll');
    await decide(ticket, 'ACCESS_DENIED', { errorDescription: 'never', errorUri: 'https://as.example.com/never' });
    expect(content(await poll(engine, 'poll', authReqId))).toEqual({
      error: 'access_denied',
      error_description: 'never',
      error_uri: 'https://as.example.com/never',
    });
  });

  it('adds five seconds for each poll that is too soon, and keeps them', async () => {
    const { ticket, authReqId } = await start(engine, 'poll');
    const answers: string[] = [];
    for (const seconds of [0, 4.999, 10, 9.999, 15, 14.999, 0]) {
      engine.wait(seconds);
      answers.push(await errorOf(poll(engine, 'poll', authReqId)));
    }
    expect(answers).toEqual([
      'authorization_pending', // the first poll is never too soon
      'slow_down',
      'authorization_pending',
      'slow_down',
      'authorization_pending',
      'slow_down',
      'slow_down',
    ]);
    // A decision takes precedence over slow_down.
    await decide(ticket, 'AUTHORIZED');
    expect((await poll(engine, 'poll', authReqId)).action).toBe('OK');
  });

  it('distinguishes an expired id from an unknown one for some minutes', async () => {
    const { authReqId } = await start(engine, 'poll');
    engine.wait(120 + 240);
    expect(await errorOf(poll(engine, 'poll', authReqId))).toBe('expired_token');
    engine.wait(60);
    expect(await errorOf(poll(engine, 'poll', authReqId))).toBe('invalid_grant');
  });

  it('does not give tokens after the expiry, though the user approved in time', async () => {
    const { ticket, authReqId } = await start(engine, 'poll');
    await decide(ticket, 'AUTHORIZED');
    engine.wait(120);
    expect(await errorOf(poll(engine, 'poll', authReqId))).toBe('expired_token');
  });

  it("refuses another client's id as unknown, even an expired one, and uses nothing up", async () => {
    const { ticket, authReqId } = await start(engine, 'poll');
    await decide(ticket, 'AUTHORIZED');
    expect(await errorOf(poll(engine, 'code', authReqId))).toBe('invalid_grant');
    expect((await poll(engine, 'poll', authReqId)).action).toBe('OK');
    const expired = await start(engine, 'poll');
    engine.wait(200);
    expect(await errorOf(poll(engine, 'code', expired.authReqId))).toBe('invalid_grant');
  });

  it('uses nothing up when the request fails', async () => {
    const { ticket, authReqId } = await start(engine, 'poll');
    await decide(ticket, 'AUTHORIZED');
    const failed = await askTokens(
      engine,
      'poll',
      `grant_type=${cibaGrantType}&auth_req_id=${authReqId}&resource=urn:x%23a`,
    );
    expect(content(failed)).toMatchObject({ error: 'invalid_target' });
    const wrongCall = engine.authlete.token({
      clientId: 'poll',
      clientSecret: 'poll secret',
      parameters: `grant_type=${cibaGrantType}&auth_req_id=${authReqId}`,
      accessTokenDuration: -1,
    });
    expect(await wrongCall).toMatchObject({ action: 'INTERNAL_SERVER_ERROR' });
    expect((await poll(engine, 'poll', authReqId)).action).toBe('OK');
  });

  it('refuses a push client', async () => {
    const { authReqId } = await start(engine, 'push', validNotifiedRequest);
    expect(await errorOf(poll(engine, 'push', 'unknown'))).toBe('invalid_grant');
    expect(await errorOf(poll(engine, 'push', authReqId))).toBe('unauthorized_client');
  });

  it('serves a ping client', async () => {
    expect((await getTokens(engine, 'ping', validNotifiedRequest)).action).toBe('OK');
  });

  it('answers with the details and the resources of the request', async () => {
    const details = [{ type: 'payment', amount: '1' }];
    const parameters = new URLSearchParams({ ...validRequest, authorization_details: JSON.stringify(details) });
    parameters.append('resource', 'urn:a');
    parameters.append('resource', 'urn:b');
    const { ticket, authReqId } = await start(engine, 'poll', parameters.toString());
    await decide(ticket, 'AUTHORIZED');
    const tokens = await askTokens(engine, 'poll', {
      grant_type: cibaGrantType,
      auth_req_id: authReqId,
      resource: 'urn:b',
    });
    expect(tokens).toMatchObject({
      resources: ['urn:a', 'urn:b'],
      accessTokenResources: ['urn:b'],
      authorizationDetails: { elements: [{ type: 'payment', otherFields: '{"amount":"1"}' }] },
    });
    expect(content(tokens).authorization_details).toEqual(details);
  });

  it('applies what complete set for the tokens', async () => {
    const { ticket, authReqId } = await start(engine, 'poll', {
      ...validRequest,
      scope: 'openid email offline_access',
    });
    await decide(ticket, 'AUTHORIZED', {
      scopes: ['offline_access', 'phone'],
      accessToken: 'chosen',
      accessTokenDuration: 60,
      refreshTokenDuration: 90,
      properties: [
        { key: 'shown', value: 'a' },
        { key: 'secret', value: 'b', hidden: true },
        { key: 'access_token', value: 'c' },
      ],
    });
    const tokens = await poll(engine, 'poll', authReqId);
    expect(tokens).toMatchObject({
      scopes: ['openid', 'offline_access', 'phone'],
      accessToken: 'chosen',
      accessTokenDuration: 60,
      refreshTokenDuration: 90,
    });
    expect(content(tokens)).toMatchObject({ shown: 'a', access_token: 'chosen', expires_in: 60 });
    expect(content(tokens)).not.toHaveProperty('secret');
  });

  it('applies what the token call sets for the tokens', async () => {
    const { ticket, authReqId } = await start(engine, 'poll');
    await decide(ticket, 'AUTHORIZED', { properties: [{ key: 'a', value: '1' }] });
    const tokens = await engine.authlete.token({
      clientId: 'poll',
      clientSecret: 'poll secret',
      parameters: `grant_type=${cibaGrantType}&auth_req_id=${authReqId}`,
      accessToken: 'mine',
      accessTokenDuration: 7,
      properties: [{ key: 'a', value: '2' }],
    });
    expect(content(tokens)).toMatchObject({ access_token: 'mine', expires_in: 7, a: '2' });
  });

  it('does not issue an access token whose value is in use', async () => {
    const approve = async () => {
      const { ticket, authReqId } = await start(engine, 'poll');
      await decide(ticket, 'AUTHORIZED', { accessToken: 'same' });
      return poll(engine, 'poll', authReqId);
    };
    expect((await approve()).action).toBe('OK');
    expect(await approve()).toMatchObject({ action: 'INTERNAL_SERVER_ERROR' });
  });
});

describe('the refresh grant', () => {
  const scope = 'openid email offline_access';
  let refreshToken: string;
  let first: Record<string, unknown>;

  beforeEach(async () => {
    const { ticket, authReqId } = await start(engine, 'poll', { ...validRequest, scope });
    await decide(ticket, 'AUTHORIZED', { authTime: 1_700_000_000, acr: 'loa2' });
    const tokens = await poll(engine, 'poll', authReqId);
    refreshToken = tokens.refreshToken ?? '';
    first = decodeJwt(tokens.idToken ?? '');
  });

  const refresh = (more: Record<string, string> = {}, client = 'poll') =>
    askTokens(engine, client, { grant_type: 'refresh_token', refresh_token: refreshToken, ...more });

  it('gives a new access token, ID token and refresh token', async () => {
    engine.wait(60);
    const tokens = await refresh();
    expect(tokens).toMatchObject({ action: 'OK', grantType: 'REFRESH_TOKEN', subject: 'alice' });
    expect(content(tokens).refresh_token).toBe(tokens.refreshToken);
    const { iat, exp, at_hash: _, ...same } = decodeJwt(tokens.idToken ?? '');
    expect(first).toMatchObject(same);
    expect(same).toMatchObject({ sub: 'alice', aud: 'poll', auth_time: 1_700_000_000, acr: 'loa2' });
    expect(iat).toBe((first.iat as number) + 60);
    expect(exp).toBe((first.exp as number) + 60);
    expect(content(await refresh())).toMatchObject({ error: 'invalid_grant' });
    engine.wait(86_399);
    const again = await refresh({ refresh_token: tokens.refreshToken ?? '' });
    expect(again).toMatchObject({ action: 'OK', refreshTokenExpiresAt: engine.now() + 86_400_000 });
    expect(again.accessToken).not.toBe(tokens.accessToken);
  });

  it('gives a new refresh token to one of two requests at the same time', async () => {
    const both = await Promise.all([refresh(), refresh()]);
    expect(both.map(({ action }) => action).sort()).toEqual(['BAD_REQUEST', 'OK']);
  });

  it('keeps the refresh token if the engine is configured to', async () => {
    engine = await startEngine({ refreshTokenKept: true });
    ({ refreshToken = '' } = (await getTokens(engine, 'poll', { ...validRequest, scope })) as { refreshToken: string });
    for (const tokens of [await refresh(), await refresh()])
      expect(tokens).toMatchObject({ action: 'OK', refreshToken });
    engine.wait(86_400);
    expect(content(await refresh())).toMatchObject({ error: 'invalid_grant' });
  });

  it.each([
    [scope, 'openid email offline_access'],
    ['offline_access email openid', 'offline_access email openid'],
    ['openid', 'openid'],
  ])('gives the scope %s', async (requested, given) => {
    const tokens = await refresh({ scope: requested });
    expect(content(tokens).scope).toBe(given);
  });

  it('gives no ID token without openid', async () => {
    expect(await refresh({ scope: 'email' })).not.toHaveProperty('idToken');
  });

  it.each<[string, string, Record<string, string>, string]>([
    ['of another client', 'code', {}, 'invalid_grant'],
    ['that is unknown', 'poll', { refresh_token: 'x' }, 'invalid_grant'],
    ['that is missing', 'poll', { refresh_token: '' }, 'invalid_request'],
    ['for more than was granted', 'poll', { scope: 'openid phone' }, 'invalid_scope'],
    ['of a client without the grant', 'narrow', {}, 'unauthorized_client'],
  ])('refuses a refresh token %s, and uses nothing up', async (_what, client, more, error) => {
    expect(content(await refresh(more, client))).toMatchObject({ error });
    expect((await refresh()).action).toBe('OK');
  });

  it('refuses one that has expired', async () => {
    engine.wait(86_400);
    expect(content(await refresh())).toMatchObject({ error: 'invalid_grant' });
  });
});

describe('a token request is refused', () => {
  it.each<[string, string | Record<string, string>, string]>([
    ['without grant_type', {}, 'invalid_request'],
    ['with another grant type', { grant_type: 'authorization_code' }, 'unsupported_grant_type'],
    ['without auth_req_id', { grant_type: cibaGrantType }, 'invalid_request'],
    ['with a repeated parameter', `grant_type=${cibaGrantType}&auth_req_id=x&auth_req_id=x`, 'invalid_request'],
    ['with a percent sequence that does not decode', `grant_type=${cibaGrantType}&auth_req_id=%`, 'invalid_request'],
    ['with an id that is unknown', { grant_type: cibaGrantType, auth_req_id: 'x' }, 'invalid_grant'],
  ])('%s', async (_what, parameters, error) => {
    const response = await askTokens(engine, 'poll', parameters);
    expect(response).toMatchObject({
      action: 'BAD_REQUEST',
      resultCode: expect.stringMatching(/^E\d{3}3\d\d$/),
      clientIdAlias: 'poll',
    });
    expect(content(response)).toEqual({ error, error_description: expect.any(String) });
  });

  it('of a client without CIBA', async () => {
    const response = await askTokens(engine, 'no-ciba', { grant_type: cibaGrantType, auth_req_id: 'x' });
    expect(content(response)).toMatchObject({ error: 'unauthorized_client' });
  });
});
