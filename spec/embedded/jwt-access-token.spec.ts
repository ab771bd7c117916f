import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify } from 'jose';
import { makeCertificate, type TestCertificate } from '../support/certificates.js';
import {
  askTokens,
  cibaGrantType,
  content,
  credentials,
  issuer,
  start,
  startEngine,
  type TestEngine,
  validRequest,
} from './engine.js';

let certificate: TestCertificate;
let engine: TestEngine;

beforeAll(async () => {
  certificate = await makeCertificate();
});

beforeEach(async () => {
  const client = { backchannel_token_delivery_mode: 'poll' as const };
  engine = await startEngine({
    accessTokenFormat: 'jwt',
    clients: [
      {
        ...client,
        client_id: 'bound',
        client_secret: 'bound secret',
        tls_client_certificate_bound_access_tokens: true,
      },
      { ...client, client_id: 'free', client_secret: 'free secret' },
      {
        client_id: 'push',
        client_secret: 'push secret',
        backchannel_token_delivery_mode: 'push',
        backchannel_client_notification_endpoint: 'https://push.example.com/callback',
      },
    ],
  });
});

async function getTokens(
  client: string,
  parameters: Record<string, string> = {},
  decision: object = {},
  call: object = {},
) {
  const { ticket, authReqId } = await start(engine, client, { ...validRequest, ...parameters });
  await engine.authlete.backchannelAuthenticationComplete({
    ticket,
    result: 'AUTHORIZED',
    subject: 'alice',
    ...decision,
  });
  const form = new URLSearchParams({ grant_type: cibaGrantType, auth_req_id: authReqId }).toString();
  return engine.authlete.token({ ...credentials(client), parameters: form, ...call });
}

async function verified(jwt: string) {
  const keys = createLocalJWKSet((await engine.authlete.jwks()) as JSONWebKeySet);
  return jwtVerify(jwt, keys, { currentDate: new Date(engine.now()), typ: 'at+jwt', issuer });
}

describe('an access token that is a JWT', () => {
  it('has the form that RFC 9068 defines', async () => {
    const tokens = await getTokens(
      'free',
      { scope: 'openid email', authorization_details: '[{"type":"payment"}]' },
      { authTime: 1_700_000_000, acr: 'loa2', jwtAtClaims: '{"tenant":"a","iss":"no"}' },
      { jwtAtClaims: '{"more":1}' },
    );
    const { access_token: jwt, id_token: idToken } = content(tokens);
    expect(tokens).toMatchObject({ jwtAccessToken: jwt, accessToken: expect.stringMatching(/^[\w-]{43}$/) });
    const { payload, protectedHeader } = await verified(jwt);
    expect(protectedHeader).toEqual({ alg: 'ES256', kid: expect.any(String), typ: 'at+jwt' });
    expect(payload).toEqual({
      tenant: 'a',
      more: 1,
      iss: issuer,
      sub: 'alice',
      aud: issuer,
      client_id: 'free',
      iat: engine.now() / 1000,
      exp: engine.now() / 1000 + 3600,
      jti: expect.stringMatching(/^[\w-]{43}$/),
      scope: 'openid email',
      auth_time: 1_700_000_000,
      acr: 'loa2',
      authorization_details: [{ type: 'payment' }],
    });
    expect(payload.jti).not.toBe(tokens.accessToken);
    expect(jwt).not.toBe(idToken);
  });

  it('names the user as the ID token does', async () => {
    const { jwtAccessToken, subject } = await getTokens('free', {}, { sub: 'pairwise-1' });
    expect(decodeJwt(jwtAccessToken ?? '').sub).toBe('pairwise-1');
    expect(subject).toBe('alice');
  });

  it('is for the resources that were asked for', async () => {
    const { jwtAccessToken } = await getTokens('free', { resource: 'https://api.example.com' });
    expect((await verified(jwtAccessToken ?? '')).payload.aud).toBe('https://api.example.com');
  });

  it('is introspected, as is the value that the server knows it by', async () => {
    const { jwtAccessToken, accessToken } = await getTokens('free');
    for (const token of [jwtAccessToken, accessToken]) {
      expect(await engine.authlete.introspection({ token: token ?? '' })).toMatchObject({
        action: 'OK',
        subject: 'alice',
      });
    }
    const { jti = '' } = (await verified(jwtAccessToken ?? '')).payload;
    const changed = (jwtAccessToken ?? '').replace(/\.[^.]{4}([^.]+)$/, '.AAAA$1');
    for (const token of [jti, changed, 'x.y.z', 'x']) {
      expect(await engine.authlete.introspection({ token })).toMatchObject({ action: 'UNAUTHORIZED' });
    }
    engine.wait(3600);
    expect(await engine.authlete.introspection({ token: jwtAccessToken ?? '' })).toMatchObject({
      action: 'UNAUTHORIZED',
    });
  });

  it('does not pass as an ID token, nor an ID token as an access token', async () => {
    const { jwtAccessToken, idToken } = await getTokens('free', { resource: 'urn:free' });
    expect(await engine.authlete.introspection({ token: idToken ?? '' })).toMatchObject({ action: 'UNAUTHORIZED' });
    const parameters = new URLSearchParams({ scope: 'openid', id_token_hint: jwtAccessToken ?? '' }).toString();
    const asked = await engine.authlete.backchannelAuthentication({ ...credentials('free'), parameters });
    expect(content(asked)).toMatchObject({ error: 'unknown_user_id' });
  });

  it('has the certificate that it is bound to', async () => {
    const { cert: clientCertificate, thumbprint } = certificate;
    const { jwtAccessToken: token = '' } = await getTokens('bound', {}, {}, { clientCertificate });
    expect((await verified(token ?? '')).payload.cnf).toEqual({ 'x5t#S256': thumbprint });
    const introspect = (more: object) => engine.authlete.introspection({ token: token ?? '', ...more });
    expect(await introspect({ clientCertificate })).toMatchObject({ action: 'OK', certificateThumbprint: thumbprint });
    expect(await introspect({})).toMatchObject({ action: 'UNAUTHORIZED', certificateThumbprint: thumbprint });
  });

  it('is pushed', async () => {
    const { ticket } = await start(engine, 'push', { ...validRequest, client_notification_token: 'notify-me' });
    const decision = { ticket, result: 'AUTHORIZED', subject: 'alice' } as const;
    const completed = await engine.authlete.backchannelAuthenticationComplete(decision);
    expect(completed.jwtAccessToken).toBe(content(completed).access_token);
    expect((await verified(completed.jwtAccessToken ?? '')).payload.client_id).toBe('push');
  });
});

describe('a client whose tokens are bound', () => {
  it('has to show a certificate, even without FAPI', async () => {
    const { authReqId } = await start(engine, 'bound');
    const polled = await askTokens(engine, 'bound', { grant_type: cibaGrantType, auth_req_id: authReqId });
    expect(content(polled)).toMatchObject({ error: 'invalid_request' });
  });
});
