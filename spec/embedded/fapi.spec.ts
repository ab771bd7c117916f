import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type EmbeddedAuthleteOptions, embeddedAuthlete } from 'ciba-backchannel/embedded';
import { decodeJwt, exportJWK, type JWK } from 'jose';
import { makeCertificate, type TestCertificate } from '../support/certificates.js';
import { keyPair } from '../support/key-pairs.js';
import {
  assertionClaims,
  assertionParameters,
  type Claims,
  type ClientKey,
  makeClientKey,
  requestClaims,
  sign,
  unsigned,
} from './client-jwt.js';
import { cibaGrantType, content, issuer, startEngine, type TestEngine } from './engine.js';

const now = 1_800_000_000;

let key: ClientKey;
let otherKey: ClientKey;
let rs256: ClientKey;
let certificate: TestCertificate;
let otherCertificate: TestCertificate;
let clients: EmbeddedAuthleteOptions['clients'];
let engine: TestEngine;

beforeAll(async () => {
  key = await makeClientKey('PS256', 'key');
  otherKey = await makeClientKey('ES256', 'other key');
  rs256 = await makeClientKey('RS256', 'rs256');
  certificate = await makeCertificate({ subject: 'CN=jwt' });
  otherCertificate = await makeCertificate({ subject: 'CN=other' });
  const common = {
    backchannel_token_delivery_mode: 'poll' as const,
    backchannel_authentication_request_signing_alg: 'PS256',
  };
  const jwks = { keys: [key.publicJwk, rs256.publicJwk] };
  clients = [
    { ...common, client_id: 'jwt', token_endpoint_auth_method: 'private_key_jwt', jwks },
    {
      ...common,
      client_id: 'other',
      token_endpoint_auth_method: 'private_key_jwt',
      backchannel_authentication_request_signing_alg: undefined,
      jwks: { keys: [otherKey.publicJwk] },
    },
    {
      ...common,
      client_id: 'mtls',
      token_endpoint_auth_method: 'self_signed_tls_client_auth',
      jwks: { keys: [key.publicJwk, certificate.publicJwk] },
    },
  ];
});

beforeEach(async () => {
  engine = await startEngine({ fapi: true, clients });
});

type Client = 'jwt' | 'other' | 'mtls';

const keyOf = (client: Client) => (client === 'other' ? otherKey : key);
const certificateOf = (client: Client) => (client === 'other' ? otherCertificate : certificate).cert;

async function credentials(client: Client, claims: Claims = {}): Promise<Record<string, string>> {
  if (client === 'mtls') return { client_id: client };
  const jwt = await sign(keyOf(client), assertionClaims(engine, client, claims), { kid: keyOf(client).publicJwk.kid });
  return assertionParameters(jwt);
}

const signed = (client: Client, claims: Claims = {}) =>
  sign(keyOf(client), requestClaims(engine, client, { binding_message: 'W4SCT', ...claims }), {
    kid: keyOf(client).publicJwk.kid,
  });

async function ask(client: Client, parameters: Record<string, string>, clientCertificate = certificateOf(client)) {
  const form = new URLSearchParams({ ...(await credentials(client)), ...parameters }).toString();
  return engine.authlete.backchannelAuthentication({ parameters: form, clientCertificate });
}

async function start(client: Client, claims: Claims = {}) {
  const { ticket } = await ask(client, { request: await signed(client, claims) });
  const { authReqId } = await engine.authlete.backchannelAuthenticationIssue({ ticket: ticket ?? '' });
  return { ticket: ticket ?? '', authReqId: authReqId ?? '' };
}

async function askTokens(client: Client, parameters: Record<string, string>, more: object = {}) {
  const form = new URLSearchParams({ ...(await credentials(client)), ...parameters }).toString();
  return engine.authlete.token({ parameters: form, clientCertificate: certificateOf(client), ...more });
}

const poll = (client: Client, auth_req_id: string, more: object = {}) =>
  askTokens(client, { grant_type: cibaGrantType, auth_req_id }, more);

const refresh = (client: Client, refresh_token: string, more: object = {}) =>
  askTokens(client, { grant_type: 'refresh_token', refresh_token }, more);

