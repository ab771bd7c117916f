import { createHash, randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { TokenRequest } from 'ciba-backchannel';
import type { EmbeddedAuthleteOptions } from 'ciba-backchannel/embedded';
import { calculateJwkThumbprint, decodeJwt, type JWK } from 'jose';
import { makeCertificate } from '../support/certificates.js';
import { type Claims, type ClientKey, makeClientKey, nested, sign, unsigned } from './client-jwt.js';
import {
  ask,
  cibaGrantType,
  content,
  credentials,
  issuer,
  start,
  startEngine,
  type TestEngine,
  validRequest,
} from './engine.js';

const tokenEndpoint = `${issuer}/token`;
const resource = 'https://api.example.com/accounts';

const clients: EmbeddedAuthleteOptions['clients'] = [
  { client_id: 'poll', client_secret: 'poll secret', backchannel_token_delivery_mode: 'poll' },
  {
    client_id: 'bound',
    client_secret: 'bound secret',
    backchannel_token_delivery_mode: 'poll',
    dpop_bound_access_tokens: true,
  },
  {
    client_id: 'both',
    client_secret: 'both secret',
    backchannel_token_delivery_mode: 'poll',
    tls_client_certificate_bound_access_tokens: true,
  },
];

function startDpop(options: Partial<EmbeddedAuthleteOptions> = {}) {
  return startEngine({ clients, ...options });
}

interface Proving {
  claims?: Claims;
  header?: object;
  /** Of the header, in place of the key's own. */
  jwk?: JWK;
}

/** A correct proof for the token endpoint, except for what is given. */
function prove(engine: TestEngine, key: ClientKey, { claims, header, jwk = key.publicJwk }: Proving = {}) {
  const now = Math.floor(engine.now() / 1000);
  const all = { jti: randomUUID(), htm: 'POST', htu: tokenEndpoint, iat: now, ...claims };
  return sign(key, all, { typ: 'dpop+jwt', jwk, ...header });
}

/** A proof for the resource. */
function proveUse(engine: TestEngine, key: ClientKey, token: string, { claims, ...others }: Proving = {}) {
  const ath = createHash('sha256').update(token).digest('base64url');
  return prove(engine, key, { claims: { htm: 'GET', htu: resource, ath, ...claims }, ...others });
}

async function approved(engine: TestEngine, client: string, parameters: Record<string, string> = validRequest) {
  const { ticket, authReqId } = await start(engine, client, parameters);
  await engine.authlete.backchannelAuthenticationComplete({ ticket, result: 'AUTHORIZED', subject: 'alice' });
  return authReqId;
}

function redeem(engine: TestEngine, client: string, authReqId: string, call: Partial<TokenRequest> = {}) {
  const parameters = new URLSearchParams({ grant_type: cibaGrantType, auth_req_id: authReqId }).toString();
  return engine.authlete.token({ ...credentials(client), parameters, htm: 'POST', htu: tokenEndpoint, ...call });
}

async function boundToken(engine: TestEngine, key: ClientKey, client = 'poll') {
  const response = await redeem(engine, client, await approved(engine, client), { dpop: await prove(engine, key) });
  expect(response.action).toBe('OK');
  return content(response) as { access_token: string; token_type: string };
}

describe('a DPoP proof at the token endpoint', () => {
  it.each(['ES256', 'PS256', 'RS256', 'EdDSA'])('binds the access token to its key, with %s', async (alg) => {
    const engine = await startDpop({ accessTokenFormat: 'jwt' });
    const key = await makeClientKey(alg);
    const { access_token, token_type } = await boundToken(engine, key);
    const jkt = await calculateJwkThumbprint(key.publicJwk);
    expect(token_type).toBe('DPoP');
    expect(decodeJwt(access_token).cnf).toEqual({ jkt });
    const standard = await engine.authlete.standardIntrospection({ parameters: `token=${access_token}` });
    expect(content(standard)).toMatchObject({ active: true, token_type: 'DPoP', cnf: { jkt } });
  });

  it('is not needed: without one the token is a bearer token', async () => {
    const engine = await startDpop();
    const response = await redeem(engine, 'poll', await approved(engine, 'poll'));
    expect(content(response).token_type).toBe('Bearer');
    expect(response).not.toHaveProperty('dpopNonce');
  });

  it('is needed by a client with dpop_bound_access_tokens, and its absence uses nothing up', async () => {
    const engine = await startDpop();
    const key = await makeClientKey('ES256');
    const authReqId = await approved(engine, 'bound');
    const refused = await redeem(engine, 'bound', authReqId);
    expect([refused.action, content(refused).error]).toEqual(['BAD_REQUEST', 'invalid_dpop_proof']);
    const response = await redeem(engine, 'bound', authReqId, { dpop: await prove(engine, key) });
    expect(content(response).token_type).toBe('DPoP');
  });

  it('is for POST and the token endpoint if the call does not say what it is for', async () => {
    const engine = await startDpop();
    const dpop = await prove(engine, await makeClientKey('ES256'));
    const call = { dpop, htm: undefined, htu: undefined } as unknown as Partial<TokenRequest>;
    expect(await redeem(engine, 'poll', await approved(engine, 'poll'), call)).toMatchObject({ action: 'OK' });
  });

  it.each([`${tokenEndpoint}?a=b#c`, 'HTTPS://AS.example.com:443/a/../%74oken'])(
    'may name the endpoint as %s',
    async (htu) => {
      const engine = await startDpop();
      const dpop = await prove(engine, await makeClientKey('ES256'), { claims: { htu } });
      expect(await redeem(engine, 'poll', await approved(engine, 'poll'), { dpop })).toMatchObject({ action: 'OK' });
    },
  );

  it.each<[string, Proving]>([
    ['no typ', { header: { typ: undefined } }],
    ['another typ', { header: { typ: 'JWT' } }],
    ['no key', { header: { jwk: undefined } }],
    ['a key that is not a JWK', { header: { jwk: 'key' } }],
    ['no jti', { claims: { jti: undefined } }],
    ['a jti that is not a string', { claims: { jti: 1 } }],
    ['no htm', { claims: { htm: undefined } }],
    ['another method', { claims: { htm: 'GET' } }],
    ['no htu', { claims: { htu: undefined } }],
    ['another URL', { claims: { htu: `${issuer}/tokens` } }],
    ['an htu that is no URL', { claims: { htu: '/token' } }],
    ['no iat', { claims: { iat: undefined } }],
    ['an iat that is not a number', { claims: { iat: '1800000000' } }],
    ['an iat of three minutes ago', { claims: { iat: 1_799_999_820 } }],
    ['an iat in two minutes', { claims: { iat: 1_800_000_120 } }],
    ['claims without end', { claims: { a: nested(40) } }],
  ])('is refused with %s', async (_, proving) => {
    const engine = await startDpop();
    const dpop = await prove(engine, await makeClientKey('ES256'), proving);
    const authReqId = await approved(engine, 'poll');
    const response = await redeem(engine, 'poll', authReqId, { dpop });
    expect([response.action, content(response).error]).toEqual(['BAD_REQUEST', 'invalid_dpop_proof']);
    expect(await redeem(engine, 'poll', authReqId)).toMatchObject({ action: 'OK' });
  });

  it('is refused with a private key, the key of somebody else, a shared one, or one that cannot be used', async () => {
    const engine = await startDpop();
    const key = await makeClientKey('ES256');
    const { publicJwk: other } = await makeClientKey('EdDSA');
    const authReqId = await approved(engine, 'poll');
    const secret = new TextEncoder().encode('a secret of at least thirty-two bytes');
    for (const dpop of [
      await prove(engine, key, { jwk: { ...key.publicJwk, d: 'AAAA' } }),
      await prove(engine, key, { jwk: other }),
      await prove(engine, key, { jwk: { ...key.publicJwk, x: 'AAAA' } }),
      await prove(engine, key, { jwk: { kty: 'RSA', n: 'AQ', e: 'AQAB' } }),
      await sign(
        { alg: 'HS256', privateKey: secret },
        { jti: '1', htm: 'POST', htu: tokenEndpoint, iat: 1_800_000_000 },
        {
          typ: 'dpop+jwt',
          jwk: { kty: 'oct', k: Buffer.from(secret).toString('base64url') },
        },
      ),
      unsigned({ jti: '2', htm: 'POST', htu: tokenEndpoint, iat: 1_800_000_000 }),
      `${await prove(engine, key)}, ${await prove(engine, key)}`,
      'x'.repeat(10_000),
    ]) {
      expect(content(await redeem(engine, 'poll', authReqId, { dpop })).error).toBe('invalid_dpop_proof');
    }
  });

  it('is taken once, and is forgotten when its time is over', async () => {
    const engine = await startDpop({ maxPending: 3, interval: 0 });
    const key = await makeClientKey('ES256');
    const { authReqId } = await start(engine, 'poll');
    const dpop = await prove(engine, key);
    const errors = [];
    for (let i = 0; i < 2; i += 1) errors.push(content(await redeem(engine, 'poll', authReqId, { dpop })).error);
    expect(errors).toEqual(['authorization_pending', 'invalid_dpop_proof']);
    for (let i = 0; i < 3; i += 1) {
      errors.push(content(await redeem(engine, 'poll', authReqId, { dpop: await prove(engine, key) })).error);
    }
    expect(errors.slice(2)).toEqual(['authorization_pending', 'authorization_pending', 'server_error']);
    engine.wait(121);
    const { authReqId: another } = await start(engine, 'poll');
    const fresh = await redeem(engine, 'poll', another, { dpop: await prove(engine, key) });
    expect(content(fresh).error).toBe('authorization_pending');
  });

  it('may come from another key at each refresh', async () => {
    const engine = await startDpop();
    const scope = { scope: 'openid offline_access', login_hint: 'alice' };
    const authReqId = await approved(engine, 'poll', scope);
    const first = await redeem(engine, 'poll', authReqId, { dpop: await prove(engine, await makeClientKey('ES256')) });
    const key = await makeClientKey('EdDSA');
    const parameters = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: content(first).refresh_token,
    }).toString();
    const refreshed = await redeem(engine, 'poll', '', { parameters, dpop: await prove(engine, key) });
    const { access_token: token, token_type } = content(refreshed);
    expect(token_type).toBe('DPoP');
    const dpop = await proveUse(engine, key, token);
    expect(await engine.authlete.introspection({ token, dpop, htm: 'GET', htu: resource })).toMatchObject({
      action: 'OK',
    });
  });

  it('binds the token in addition to the certificate, if the client has certificate-bound tokens', async () => {
    const engine = await startDpop();
    const key = await makeClientKey('ES256');
    const { cert: clientCertificate } = await makeCertificate();
    const call = { dpop: await prove(engine, key), clientCertificate };
    const { access_token: token } = content(await redeem(engine, 'both', await approved(engine, 'both'), call));
    const use = async () => ({ token, dpop: await proveUse(engine, key, token), htm: 'GET', htu: resource });
    expect(await engine.authlete.introspection(await use())).toMatchObject({ action: 'UNAUTHORIZED' });
    expect(await engine.authlete.introspection({ ...(await use()), clientCertificate })).toMatchObject({
      action: 'OK',
      certificateThumbprint: expect.any(String),
    });
  });
});

