import { beforeEach, describe, expect, it } from '@jest/globals';
import type { TokenResponse } from 'ciba-backchannel';
import { content, credentials, getTokens, startEngine, type TestEngine, validRequest } from './engine.js';

const offline = { ...validRequest, scope: 'openid offline_access' };

let engine: TestEngine;
let tokens: TokenResponse;

beforeEach(async () => {
  engine = await startEngine();
  tokens = await getTokens(engine, 'poll', offline);
});

function revoke(parameters: Record<string, string>, client = 'poll') {
  const form = new URLSearchParams(parameters).toString();
  return engine.authlete.revocation({ ...credentials(client), parameters: form });
}

const isLiving = async (token = tokens.accessToken) =>
  (await engine.authlete.introspection({ token: token ?? '' })).action === 'OK';

const refresh = async (token = tokens.refreshToken) => {
  const parameters = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token ?? '' }).toString();
  return (await engine.authlete.token({ ...credentials('poll'), parameters })).action;
};

describe('revocation', () => {
  it('ends an access token, and the refresh token that came with it', async () => {
    expect(await revoke({ token: tokens.accessToken ?? '' })).toMatchObject({ action: 'OK' });
    expect(await isLiving()).toBe(false);
    expect(await refresh()).toBe('BAD_REQUEST');
  });

  it('ends a refresh token, and every access token that came from it', async () => {
    const parameters = `grant_type=refresh_token&refresh_token=${tokens.refreshToken}`;
    const second = await engine.authlete.token({ ...credentials('poll'), parameters });
    expect(await revoke({ token: second.refreshToken ?? '', token_type_hint: 'access_token' })).toMatchObject({
      action: 'OK',
    });
    expect([await isLiving(), await isLiving(second.accessToken)]).toEqual([false, false]);
    expect(await refresh(second.refreshToken)).toBe('BAD_REQUEST');
  });

  it('leaves alone a refresh token that is older than the access token', async () => {
    engine = await startEngine({ refreshTokenKept: true });
    tokens = await getTokens(engine, 'poll', offline);
    const parameters = `grant_type=refresh_token&refresh_token=${tokens.refreshToken}`;
    const second = await engine.authlete.token({ ...credentials('poll'), parameters });
    await revoke({ token: second.accessToken ?? '' });
    expect([await isLiving(), await isLiving(second.accessToken)]).toEqual([true, false]);
    expect(await refresh()).toBe('OK');
  });

  it('takes an access token that is a JWT', async () => {
    engine = await startEngine({ accessTokenFormat: 'jwt' });
    tokens = await getTokens(engine, 'poll', offline);
    expect(await isLiving(tokens.jwtAccessToken)).toBe(true);
    await revoke({ token: tokens.jwtAccessToken ?? '' });
    expect(await isLiving(tokens.jwtAccessToken)).toBe(false);
  });

  it('accepts an unknown token (RFC 7009, section 2.2)', async () => {
    expect(await revoke({ token: 'x' })).toMatchObject({ action: 'OK' });
  });

  it.each<[string, Record<string, string>, string, string, string]>([
    ['a request without a token', {}, 'poll', 'BAD_REQUEST', 'invalid_request'],
    ['a client that is unknown', { token: 'x' }, 'nobody', 'INVALID_CLIENT', 'invalid_client'],
  ])('refuses %s', async (_what, parameters, client, action, error) => {
    const refused = await revoke(parameters, client);
    expect(refused.action).toBe(action);
    expect(content(refused)).toMatchObject({ error });
  });

  it('refuses the token of another client, which stays valid', async () => {
    const refused = await revoke({ token: tokens.accessToken ?? '' }, 'code');
    expect(content(refused)).toMatchObject({ error: 'invalid_grant' });
    expect(await isLiving()).toBe(true);
  });
});

describe('tokenRevoke', () => {
  const hashOf = async (token: string) =>
    Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token))).toString('base64url');

  it('accepts the hash of a token instead of the token', async () => {
    const { tokenRevoke } = engine.authlete;
    expect(await tokenRevoke({ accessTokenIdentifier: await hashOf(tokens.accessToken ?? '') })).toMatchObject({
      count: 1,
    });
    tokens = await getTokens(engine, 'poll', offline);
    expect(await tokenRevoke({ refreshTokenIdentifier: await hashOf(tokens.refreshToken ?? '') })).toMatchObject({
      count: 1,
    });
    expect(await isLiving()).toBe(false);
  });

  it.each<[object, number]>([
    [{ clientIdentifier: 'poll' }, 2],
    [{ subject: 'alice' }, 3],
    [{ clientIdentifier: 'poll', subject: 'alice' }, 2],
    [{ clientIdentifier: 'poll', subject: 'bob' }, 0],
    [{ clientIdentifier: 'nobody' }, 0],
    [{ accessTokenIdentifier: null, refreshTokenIdentifier: '', clientIdentifier: null, subject: null }, 0],
  ])('ends all tokens of %j', async (request, count) => {
    await getTokens(engine, 'poll');
    const others = await getTokens(engine, 'code', { ...validRequest, user_code: '1' });
    expect(await engine.authlete.tokenRevoke(request)).toMatchObject({ count });
    expect(await isLiving()).toBe(count === 0);
    expect(await isLiving(others.accessToken)).toBe(count !== 3);
  });
});
