import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createLocalJWKSet, exportJWK, type JWK, jwtVerify } from 'jose';
import { keyPair } from '../support/key-pairs.js';
import { content, credentials, issuer, poll, start, startEngine, type TestEngine, validRequest } from './engine.js';

async function approve(engine: TestEngine, decision: object = {}, client = 'poll') {
  const { ticket, authReqId } = await start(engine, client, { ...validRequest, scope: 'openid offline_access' });
  const authorized = { ticket, result: 'AUTHORIZED', subject: 'alice', ...decision } as const;
  await engine.authlete.backchannelAuthenticationComplete(authorized);
  const tokens = await poll(engine, client, authReqId);
  const keys = createLocalJWKSet(await engine.authlete.jwks());
  const { payload, protectedHeader } = await jwtVerify(tokens.idToken ?? '', keys, {
    issuer,
    audience: client,
    currentDate: new Date(engine.now()),
  });
  return { tokens, payload, protectedHeader };
}

function halfHash(algorithm: string, text: string) {
  const digest = createHash(algorithm).update(text).digest();
  return digest.subarray(0, digest.length / 2).toString('base64url');
}

async function privateJwk(alg: string, more: JWK = { kty: '' }): Promise<JWK> {
  const { privateKey } = await keyPair(alg);
  return { ...more, ...(await exportJWK(privateKey)) };
}

describe('the ID token', () => {
  it('has the standard claims, and no others', async () => {
    const engine = await startEngine();
    const { tokens, payload, protectedHeader } = await approve(engine);
    const iat = Math.floor(engine.now() / 1000);
    const [key] = (await engine.authlete.jwks()).keys;
    expect(protectedHeader).toEqual({ alg: 'ES256', kid: key?.kid });
    expect(payload).toEqual({
      iss: issuer,
      sub: 'alice',
      aud: 'poll',
      iat,
      exp: iat + 3600,
      at_hash: halfHash('sha256', tokens.accessToken ?? ''),
    });
  });

  it('covers openid alone if the user granted no other scope', async () => {
    const { tokens } = await approve(await startEngine(), { scopes: [] });
    expect(tokens.scopes).toEqual(['openid']);
    expect(tokens.idToken).toBeDefined();
    const { tokens: all } = await approve(await startEngine(), { scopes: null });
    expect(all.scopes).toEqual(['openid', 'offline_access']);
  });

  it('may be signed with Ed25519, under either name', async () => {
    for (const alg of ['Ed25519', 'EdDSA']) {
      const engine = await startEngine({ jwks: { keys: [{ ...(await privateJwk('EdDSA')), alg }] } });
      const { tokens, payload, protectedHeader } = await approve(engine);
      expect(protectedHeader.alg).toBe(alg);
      expect(payload.at_hash).toBe(halfHash('sha512', tokens.accessToken ?? ''));
    }
  });

  it('has what the server adds', async () => {
    const engine = await startEngine();
    const { payload, protectedHeader } = await approve(engine, {
      sub: 'pairwise-1',
      authTime: 1_700_000_000,
      acr: 'loa3',
      claims: JSON.stringify({
        email: 'alice@example.com',
        address: { country: 'PT' },
        iss: 'x',
        nonce: 'n',
        s_hash: 's',
      }),
      idtHeaderParams: JSON.stringify({ typ: 'JWT', x: 1 }),
      idTokenAudType: 'array',
    });
    expect(protectedHeader).toEqual({ alg: 'ES256', kid: expect.any(String), typ: 'JWT', x: 1 });
    expect(payload).toEqual({
      iss: issuer,
      sub: 'pairwise-1',
      aud: ['poll'],
      iat: expect.any(Number),
      exp: expect.any(Number),
      at_hash: expect.any(String),
      auth_time: 1_700_000_000,
      acr: 'loa3',
      email: 'alice@example.com',
      address: { country: 'PT' },
    });
  });

  it('has the client id that the request used as its audience', async () => {
    const engine = await startEngine();
    const { tokens } = await approve(engine);
    const number = tokens.clientId ?? '';
    const request = { clientId: number, clientSecret: 'poll secret' };
    const { ticket } = await engine.authlete.backchannelAuthentication({
      ...request,
      parameters: new URLSearchParams(validRequest).toString(),
    });
    const { authReqId } = await engine.authlete.backchannelAuthenticationIssue({ ticket: ticket ?? '' });
    await engine.authlete.backchannelAuthenticationComplete({
      ticket: ticket ?? '',
      result: 'AUTHORIZED',
      subject: 'a',
    });
    const { idToken } = await poll(engine, 'poll', authReqId ?? '');
    const keys = createLocalJWKSet(await engine.authlete.jwks());
    const currentDate = new Date(engine.now());
    await expect(jwtVerify(idToken ?? '', keys, { audience: number, currentDate })).resolves.toBeDefined();
  });

  it.each([
    ['ES256', 'sha256'],
    ['ES384', 'sha384'],
    ['PS256', 'sha256'],
    ['RS512', 'sha512'],
    ['EdDSA', 'sha512'],
  ])('is signed with %s, and its hashes made with %s', async (alg, hash) => {
    const engine = await startEngine({ jwks: { keys: [await privateJwk(alg, { kty: '', alg, kid: 'k1' })] } });
    const { tokens, payload, protectedHeader } = await approve(engine);
    expect(protectedHeader).toEqual({ alg, kid: 'k1' });
    expect(payload.at_hash).toBe(halfHash(hash, tokens.accessToken ?? ''));
    expect((await engine.authlete.configuration()).id_token_signing_alg_values_supported).toEqual([alg]);
  });

  it('is signed with the algorithm that the client registered', async () => {
    const engine = await startEngine({
      jwks: { keys: [await privateJwk('ES256'), await privateJwk('PS256')] },
      clients: [
        {
          client_id: 'ps',
          client_secret: 'ps secret',
          backchannel_token_delivery_mode: 'poll',
          id_token_signed_response_alg: 'PS256',
        },
      ],
    });
    expect((await approve(engine, {}, 'ps')).protectedHeader.alg).toBe('PS256');
  });
});