describe('nonces of DPoP', () => {
  it.each<[string, Partial<EmbeddedAuthleteOptions>, Partial<TokenRequest>]>([
    ['the option dpopNonce', { dpopNonce: true }, {}],
    ['dpopNonceRequired in a call', {}, { dpopNonceRequired: true }],
  ])('are asked for by %s', async (_, options, call) => {
    const engine = await startDpop(options);
    const key = await makeClientKey('ES256');
    const authReqId = await approved(engine, 'poll');
    const refused = await redeem(engine, 'poll', authReqId, { ...call, dpop: await prove(engine, key) });
    expect([refused.action, content(refused).error]).toEqual(['BAD_REQUEST', 'use_dpop_nonce']);
    const nonce = refused.dpopNonce as string;
    const response = await redeem(engine, 'poll', authReqId, {
      ...call,
      dpop: await prove(engine, key, { claims: { nonce } }),
    });
    expect(response).toMatchObject({ action: 'OK', dpopNonce: expect.any(String) });
  });

  it('change, and are accepted for a minute or two', async () => {
    const engine = await startDpop({ dpopNonce: true, interval: 0 });
    const key = await makeClientKey('ES256');
    const { authReqId } = await start(engine, 'poll');
    const poll = async (nonce: unknown) =>
      redeem(engine, 'poll', authReqId, { dpop: await prove(engine, key, { claims: { nonce } }) });
    const { dpopNonce: nonce } = await poll('made up');
    engine.wait(59);
    const late = await poll(nonce);
    expect(content(late).error).toBe('authorization_pending');
    engine.wait(59);
    const over = await poll(nonce);
    engine.wait(3);
    expect(content(await poll(nonce)).error).toBe('use_dpop_nonce');
    expect(over.dpopNonce).not.toBe(nonce);
  });

  it('are not those of another engine', async () => {
    const [engine, other] = [await startDpop({ dpopNonce: true }), await startDpop({ dpopNonce: true })];
    const { dpopNonce: nonce } = await redeem(other, 'poll', 'unknown');
    const dpop = await prove(engine, await makeClientKey('ES256'), { claims: { nonce } });
    expect(content(await redeem(engine, 'poll', await approved(engine, 'poll'), { dpop })).error).toBe(
      'use_dpop_nonce',
    );
  });
});

