import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Claims, type ClientKey, makeClientKey, nested, requestClaims, sign, unsigned } from './client-jwt.js';
import { content, credentials, issuer, startEngine, type TestEngine, validRequest } from './engine.js';

let key: ClientKey;
let rsa: ClientKey;
let other: ClientKey;
let engine: TestEngine;

const now = 1_800_000_000;

beforeAll(async () => {
  key = await makeClientKey('ES256', 'signature');
  rsa = await makeClientKey('RS256', 'rsa');
  other = await makeClientKey('ES256', 'signature');
});

beforeEach(async () => {
  const jwks = { keys: [key.publicJwk, rsa.publicJwk] };
  const signs = { jwks, backchannel_authentication_request_signing_alg: 'ES256' };
  const client = (client_id: string, more: object = {}) => ({
    client_id,
    client_secret: `${client_id} secret`,
    backchannel_token_delivery_mode: 'poll' as const,
    ...more,
  });
  engine = await startEngine({
    acrs: ['loa2'],
    endpoints: {
      mtls_endpoint_aliases: { backchannel_authentication_endpoint: 'https://mtls.example.com/backchannel' },
    },
    clients: [
      client('signs', signs),
      client('code', { ...signs, backchannel_user_code_parameter: true }),
      client('ping', {
        ...signs,
        backchannel_token_delivery_mode: 'ping',
        backchannel_client_notification_endpoint: 'https://ping.example.com/callback',
      }),
      client('plain', { jwks }),
    ],
  });
});

const signed = (claims: Claims = {}, header: object = {}, client = 'signs') =>
  sign(key, requestClaims(engine, client, claims), { kid: 'signature', ...header });

function send(request: string, client = 'signs', more: Record<string, string> = {}) {
  const parameters = new URLSearchParams({ request, ...more }).toString();
  return engine.authlete.backchannelAuthentication({ ...credentials(client), parameters });
}

describe('a signed request', () => {
  it('is judged by the parameters in it', async () => {
    const details = [{ type: 'payment', amount: { currency: 'EUR', value: '1' } }];
    const request = await signed({
      scope: 'openid email unknown',
      acr_values: 'loa1 loa2',
      binding_message: 'W4SCT – ü',
      user_code: '1234',
      requested_expiry: 60,
      request_context: { location: { lat: 38.7 } },
      resource: ['urn:a', 'urn:b'],
      authorization_details: details,
      unknown: [7],
    });
    expect(await send(request)).toMatchObject({
      action: 'USER_IDENTIFICATION',
      scopes: [{ name: 'openid' }, { name: 'email' }],
      acrs: ['loa2'],
      hintType: 'LOGIN_HINT',
      hint: 'alice',
      bindingMessage: 'W4SCT – ü',
      userCode: '1234',
      requestedExpiry: 60,
      requestContext: '{"location":{"lat":38.7}}',
      resources: ['urn:a', 'urn:b'],
      authorizationDetails: {
        elements: [{ type: 'payment', otherFields: '{"amount":{"currency":"EUR","value":"1"}}' }],
      },
    });
  });

  it.each<[string, Claims, object]>([
    ['with requested_expiry as a text', { requested_expiry: '60' }, { requestedExpiry: 60 }],
    ['with one resource', { resource: 'urn:a' }, { resources: ['urn:a'] }],
    [
      'with authorization_details in a text',
      { authorization_details: '[{"type":"x"}]' },
      { authorizationDetails: { elements: [{ type: 'x' }] } },
    ],
    ['with request_context in a text', { request_context: '{"a": 1}' }, { requestContext: '{"a":1}' }],
    ['with an empty parameter, which counts as absent', { binding_message: '' }, { requestedExpiry: 0 }],
    ['for the endpoint', { aud: `${issuer}/backchannel/authentication` }, {}],
    ['for its alias', { aud: ['https://mtls.example.com/backchannel'] }, {}],
    ['with a login_hint_token', { login_hint: undefined, login_hint_token: 'x.y.z' }, { hintType: 'LOGIN_HINT_TOKEN' }],
    ['that lives for a day', { exp: now + 86_400 }, {}],
    ['from a clock that is a minute ahead', { iat: now + 60, nbf: now + 60 }, {}],
    ['that expired less than a minute ago', { exp: now - 59, nbf: now - 300 }, {}],
  ])('is accepted %s', async (_what, claims, expected) => {
    expect(await send(await signed(claims))).toMatchObject({ action: 'USER_IDENTIFICATION', ...expected });
  });

  it.each(['JWT', 'jwt', 'oauth-authz-req+jwt', 'OAuth-Authz-Req+JWT'])('is accepted with the typ %s', async (typ) => {
    expect(await send(await signed({}, { typ }))).toMatchObject({ action: 'USER_IDENTIFICATION' });
  });

  it('may have the client authentication and client_id beside it', async () => {
    const response = await send(await signed(), 'signs', { client_id: 'signs', whatever: 'x' });
    expect(response).toMatchObject({ action: 'USER_IDENTIFICATION' });
  });

  it.each<[string, string, Claims, string]>([
    ['without openid', 'signs', { scope: 'email' }, 'invalid_scope'],
    ['without the user code', 'code', {}, 'missing_user_code'],
    ['with a relative resource', 'signs', { resource: '/x' }, 'invalid_target'],
    ['with details of no type', 'signs', { authorization_details: [{}] }, 'invalid_authorization_details'],
    ['without the notification token of a ping', 'ping', {}, 'invalid_request'],
    ['without a hint', 'signs', { login_hint: undefined }, 'invalid_request'],
    ['with two hints', 'signs', { id_token_hint: 'x' }, 'invalid_request'],
  ])('has its parameters judged as those of a form: %s', async (_what, client, claims, error) => {
    expect(content(await send(await signed(claims, {}, client), client))).toMatchObject({ error });
  });
});