describe('the JWK set', () => {
  it('has every key with kid, alg and use, and nothing private', async () => {
    const keys = await Promise.all(['ES256', 'PS256', 'EdDSA'].map((alg) => privateJwk(alg)));
    const engine = await startEngine({ jwks: { keys } });
    const published = await engine.authlete.jwks();
    const kid = expect.stringMatching(/^[\w-]{43}$/);
    const [ec, rsa, okp] = keys;
    expect(published.keys).toEqual([
      { kty: 'EC', crv: 'P-256', x: ec?.x, y: ec?.y, kid, alg: 'ES256', use: 'sig' },
      { kty: 'RSA', n: rsa?.n, e: 'AQAB', kid, alg: 'PS256', use: 'sig' },
      { kty: 'OKP', crv: 'Ed25519', x: okp?.x, kid, alg: 'EdDSA', use: 'sig' },
    ]);
  });
});

describe('a notification', () => {
  const notified = { ...validRequest, client_notification_token: 'notify-me' };
  const complete = async (engine: TestEngine, client: string, decision: object, scope = 'openid') => {
    const { ticket, authReqId } = await start(engine, client, { ...notified, scope });
    const request = { ticket, subject: 'alice', ...decision } as never;
    return { authReqId, completed: await engine.authlete.backchannelAuthenticationComplete(request) };
  };

  it.each(['AUTHORIZED', 'ACCESS_DENIED', 'TRANSACTION_FAILED'])('of a ping is the same for %s', async (result) => {
    const engine = await startEngine();
    const { authReqId, completed } = await complete(engine, 'ping', { result });
    expect(completed).toEqual({
      resultCode: expect.any(String),
      resultMessage: expect.any(String),
      action: 'NOTIFICATION',
      clientId: expect.any(String),
      clientIdAlias: 'ping',
      clientIdAliasUsed: true,
      deliveryMode: 'PING',
      authReqId,
      clientNotificationEndpoint: 'https://ping.example.com/callback',
      clientNotificationToken: 'notify-me',
      responseContent: JSON.stringify({ auth_req_id: authReqId }),
    });
    const error = { ACCESS_DENIED: 'access_denied', TRANSACTION_FAILED: 'expired_token' }[result];
    expect(content(await poll(engine, 'ping', authReqId)).error).toBe(error);
  });

  it('of a push holds the tokens, and its ID token vouches for them', async () => {
    const engine = await startEngine();
    const { authReqId, completed } = await complete(
      engine,
      'push',
      { result: 'AUTHORIZED', accessTokenDuration: 60, refreshTokenDuration: 90 },
      'openid offline_access',
    );
    expect(completed).toMatchObject({
      action: 'NOTIFICATION',
      deliveryMode: 'PUSH',
      authReqId,
      clientNotificationEndpoint: 'https://push.example.com/callback',
      clientNotificationToken: 'notify-me',
      accessTokenDuration: 60,
      refreshTokenDuration: 90,
      idTokenDuration: 3600,
    });
    const { accessToken, refreshToken, idToken } = completed;
    expect(content(completed)).toEqual({
      auth_req_id: authReqId,
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: 60,
      refresh_token: refreshToken,
      scope: 'openid offline_access',
      id_token: idToken,
    });
    const { payload } = await jwtVerify(idToken ?? '', createLocalJWKSet(await engine.authlete.jwks()), {
      audience: 'push',
      currentDate: new Date(engine.now()),
    });
    expect(payload).toMatchObject({
      at_hash: halfHash('sha256', accessToken ?? ''),
      'urn:openid:params:jwt:claim:auth_req_id': authReqId,
      'urn:openid:params:jwt:claim:rt_hash': halfHash('sha256', refreshToken ?? ''),
    });
    // They work, and are given once.
    expect(await engine.authlete.introspection({ token: accessToken ?? '' })).toMatchObject({ action: 'OK' });
    const refresh = { ...credentials('push'), parameters: `grant_type=refresh_token&refresh_token=${refreshToken}` };
    expect(await engine.authlete.token(refresh)).toMatchObject({ action: 'OK' });
    expect(content(await poll(engine, 'push', authReqId)).error).toBe('invalid_grant');
  });

  it('of a push without a refresh token has no rt_hash', async () => {
    const engine = await startEngine();
    const { completed } = await complete(engine, 'push', { result: 'AUTHORIZED' });
    expect(content(completed)).not.toHaveProperty('refresh_token');
    const claims = JSON.parse(Buffer.from(completed.idToken?.split('.')[1] ?? '', 'base64url').toString());
    expect(claims).not.toHaveProperty('urn:openid:params:jwt:claim:rt_hash');
  });

  it.each([
    ['access_denied', { result: 'ACCESS_DENIED' }, {}],
    ['expired_token', { result: 'TRANSACTION_FAILED' }, {}],
    ['access_denied', { result: 'ACCESS_DENIED', errorDescription: 'never' }, { error_description: 'never' }],
  ])('of a push reports %s', async (error, decision, more) => {
    const engine = await startEngine();
    const { authReqId, completed } = await complete(engine, 'push', decision);
    expect(completed.action).toBe('NOTIFICATION');
    expect(completed).not.toHaveProperty('accessToken');
    expect(content(completed)).toEqual({ error, ...more, auth_req_id: authReqId });
  });
});
