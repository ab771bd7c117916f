import { beforeAll, describe, expect, it } from '@jest/globals';
import { ask, content, getTokens, startEngine, type TestEngine, validNotifiedRequest, validRequest } from './engine.js';

let engine: TestEngine;

beforeAll(async () => {
  engine = await startEngine({ acrs: ['loa2', 'loa3'] });
});

describe('a valid request', () => {
  it('gets exactly what Authlete answers, and nothing without a value', async () => {
    expect(await ask(engine, 'poll', validRequest)).toEqual({
      resultCode: expect.stringMatching(/^E\d{3}0\d\d$/),
      resultMessage: expect.stringMatching(/^\[E\d{6}\] /),
      action: 'USER_IDENTIFICATION',
      ticket: expect.stringMatching(/^[\w-]{43}$/),
      clientId: expect.stringMatching(/^[1-9]\d{0,18}$/),
      clientIdAlias: 'poll',
      clientIdAliasUsed: true,
      clientName: 'Polls',
      clientAuthMethod: 'CLIENT_SECRET_BASIC',
      deliveryMode: 'POLL',
      scopes: [{ name: 'openid', defaultEntry: false }],
      hintType: 'LOGIN_HINT',
      hint: 'alice',
      requestedExpiry: 0,
      userCodeRequired: false,
    });
  });

  it.each<[string, string, Record<string, string>, object]>([
    ['a binding message', 'poll', { binding_message: 'W4SCT – ü' }, { bindingMessage: 'W4SCT – ü' }],
    ['a user code', 'poll', { user_code: '1234' }, { userCode: '1234', userCodeRequired: false }],
    ['a required user code', 'code', { user_code: '1234' }, { userCode: '1234', userCodeRequired: true }],
    ['a requested expiry', 'poll', { requested_expiry: '30' }, { requestedExpiry: 30 }],
    ['a huge requested expiry', 'poll', { requested_expiry: '9'.repeat(40) }, { requestedExpiry: 2 ** 31 - 1 }],
    ['supported and other ACRs', 'poll', { acr_values: 'loa3 x loa2' }, { acrs: ['loa3', 'loa2'] }],
    ['a login_hint_token', 'poll', { login_hint: '', login_hint_token: 'x.y' }, { hintType: 'LOGIN_HINT_TOKEN' }],
    ['a notification token', 'ping', { client_notification_token: 'a-b.c_d~e+f/g==' }, { deliveryMode: 'PING' }],
    [
      'a push client',
      'push',
      { client_notification_token: 't' },
      { deliveryMode: 'PUSH', clientNotificationToken: 't' },
    ],
    ['one resource', 'poll', { resource: 'https://rs.example.com' }, { resources: ['https://rs.example.com'] }],
    ['unknown parameters', 'poll', { foo: 'bar' }, {}],
    ['parameters without a value', 'poll', { user_code: '', id_token_hint: '' }, {}],
    [
      'claims asked for through scopes',
      'poll',
      { scope: 'email openid phone' },
      { claimNames: ['email', 'email_verified', 'phone_number', 'phone_number_verified'] },
    ],
  ])('may have %s', async (_what, client, parameters, expected) => {
    const response = await ask(engine, client, { ...validRequest, ...parameters });
    expect(response).toMatchObject({ action: 'USER_IDENTIFICATION', ...expected });
  });

  it('loses the scopes that the service or the client does not have', async () => {
    const scope = 'profile openid unheard-of email offline_access openid';
    const names = async (client: string) =>
      (await ask(engine, client, { ...validRequest, scope })).scopes?.map((s) => s.name);
    expect(await names('poll')).toEqual(['profile', 'openid', 'email', 'offline_access']);
    // Without the refresh grant, offline access means nothing.
    expect(await names('narrow')).toEqual(['openid', 'email']);
  });

  it('has no ACRs if none is supported', async () => {
    expect(await ask(engine, 'poll', { ...validRequest, acr_values: 'x' })).not.toHaveProperty('acrs');
  });

  it('loses the notification token of a polling client, whatever it is', async () => {
    const response = await ask(engine, 'poll', { ...validRequest, client_notification_token: 'not a token' });
    expect(response.action).toBe('USER_IDENTIFICATION');
    expect(response).not.toHaveProperty('clientNotificationToken');
  });

  it('may repeat resource', async () => {
    const parameters = 'scope=openid&login_hint=a&resource=urn:a&resource=urn:b&resource=urn:a';
    expect((await ask(engine, 'poll', parameters)).resources).toEqual(['urn:a', 'urn:b']);
  });

  it('hands authorization_details on, with everything specific to a type in otherFields', async () => {
    const details = [
      {
        type: 'payment',
        locations: ['https://rs.example.com'],
        actions: ['initiate'],
        datatypes: ['a'],
        identifier: 'i',
        privileges: ['p'],
        instructedAmount: { currency: 'EUR', amount: '123.50' },
      },
      { type: 'account' },
    ];
    const response = await ask(engine, 'poll', { ...validRequest, authorization_details: JSON.stringify(details) });
    expect(response.authorizationDetails).toEqual({
      elements: [
        {
          type: 'payment',
          locations: ['https://rs.example.com'],
          actions: ['initiate'],
          dataTypes: ['a'],
          identifier: 'i',
          privileges: ['p'],
          otherFields: '{"instructedAmount":{"currency":"EUR","amount":"123.50"}}',
        },
        { type: 'account' },
      ],
    });
  });

  it('may carry an ID token of the same client as the hint, even an expired one', async () => {
    const { idToken } = await getTokens(engine, 'poll');
    engine.wait(100_000);
    const response = await ask(engine, 'poll', { scope: 'openid', id_token_hint: idToken ?? '' });
    expect(response).toMatchObject({ hintType: 'ID_TOKEN_HINT', hint: idToken, sub: 'alice' });
  });
});