describe.each(['introspection', 'userinfo'] as const)('an access token that is bound to a key, at %s', (api) => {
  const place = { htm: 'GET', htu: resource };

  it('is good with a proof of its key, and with nothing else', async () => {
    const engine = await startDpop();
    const key = await makeClientKey('ES256');
    const { access_token: token } = await boundToken(engine, key);
    const use = (dpop?: string) => engine.authlete[api]({ token, dpop, ...place } as never);
    expect(await use(await proveUse(engine, key, token))).toMatchObject({
      action: 'OK',
      responseContent: 'DPoP error="invalid_request"',
    });
    for (const [dpop, error] of [
      [undefined, 'invalid_token'],
      [await proveUse(engine, await makeClientKey('EdDSA'), token), 'invalid_token'],
      [await proveUse(engine, key, 'another token'), 'invalid_dpop_proof'],
      [await prove(engine, key, { claims: place }), 'invalid_dpop_proof'],
      [await proveUse(engine, key, token, { claims: { htm: 'POST' } }), 'invalid_dpop_proof'],
      [await proveUse(engine, key, token, { claims: { htu: `${resource}/1` } }), 'invalid_dpop_proof'],
      ['garbage', 'invalid_dpop_proof'],
    ]) {
      const { action, responseContent } = await use(dpop);
      expect(action).toBe('UNAUTHORIZED');
      expect(responseContent).toMatch(
        new RegExp(`^DPoP error="${error}",error_description="[^"]+",algs="PS256 [^"]+"$`),
      );
    }
  });

  it('takes a proof once', async () => {
    const engine = await startDpop();
    const key = await makeClientKey('ES256');
    const { access_token: token } = await boundToken(engine, key);
    const dpop = await proveUse(engine, key, token);
    const use = () => engine.authlete[api]({ token, dpop, ...place });
    expect([(await use()).action, (await use()).action]).toEqual(['OK', 'UNAUTHORIZED']);
  });

  it('asks for a nonce', async () => {
    const engine = await startDpop();
    const key = await makeClientKey('ES256');
    const { access_token: token } = await boundToken(engine, key);
    const use = async (nonce?: unknown) =>
      engine.authlete[api]({
        token,
        dpop: await proveUse(engine, key, token, { claims: { nonce } }),
        ...place,
        dpopNonceRequired: true,
      });
    const refused = await use();
    expect(refused).toMatchObject({
      action: 'UNAUTHORIZED',
      responseContent: expect.stringMatching(/^DPoP error="use_dpop_nonce"/),
      dpopNonce: expect.any(String),
    });
    expect(await use(refused.dpopNonce)).toMatchObject({ action: 'OK', dpopNonce: expect.any(String) });
  });

  it('is not the same as a bearer token, which is refused with a proof', async () => {
    const engine = await startDpop();
    const { accessToken = '' } = await redeem(engine, 'poll', await approved(engine, 'poll'));
    const token = accessToken ?? '';
    const dpop = await proveUse(engine, await makeClientKey('ES256'), token);
    expect(await engine.authlete[api]({ token, dpop, ...place })).toMatchObject({ action: 'UNAUTHORIZED' });
    expect(await engine.authlete[api]({ token })).toMatchObject({ action: 'OK' });
  });

  it('cannot be judged if the server does not say what the proof is for', async () => {
    const engine = await startDpop();
    const key = await makeClientKey('ES256');
    const { access_token: token } = await boundToken(engine, key);
    const dpop = await proveUse(engine, key, token);
    expect(await engine.authlete[api]({ token, dpop })).toMatchObject({ action: 'INTERNAL_SERVER_ERROR' });
  });
});