async function expectInvalidRequest(response: ReturnType<typeof send>, description: RegExp) {
  const refused = await response;
  expect(refused).toMatchObject({ action: 'BAD_REQUEST', resultCode: expect.stringMatching(/^E\d{3}3\d\d$/) });
  const error_description = expect.stringMatching(description);
  expect(content(refused)).toEqual({ error: 'invalid_request', error_description });
}

describe('a signed request is refused with invalid_request', () => {
  it.each<[string, RegExp, Claims]>([
    ...['aud', 'iss', 'exp', 'iat', 'nbf', 'jti'].map((name): [string, RegExp, Claims] => [
      `without ${name}`,
      new RegExp(`no ${name}`),
      { [name]: undefined },
    ]),
    ['for somebody else', /aud/, { aud: 'https://other.example.com' }],
    ['for the token endpoint', /aud/, { aud: `${issuer}/token` }],
    ['of another client', /iss/, { iss: 'plain' }],
    ['that expired a minute ago', /expired/, { exp: now - 60, nbf: now - 300 }],
    ['that lives for more than a day', /24 hours/, { exp: now + 86_400 + 61 }],
    ['that lives for ever', /24 hours/, { exp: 1e300 }],
    ['that is not valid yet', /nbf/, { nbf: now + 61 }],
    ['that is from the future', /iat/, { iat: now + 61 }],
    ['with times that are texts', /exp/, { exp: `${now + 60}` }],
    ['with an nbf that is a text', /nbf/, { nbf: 'now' }],
    ['with a jti that is not a string', /jti/, { jti: 1 }],
    ['with a scope that is not a string', /scope/, { scope: ['openid'] }],
    ['with a hint that is not a string', /login_hint/, { login_hint: { tel: '1' } }],
    ['with a binding message that is null', /binding_message/, { binding_message: null }],
    ['with an expiry of nought', /requested_expiry/, { requested_expiry: 0 }],
    ['with half a second', /requested_expiry/, { requested_expiry: 0.5 }],
    ['with an expiry that is not a number', /requested_expiry/, { requested_expiry: [60] }],
    ['with resources that are not strings', /resource/, { resource: [1] }],
    ['with details that are a number', /authorization_details/, { authorization_details: 1 }],
    ['with a context that is not an object', /request_context/, { request_context: 'x' }],
    ['with a context that is an array', /request_context/, { request_context: [] }],
    ['with claims nested too deep', /deep/, { request_context: nested(40) }],
    [
      'with a context in JSON nested too deep',
      /request_context/,
      { request_context: `{"a":${'['.repeat(8000)}${']'.repeat(8000)}}` },
    ],
    ['that is too long', /long/, { binding_message: 'x'.repeat(100_000) }],
    ['that holds another', /another request/, { request: 'x' }],
    ['that holds the address of another', /another request/, { request_uri: 'https://x.example.com' }],
  ])('%s', async (_what, description, claims) => {
    await expectInvalidRequest(send(await signed(claims)), description);
  });

  it.each<[string, RegExp, () => Promise<string> | string]>([
    ['with the typ of something else', /typ/, () => signed({}, { typ: 'at+jwt' })],
    ['with a typ that is not a string', /typ/, () => signed({}, { typ: 7 })],
    ['with another algorithm than the registered one', /algorithm/, () => sign(rsa, requestClaims(engine, 'signs'))],
    [
      'with a key of another client',
      /signature/,
      () => sign(other, requestClaims(engine, 'signs'), { kid: 'signature' }),
    ],
    ['with a key that is unknown', /does not have/, () => signed({}, { kid: 'x' })],
    [
      'with HMAC',
      /algorithm/,
      () =>
        sign(
          { alg: 'HS256', privateKey: Buffer.from('signs secret, or the public key') },
          requestClaims(engine, 'signs'),
        ),
    ],
    ['without a signature', /algorithm|not a signed/, () => unsigned(requestClaims(engine, 'signs'))],
    [
      'with a signature that is broken',
      /signature/,
      async () => (await signed()).replace(/\.[^.]{4}([^.]+)$/, '.AAAA$1'),
    ],
    ['that is encrypted', /not a signed/, () => 'a.b.c.d.e'],
    ['that is no JWT', /not a signed/, () => 'x'],
    ['whose claims are not an object', /not a signed/, () => sign(key, 'claims' as never)],
  ])('%s', async (_what, description, make) => {
    await expectInvalidRequest(send(await make()), description);
  });

  it.each([
    ['scope', 'openid'],
    ['login_hint', 'alice'],
    ['binding_message', 'x'],
    ['requested_expiry', '60'],
    ['request_context', '{}'],
    ['resource', 'urn:a'],
    ['authorization_details', '[]'],
    ['client_notification_token', 'x'],
    ['request_uri', 'https://x.example.com'],
  ])('with %s beside it', async (name, value) => {
    await expectInvalidRequest(send(await signed(), 'signs', { [name]: value }), new RegExp(`${name} beside`));
  });

  it('the second time it is sent', async () => {
    const request = await signed({ exp: now + 86_400 });
    expect(await send(request)).toMatchObject({ action: 'USER_IDENTIFICATION' });
    await expectInvalidRequest(send(request), /used before/);
    engine.wait(3600);
    await expectInvalidRequest(send(request), /used before/);
    engine.wait(86_400 - 3600 + 59);
    await expectInvalidRequest(send(request), /used before/);
    engine.wait(1);
    await expectInvalidRequest(send(request), /expired/);
  });

  it('if it is sent twice in one request', async () => {
    const request = await signed();
    const parameters = `request=${request}&request=${request}`;
    const response = engine.authlete.backchannelAuthentication({ ...credentials('signs'), parameters });
    await expectInvalidRequest(response, /repeated/);
  });

  it('if its client has registered no algorithm', async () => {
    await expectInvalidRequest(send(await signed({}, {}, 'plain'), 'plain'), /no algorithm/);
  });
});

describe('an unsigned request', () => {
  it('is refused from a client that registered how it signs', async () => {
    const parameters = new URLSearchParams(validRequest).toString();
    const response = engine.authlete.backchannelAuthentication({ ...credentials('signs'), parameters });
    await expectInvalidRequest(response, /signs its requests/);
  });

  it('has no request_context', async () => {
    const parameters = new URLSearchParams({ ...validRequest, request_context: '{}' }).toString();
    const response = await engine.authlete.backchannelAuthentication({ ...credentials('plain'), parameters });
    expect(response).toMatchObject({ action: 'USER_IDENTIFICATION' });
    expect(response).not.toHaveProperty('requestContext');
  });
});

it('a signed request is judged after its client has been authenticated', async () => {
  const wrong = { clientId: 'signs', clientSecret: 'wrong', parameters: 'request=x' };
  expect(await engine.authlete.backchannelAuthentication(wrong)).toMatchObject({ action: 'UNAUTHORIZED' });
});