async function getTokens(client: Client, claims: Claims = {}) {
  const { ticket, authReqId } = await start(client, { scope: 'openid offline_access', ...claims });
  const decision = { result: 'AUTHORIZED', subject: 'alice', authTime: 1_700_000_000, acr: 'loa2' } as const;
  await engine.authlete.backchannelAuthenticationComplete({ ticket, ...decision });
  return poll(client, authReqId);
}

describe('under FAPI-CIBA', () => {
  it.each<Client>(['jwt', 'other', 'mtls'])(
    'the client %s gets tokens that are bound to its certificate',
    async (client) => {
      const tokens = await getTokens(client);
      expect(tokens).toMatchObject({ action: 'OK' });
      const { accessToken: token = '' } = tokens as { accessToken: string };
      const clientCertificate = certificateOf(client);
      expect(await engine.authlete.introspection({ token, clientCertificate })).toMatchObject({
        action: 'OK',
        certificateThumbprint: (client === 'other' ? otherCertificate : certificate).thumbprint,
      });
    },
  );

  it.each<[string, Claims]>([
    ['that lives an hour', { nbf: now, exp: now + 3600 }],
    ['whose nbf is an hour ago', { nbf: now - 3600, exp: now - 30 }],
    ['whose nbf is a minute ahead', { nbf: now + 60 }],
    ['with requested_expiry as a text', { requested_expiry: '30' }],
  ])('takes a signed request %s', async (_what, claims) => {
    expect(await ask('jwt', { request: await signed('jwt', claims) })).toMatchObject({ action: 'USER_IDENTIFICATION' });
  });

  it.each<[string, RegExp, () => Promise<Record<string, string>>]>([
    [
      'an unsigned request',
      /signs its requests/,
      async () => ({ scope: 'openid', login_hint: 'alice', binding_message: 'x' }),
    ],
    ['a request that lives 70 minutes', /hour/, async () => ({ request: await signed('jwt', { exp: now + 4200 }) })],
    ['an nbf 10 minutes ahead', /nbf/, async () => ({ request: await signed('jwt', { nbf: now + 600 }) })],
    ['an nbf 70 minutes ago', /hour/, async () => ({ request: await signed('jwt', { nbf: now - 4200 }) })],
    [
      'an nbf 70 minutes ago, and an hour of life',
      /expired/,
      async () => ({ request: await signed('jwt', { nbf: now - 4200, exp: now - 600 }) }),
    ],
    ['no binding message', /binding_message/, async () => ({ request: await signed('jwt', { binding_message: '' }) })],
    [
      'RS256',
      /algorithm/,
      async () => ({ request: await sign(rs256, requestClaims(engine, 'jwt'), { kid: 'rs256' }) }),
    ],
    ['no signature', /algorithm/, async () => ({ request: unsigned(requestClaims(engine, 'jwt')) })],
    ["another client's request", /algorithm/, async () => ({ request: await signed('other') })],
    ["another client's id in the request", /iss/, async () => ({ request: await signed('jwt', { iss: 'other' }) })],
  ])('refuses %s as an invalid request', async (_what, description, parameters) => {
    const response = await ask('jwt', await parameters());
    expect(response).toMatchObject({ action: 'BAD_REQUEST' });
    const error_description = expect.stringMatching(description);
    expect(content(response)).toEqual({ error: 'invalid_request', error_description });
  });

  it('does not accept RS256 in an assertion', async () => {
    const jwt = await sign(rs256, assertionClaims(engine, 'jwt'), { kid: 'rs256' });
    const form = new URLSearchParams(assertionParameters(jwt)).toString();
    for (const api of ['backchannelAuthentication', 'token'] as const) {
      const response = await engine.authlete[api]({ parameters: form });
      expect(content(response)).toMatchObject({ error: 'invalid_client' });
    }
  });

  it.each<Client>(['jwt', 'mtls'])("refuses another client's id with the credentials of %s", async (client) => {
    const parameters = { ...(await credentials(client)), client_id: 'other' };
    const clientCertificate = certificateOf(client);
    const response = await ask(client, { ...parameters, request: await signed(client) }, clientCertificate);
    expect(response).toMatchObject({ action: 'UNAUTHORIZED' });
    const { authReqId } = await start(client);
    const fresh = { ...(await credentials(client)), client_id: 'other' };
    const polled = await askTokens(client, { ...fresh, grant_type: cibaGrantType, auth_req_id: authReqId });
    expect(polled).toMatchObject({ action: 'INVALID_CLIENT' });
    expect(content(polled)).toMatchObject({ error: 'invalid_client' });
  });

  it("refuses another client's auth_req_id as an invalid grant", async () => {
    const { authReqId } = await start('jwt');
    expect(content(await poll('other', authReqId))).toMatchObject({ error: 'invalid_grant' });
  });

  it.each([
    ['without a certificate', undefined, /missing/],
    ['with a certificate that does not parse', 'x', /parse/],
  ])('refuses a token request %s, even while pending, and uses nothing up', async (_what, clientCertificate, why) => {
    const { ticket, authReqId } = await start('jwt', { scope: 'openid offline_access' });
    const expectInvalidRequest = async (response: ReturnType<typeof poll>) => {
      const error_description = expect.stringMatching(why);
      expect(content(await response)).toEqual({ error: 'invalid_request', error_description });
    };
    await expectInvalidRequest(poll('jwt', authReqId, { clientCertificate }));
    expect(content(await poll('jwt', authReqId))).toMatchObject({ error: 'authorization_pending' });
    await engine.authlete.backchannelAuthenticationComplete({ ticket, result: 'AUTHORIZED', subject: 'alice' });
    await expectInvalidRequest(poll('jwt', authReqId, { clientCertificate }));
    const tokens = await poll('jwt', authReqId);
    expect(tokens).toMatchObject({ action: 'OK' });
    await expectInvalidRequest(refresh('jwt', tokens.refreshToken ?? '', { clientCertificate }));
  });

  it('refuses a token request of an mTLS client without its certificate as an invalid client', async () => {
    const { authReqId } = await start('mtls');
    const response = await poll('mtls', authReqId, { clientCertificate: undefined });
    expect(content(response)).toMatchObject({ error: 'invalid_client' });
  });

  it('binds a refresh token to the client, and the new access token to the certificate of the refresh', async () => {
    const first = await getTokens('jwt');
    const refreshToken = first.refreshToken ?? '';
    expect(content(await refresh('other', refreshToken))).toMatchObject({ error: 'invalid_grant' });
    engine.wait(60);
    const second = await refresh('jwt', refreshToken, { clientCertificate: otherCertificate.cert });
    expect(second).toMatchObject({ action: 'OK' });
    const introspect = (clientCertificate: string) =>
      engine.authlete.introspection({ token: second.accessToken ?? '', clientCertificate });
    expect(await introspect(otherCertificate.cert)).toMatchObject({ action: 'OK' });
    expect(await introspect(certificate.cert)).toMatchObject({ action: 'UNAUTHORIZED' });
    const [before, after] = [first, second].map(({ idToken }) => decodeJwt(idToken ?? ''));
    const { iat, exp: _, at_hash: __, ...same } = after ?? {};
    expect(before).toMatchObject({ ...same, auth_time: 1_700_000_000, acr: 'loa2' });
    expect(iat).toBe(Number(before?.iat) + 60);
  });

  it.each<[string, string | undefined]>([
    ['no certificate', undefined],
    ['another certificate', 'other'],
    ['a certificate that does not parse', 'x'],
  ])('refuses a bound token with %s', async (_what, presented) => {
    const { accessToken } = await getTokens('jwt');
    const clientCertificate = presented === 'other' ? otherCertificate.cert : presented;
    const response = await engine.authlete.introspection({ token: accessToken ?? '', clientCertificate });
    expect(response).toMatchObject({
      action: 'UNAUTHORIZED',
      resultCode: expect.stringMatching(/^E\d{3}3\d\d$/),
      responseContent: expect.stringMatching(/^Bearer error="invalid_token"/),
    });
  });

  it('has the right metadata', async () => {
    const anchored = await startEngine({ fapi: true, clients, trustAnchors: certificate.cert });
    expect(await anchored.authlete.configuration()).toMatchObject({
      token_endpoint_auth_methods_supported: ['private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth'],
    });
    expect(await engine.authlete.configuration()).toMatchObject({
      issuer,
      authorization_endpoint: expect.stringMatching(/^https:/),
      token_endpoint_auth_methods_supported: ['private_key_jwt', 'self_signed_tls_client_auth'],
      token_endpoint_auth_signing_alg_values_supported: ['PS256', 'ES256'],
      id_token_signing_alg_values_supported: ['ES256'],
      backchannel_authentication_request_signing_alg_values_supported: ['PS256', 'ES256'],
      backchannel_token_delivery_modes_supported: ['poll', 'ping'],
      tls_client_certificate_bound_access_tokens: true,
    });
    expect(await engine.authlete.configuration()).not.toHaveProperty('mtls_endpoint_aliases');
  });
});