describe('DPoP in the configuration of the engine and of clients', () => {
  it('announces how proofs may be signed', async () => {
    const { authlete } = await startDpop();
    expect(await authlete.configuration()).toMatchObject({
      dpop_signing_alg_values_supported: expect.arrayContaining(['ES256', 'PS256', 'EdDSA']),
    });
    expect(await authlete.getClient('bound')).toMatchObject({ dpopRequired: true });
    expect(await authlete.getClient('poll')).toMatchObject({ dpopRequired: false });
  });

  it('is refused for push clients, whose tokens cannot be bound to a key', async () => {
    const client = {
      client_id: 'push',
      client_secret: 'push secret',
      backchannel_token_delivery_mode: 'push' as const,
      backchannel_client_notification_endpoint: 'https://push.example.com/',
      dpop_bound_access_tokens: true,
    };
    await expect(startEngine({ clients: [client] })).rejects.toThrow(/dpop_bound_access_tokens/);
  });

  it('is refused with a wrong option', async () => {
    await expect(startEngine({ dpopNonce: 'yes' as never })).rejects.toThrow(/dpopNonce/);
  });

  it('leaves a request at the backchannel authentication endpoint alone', async () => {
    expect(await ask(await startDpop({ dpopNonce: true }), 'bound', validRequest)).toMatchObject({
      action: 'USER_IDENTIFICATION',
    });
  });
});
