import { createPublicKey } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  assertionClaims,
  assertionParameters,
  type Claims,
  type ClientKey,
  makeClientKey,
  nested,
  sign,
  unsigned,
} from './client-jwt.js';
import { content, issuer, startEngine, type TestEngine } from './engine.js';

const algorithms = ['PS256', 'ES256', 'RS256', 'ES384', 'EdDSA'] as const;
const keys = {} as Record<(typeof algorithms)[number], ClientKey>;
let other: ClientKey;
const secret = 'a secret of client_secret_jwt, long enough';
const secretKey = (alg: string, value = secret) => ({ alg, privateKey: new TextEncoder().encode(value) });

let engine: TestEngine;

beforeAll(async () => {
  for (const alg of algorithms) keys[alg] = await makeClientKey(alg, alg);
  other = await makeClientKey('ES256', 'ES256');
});

beforeEach(async () => {
  const jwks = { keys: algorithms.map((alg) => keys[alg].publicJwk) };
  const withoutKid = { keys: [other, keys.ES256].map(({ publicJwk: { kid: _, ...jwk } }) => jwk) };
  const common = { backchannel_token_delivery_mode: 'poll', token_endpoint_auth_method: 'private_key_jwt' } as const;
  engine = await startEngine({
    endpoints: { mtls_endpoint_aliases: { token_endpoint: 'https://mtls.example.com/token' } },
    clients: [
      { ...common, client_id: 'any', jwks },
      { ...common, client_id: 'only-es256', jwks, token_endpoint_auth_signing_alg: 'ES256' },
      { ...common, client_id: 'no-kid', jwks: withoutKid },
      { ...common, client_id: '77', jwks },
      { ...common, client_id: 'shared', token_endpoint_auth_method: 'client_secret_jwt', client_secret: secret },
      { ...common, client_id: 'basic', token_endpoint_auth_method: 'client_secret_basic', client_secret: secret },
    ],
  });
});

const request = { scope: 'openid', login_hint: 'alice' };

function ask(parameters: Record<string, string>, more: object = {}) {
  const form = new URLSearchParams({ ...request, ...parameters }).toString();
  return engine.authlete.backchannelAuthentication({ parameters: form, ...more });
}

function askToken(parameters: Record<string, string>, more: object = {}) {
  const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'x', ...parameters }).toString();
  return engine.authlete.token({ parameters: form, ...more });
}

const assertion = (client: string, key: Pick<ClientKey, 'alg' | 'privateKey'>, claims: Claims = {}, header = {}) =>
  sign(key, assertionClaims(engine, client, claims), header);

describe('a client is authenticated by an assertion', () => {
  it.each(algorithms)('of private_key_jwt, signed with %s', async (alg) => {
    const response = await ask(assertionParameters(await assertion('any', keys[alg], {}, { kid: alg })));
    expect(response).toMatchObject({ action: 'USER_IDENTIFICATION', clientAuthMethod: 'PRIVATE_KEY_JWT' });
  });

  it.each(['HS256', 'HS384', 'HS512'])('of client_secret_jwt, signed with %s', async (alg) => {
    const response = await ask(assertionParameters(await assertion('shared', secretKey(alg))));
    expect(response).toMatchObject({ action: 'USER_IDENTIFICATION', clientAuthMethod: 'CLIENT_SECRET_JWT' });
  });

  it.each<[string, string, Claims]>([
    ['for the issuer', 'any', {}],
    ['for the token endpoint', 'any', { aud: `${issuer}/token` }],
    ['for the backchannel endpoint', 'any', { aud: `${issuer}/backchannel/authentication` }],
    ['for the alias of an endpoint', 'any', { aud: 'https://mtls.example.com/token' }],
    ['for several', 'any', { aud: ['https://other.example.com', issuer] }],
    ['of a client whose id is a number', '77', {}],
    ['without iat', 'any', { iat: undefined }],
    ['from a clock that is a minute ahead', 'any', { iat: 1_800_000_060, nbf: 1_800_000_060 }],
    ['that expired less than a minute ago', 'any', { exp: 1_800_000_000 - 59 }],
    ['that lives an hour', 'any', { exp: 1_800_000_000 + 3600 }],
    ['with claims that nobody knows', 'any', { more: nested(30) }],
  ])('%s', async (_what, client, claims) => {
    for (const send of [ask, askToken]) {
      const response = await send(assertionParameters(await assertion(client, keys.ES256, claims, { kid: 'ES256' })));
      expect(response).toHaveProperty('clientId');
    }
  });

  it('with a maximum lifetime, from iat and from now', async () => {
    const short = await startEngine({
      maxAssertionLifetime: 300,
      clients: [{ client_id: 'short', client_secret: secret, token_endpoint_auth_method: 'client_secret_jwt' }],
    });
    const send = async (claims: Claims) => {
      const jwt = await sign(secretKey('HS256'), assertionClaims(short, 'short', claims));
      const parameters = new URLSearchParams({ grant_type: 'x', ...assertionParameters(jwt) }).toString();
      return (await short.authlete.token({ parameters })).action;
    };
    const now = 1_800_000_000;
    expect(await send({ iat: now, exp: now + 300 })).toBe('BAD_REQUEST');
    expect(await send({ iat: undefined, exp: now + 300 })).toBe('BAD_REQUEST');
    expect(await send({ iat: now, exp: now + 301 })).toBe('INVALID_CLIENT');
    expect(await send({ iat: now - 10, exp: now + 291 })).toBe('INVALID_CLIENT');
    expect(await send({ iat: undefined, exp: now + 301 })).toBe('INVALID_CLIENT');
  });

  it.each([undefined, 'JWT', 'application/jwt', 'client-authentication+jwt'])('with the typ %s', async (typ) => {
    const jwt = await assertion('any', keys.ES256, {}, { kid: 'ES256', typ });
    expect(await ask(assertionParameters(jwt))).toMatchObject({ action: 'USER_IDENTIFICATION' });
  });

  it('without a kid, which is verified with whichever key fits', async () => {
    const response = await ask(assertionParameters(await assertion('no-kid', keys.ES256)));
    expect(response).toMatchObject({ action: 'USER_IDENTIFICATION' });
  });

  it('with client_id and a certificate on the connection beside it', async () => {
    const parameters = assertionParameters(await assertion('any', keys.PS256));
    const response = await ask({ ...parameters, client_id: 'any' }, { clientCertificate: 'not looked at' });
    expect(response).toMatchObject({ action: 'USER_IDENTIFICATION' });
  });
});