describe('a configuration that FAPI-CIBA does not allow', () => {
  const withClient = (more: object) => () => ({ clients: [{ ...clients[0], ...more }] });
  const privateJwk = async (alg: string): Promise<JWK> => {
    const { privateKey } = await keyPair(alg);
    return { ...(await exportJWK(privateKey)), alg };
  };
  const weakKey = async () => {
    const { publicKey } = await crypto.subtle.generateKey(
      { name: 'RSA-PSS', hash: 'SHA-256', modulusLength: 1024, publicExponent: new Uint8Array([1, 0, 1]) },
      true,
      ['sign', 'verify'],
    );
    return exportJWK(publicKey);
  };

  it.each<[string, () => object | Promise<object>]>([
    [
      'token_endpoint_auth_method',
      withClient({ token_endpoint_auth_method: 'client_secret_basic', client_secret: 'x' }),
    ],
    ['token_endpoint_auth_method', withClient({ token_endpoint_auth_method: undefined, client_secret: 'x' })],
    ['token_endpoint_auth_method', withClient({ token_endpoint_auth_method: 'client_secret_jwt', client_secret: 'x' })],
    ['token_endpoint_auth_method', withClient({ token_endpoint_auth_method: 'none' })],
    [
      'backchannel_token_delivery_mode',
      withClient({
        backchannel_token_delivery_mode: 'push',
        backchannel_client_notification_endpoint: 'https://push.example.com',
      }),
    ],
    ['token_endpoint_auth_signing_alg', withClient({ token_endpoint_auth_signing_alg: 'RS256' })],
    [
      'backchannel_authentication_request_signing_alg',
      withClient({ backchannel_authentication_request_signing_alg: 'RS256' }),
    ],
    ['jwks', async () => withClient({ jwks: { keys: [await weakKey()] } })()],
    [
      'jwks',
      withClient({
        token_endpoint_auth_method: 'tls_client_auth',
        tls_client_auth_subject_dn: 'CN=x',
        jwks: undefined,
      }),
    ],
  ])('names %s, and the client', async (member, options) => {
    const wrong = { issuer, fapi: true, ...(await options()) } as EmbeddedAuthleteOptions;
    await expect(embeddedAuthlete(wrong)).rejects.toMatchObject({
      name: 'TypeError',
      message: expect.stringMatching(new RegExp(`^clients\\[0\\]\\.${member}.*\\(client jwt\\)$`)),
    });
  });

  it.each<[string, () => object | Promise<object>]>([
    ['issuer', () => ({ issuer: 'http://as.example.com' })],
    ['token_endpoint', () => ({ endpoints: { token_endpoint: 'http://as.example.com/token' } })],
    ['jwks', async () => ({ jwks: { keys: [await privateJwk('RS256')] } })],
    ['jwks', async () => ({ jwks: { keys: [await privateJwk('ES384')] } })],
    ['fapi', () => ({ fapi: 'yes' })],
  ])('names %s', async (option, options) => {
    const wrong = { issuer, fapi: true, clients: [], ...(await options()) } as EmbeddedAuthleteOptions;
    await expect(embeddedAuthlete(wrong)).rejects.toMatchObject({
      name: 'TypeError',
      message: expect.stringContaining(option),
    });
  });
});