describe('a request is refused', () => {
  const deep = `[{"type":"payment","a":${'['.repeat(20_000)}${']'.repeat(20_000)}}]`;

  it.each<[string, string, string | Record<string, string>, string]>([
    ['without a hint', 'poll', { scope: 'openid' }, 'invalid_request'],
    ['with two hints', 'poll', { ...validRequest, login_hint_token: 'x' }, 'invalid_request'],
    ['without scope', 'poll', { login_hint: 'alice' }, 'invalid_request'],
    ['without openid', 'poll', { ...validRequest, scope: 'email' }, 'invalid_scope'],
    ['with a repeated parameter', 'poll', 'scope=openid&login_hint=a&login_hint=a', 'invalid_request'],
    ['with a percent sequence that does not decode', 'poll', 'scope=openid&login_hint=%zz', 'invalid_request'],
    ['with bytes that are not UTF-8', 'poll', 'scope=openid&login_hint=%ff', 'invalid_request'],
    ['with request_uri', 'poll', { ...validRequest, request_uri: 'https://x' }, 'invalid_request'],
    ['with an expiry of zero', 'poll', { ...validRequest, requested_expiry: '0' }, 'invalid_request'],
    ['with a negative expiry', 'poll', { ...validRequest, requested_expiry: '-1' }, 'invalid_request'],
    ['with half a second of expiry', 'poll', { ...validRequest, requested_expiry: '0.5' }, 'invalid_request'],
    ['without the user code that is required', 'code', validRequest, 'missing_user_code'],
    ['without the notification token of a ping', 'ping', validRequest, 'invalid_request'],
    ['without the notification token of a push', 'push', validRequest, 'invalid_request'],
    [
      'with a malformed notification token',
      'ping',
      { ...validRequest, client_notification_token: 'a b' },
      'invalid_request',
    ],
    [
      'with too long a notification token',
      'push',
      { ...validRequest, client_notification_token: 'x'.repeat(1025) },
      'invalid_request',
    ],
    ['with a relative resource', 'poll', { ...validRequest, resource: '/x' }, 'invalid_target'],
    [
      'with a fragment in resource',
      'poll',
      { ...validRequest, resource: 'https://x.example.com/#y' },
      'invalid_target',
    ],
    [
      'with details that are no JSON',
      'poll',
      { ...validRequest, authorization_details: '[' },
      'invalid_authorization_details',
    ],
    [
      'with details that are not an array',
      'poll',
      { ...validRequest, authorization_details: '{}' },
      'invalid_authorization_details',
    ],
    [
      'with details without a type',
      'poll',
      { ...validRequest, authorization_details: '[{}]' },
      'invalid_authorization_details',
    ],
    [
      'with details that are not objects',
      'poll',
      { ...validRequest, authorization_details: '[1]' },
      'invalid_authorization_details',
    ],
    [
      'with wrong actions in details',
      'poll',
      { ...validRequest, authorization_details: '[{"type":"x","actions":"y"}]' },
      'invalid_authorization_details',
    ],
    [
      'with a type of details that the client may not use',
      'narrow',
      { ...validRequest, authorization_details: '[{"type":"account"}]' },
      'invalid_authorization_details',
    ],
    [
      'with details nested without end',
      'poll',
      { ...validRequest, authorization_details: deep },
      'invalid_authorization_details',
    ],
    [
      'with an ID token hint that is not an ID token',
      'poll',
      { scope: 'openid', id_token_hint: 'x.y.z' },
      'unknown_user_id',
    ],
    ['of a client without CIBA', 'no-ciba', validRequest, 'unauthorized_client'],
  ])('%s', async (_what, client, parameters, error) => {
    const response = await ask(engine, client, parameters);
    expect(response).toEqual({
      resultCode: expect.stringMatching(/^E\d{3}3\d\d$/),
      resultMessage: expect.any(String),
      action: 'BAD_REQUEST',
      responseContent: expect.any(String),
      clientId: expect.any(String),
      clientIdAlias: client,
      clientIdAliasUsed: true,
      ...(client === 'poll' && { clientName: 'Polls' }),
    });
    expect(content(response)).toEqual({
      error,
      error_description: expect.stringMatching(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/),
    });
  });

  it("with another client's ID token as the hint", async () => {
    const { idToken } = await getTokens(engine, 'poll');
    const parameters = { ...validNotifiedRequest, login_hint: '', id_token_hint: idToken ?? '' };
    expect(content(await ask(engine, 'ping', parameters))).toMatchObject({ error: 'unknown_user_id' });
  });

  it('only after its client has been authenticated', async () => {
    const response = await engine.authlete.backchannelAuthentication({
      clientId: 'poll',
      clientSecret: 'wrong',
      parameters: 'scope=%zz&scope=x',
    });
    expect(response.action).toBe('UNAUTHORIZED');
  });

  it('as a mistake of the server if the call has no parameters', async () => {
    const response = await engine.authlete.backchannelAuthentication({} as { parameters: string });
    expect(response).toMatchObject({
      action: 'INTERNAL_SERVER_ERROR',
      resultCode: expect.stringMatching(/^E\d{3}2\d\d$/),
    });
    expect(content(response)).toMatchObject({ error: 'server_error' });
  });
});

it('a call ends when its signal aborts', async () => {
  const call = engine.authlete.backchannelAuthentication({ parameters: '' }, { signal: AbortSignal.abort('gone') });
  await expect(call).rejects.toBe('gone');
});