describe('an assertion is refused', () => {
  async function expectRefusal(parameters: Record<string, string>, description: RegExp, more: object = {}) {
    for (const [response, action] of [
      [await ask(parameters, more), 'UNAUTHORIZED'],
      [await askToken(parameters, more), 'INVALID_CLIENT'],
    ] as const) {
      expect(response).toMatchObject({ action, resultCode: expect.stringMatching(/^E\d{3}3\d\d$/) });
      expect(content(response)).toEqual({
        error: 'invalid_client',
        error_description: expect.stringMatching(description),
      });
    }
  }

  it.each<[string, RegExp, Claims]>([
    ['for somebody else', /aud/, { aud: 'https://other.example.com' }],
    ['for nobody', /no aud/, { aud: undefined }],
    ['for a part of the issuer', /aud/, { aud: `${issuer}/` }],
    ['without iss', /no iss/, { iss: undefined }],
    ['by another client', /iss/, { iss: 'only-es256' }],
    ['about another client', /key|sub/, { sub: 'only-es256' }],
    ['without exp', /no exp/, { exp: undefined }],
    ['with an exp that is not a number', /exp/, { exp: '1800000060' }],
    ['that expired a minute ago', /expired/, { exp: 1_800_000_000 - 60 }],
    ['that lives for more than an hour', /hour/, { exp: 1_800_000_000 + 3661 }],
    ['that lives for ever', /hour/, { exp: 1e300 }],
    ['from the future', /iat/, { iat: 1_800_000_061 }],
    ['that is not valid yet', /nbf/, { nbf: 1_800_000_061 }],
    ['without jti', /no jti/, { jti: undefined }],
    ['with a jti that is not a string', /jti/, { jti: 7 }],
    ['with claims that are nested too deep', /deep/, { more: nested(40) }],
    ['that is too long', /long/, { more: 'x'.repeat(100_000) }],
  ])('%s', async (_what, description, claims) => {
    const jwt = await assertion('any', keys.PS256, claims, { kid: 'PS256' });
    await expectRefusal({ ...assertionParameters(jwt), client_id: 'any' }, description);
    if (!('sub' in claims)) await expectRefusal(assertionParameters(jwt), description);
  });

  it('without sub', async () => {
    const parameters = assertionParameters(await assertion('any', keys.PS256, { sub: undefined }));
    await expectRefusal({ ...parameters, client_id: 'any' }, /no sub/);
    await expectRefusal(parameters, /does not name a client/);
  });

  it.each<[string, RegExp, string, () => Promise<string> | string]>([
    ['with an algorithm that is not registered', /algorithm/, 'only-es256', () => assertion('only-es256', keys.PS256)],
    ['with a key of another client', /signature/, 'any', () => assertion('any', other, {}, { kid: 'ES256' })],
    ['with a key that is unknown', /does not have/, 'any', () => assertion('any', keys.ES256, {}, { kid: 'x' })],
    ['with HMAC in place of a key', /algorithm/, 'any', () => assertion('any', secretKey('HS256'))],
    [
      'with HMAC, the public key as its secret',
      /algorithm/,
      'any',
      () => {
        const pem = createPublicKey({ key: keys.PS256.publicJwk as never, format: 'jwk' }).export({
          type: 'spki',
          format: 'pem',
        });
        return assertion('any', secretKey('HS256', String(pem)), {}, { kid: 'PS256' });
      },
    ],
    ...['at+jwt', 'dpop+jwt', 'oauth-authz-req+jwt', 'application/logout+jwt', 7].map(
      (typ): [string, RegExp, string, () => Promise<string>] => [
        `with the typ ${typ} of a JWT for another purpose`,
        /typ/,
        'any',
        () => assertion('any', keys.ES256, {}, { kid: 'ES256', typ }),
      ],
    ),
    ['with another secret', /signature/, 'shared', () => assertion('shared', secretKey('HS256', `${secret}!`))],
    ['with a key in place of a secret', /algorithm/, 'shared', () => assertion('shared', keys.ES256)],
    ['without a signature', /algorithm|not a signed/, 'any', () => unsigned(assertionClaims(engine, 'any'))],
    ['that is no JWT', /not a signed/, 'any', () => 'x.y.z'],
    ['that is encrypted', /not a signed/, 'any', () => 'a.b.c.d.e'],
    ['whose claims are an array', /not a signed/, 'any', () => sign(keys.ES256, [] as never)],
    [
      'with a header that must be understood',
      /not a signed/,
      'any',
      () => `${Buffer.from('{"alg":"ES256","crit":["x"],"x":1}').toString('base64url')}.e30.AA`,
    ],
    [
      'that was changed',
      /signature/,
      'any',
      async () => {
        const [header, , signature] = (await assertion('any', keys.ES256, {}, { kid: 'ES256' })).split('.');
        const claims = Buffer.from(JSON.stringify(assertionClaims(engine, 'any'))).toString('base64url');
        return `${header}.${claims}.${signature}`;
      },
    ],
  ])('%s', async (_what, description, client, make) => {
    await expectRefusal({ ...assertionParameters(await make()), client_id: client }, description);
  });

  it('the second time, at either endpoint, until it has expired', async () => {
    const parameters = assertionParameters(await assertion('any', keys.ES256, {}, { kid: 'ES256' }));
    expect(await ask(parameters)).toMatchObject({ action: 'USER_IDENTIFICATION' });
    await expectRefusal(parameters, /used before/);
    engine.wait(119);
    await expectRefusal(parameters, /used before/);
    engine.wait(1);
    await expectRefusal(parameters, /expired/);
  });

  it('if an equal one comes at the same time', async () => {
    const parameters = assertionParameters(await assertion('any', keys.ES256, {}, { kid: 'ES256' }));
    const both = await Promise.all([ask(parameters), ask(parameters)]);
    expect(both.map(({ action }) => action).sort()).toEqual(['UNAUTHORIZED', 'USER_IDENTIFICATION']);
  });

  it('but not because another client has used the same jti', async () => {
    for (const client of ['any', '77']) {
      const jwt = await assertion(client, keys.ES256, { jti: 'same' }, { kid: 'ES256' });
      expect(await ask(assertionParameters(jwt))).toMatchObject({ action: 'USER_IDENTIFICATION' });
    }
  });

  it.each<[string, RegExp, () => Promise<Record<string, string>>]>([
    ['without its type', /type/, async () => ({ client_assertion: await assertion('any', keys.PS256) })],
    [
      'of another type',
      /type/,
      async () => ({
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer',
        client_assertion: await assertion('any', keys.PS256),
      }),
    ],
    ['that is missing', /missing/, async () => ({ ...assertionParameters(''), client_id: 'any' })],
    ['when there is nothing at all', /no client authentication/, async () => ({ client_id: 'any' })],
    [
      'beside another client_id',
      /iss/,
      async () => ({
        ...assertionParameters(await assertion('any', keys.ES256, {}, { kid: 'ES256' })),
        client_id: 'only-es256',
      }),
    ],
    [
      'of a client with another method',
      /method/,
      async () => assertionParameters(await assertion('basic', secretKey('HS256'))),
    ],
    ['of a client that is unknown', /unknown/, async () => assertionParameters(await assertion('x', keys.PS256))],
    ['when the client shows a secret instead', /method/, async () => ({ client_id: 'shared', client_secret: secret })],
  ])('%s', async (_what, description, make) => {
    await expectRefusal(await make(), description);
  });

  it('with invalid_request beside another method', async () => {
    const parameters = assertionParameters(await assertion('any', keys.PS256));
    for (const response of [
      await ask(parameters, { clientId: 'any', clientSecret: 'x' }),
      await askToken({ ...parameters, client_secret: 'x' }),
    ]) {
      expect(response.action).toBe('BAD_REQUEST');
      expect(content(response)).toMatchObject({ error: 'invalid_request' });
    }
  });

  it('with server_error if there is no room to remember it', async () => {
    engine = await startEngine({
      maxPending: 1,
      clients: [
        { client_id: 'any', token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [keys.ES256.publicJwk] } },
      ],
    });
    const send = async () => askToken(assertionParameters(await assertion('any', keys.ES256)));
    expect(await send()).toMatchObject({ action: 'BAD_REQUEST' });
    expect(await send()).toMatchObject({ action: 'INTERNAL_SERVER_ERROR' });
    engine.wait(120);
    expect(await send()).toMatchObject({ action: 'BAD_REQUEST' });
  });
});
