import { describe, expect, it } from '@jest/globals';
import { issuer, startEngine } from './engine.js';

describe('the provider metadata', () => {
  it('describes the engine', async () => {
    const { authlete } = await startEngine({ acrs: ['loa2'], scopes: ['openid', 'email'] });
    expect(await authlete.configuration()).toMatchObject({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      backchannel_authentication_endpoint: `${issuer}/backchannel/authentication`,
      scopes_supported: ['openid', 'email'],
      acr_values_supported: ['loa2'],
      grant_types_supported: ['urn:openid:params:grant-type:ciba', 'refresh_token', 'client_credentials'],
      subject_types_supported: ['public', 'pairwise'],
      id_token_signing_alg_values_supported: ['ES256'],
      token_endpoint_auth_methods_supported: [
        'client_secret_basic',
        'client_secret_post',
        'client_secret_jwt',
        'private_key_jwt',
        'self_signed_tls_client_auth',
      ],
      token_endpoint_auth_signing_alg_values_supported: expect.arrayContaining(['PS256', 'ES256', 'HS256']),
      backchannel_authentication_request_signing_alg_values_supported: expect.not.arrayContaining(['HS256', 'none']),
      tls_client_certificate_bound_access_tokens: true,
      claims_supported: ['iss', 'sub', 'aud', 'exp', 'iat', 'auth_time', 'acr', 'email', 'email_verified'],
      backchannel_token_delivery_modes_supported: ['poll', 'ping', 'push'],
      backchannel_user_code_parameter_supported: true,
      authorization_details_types_supported: ['payment'],
    });
  });

  it('announces the delivery modes and user codes that are configured', async () => {
    const clients = [{ client_id: 'one', client_secret: 's', backchannel_token_delivery_mode: 'poll' as const }];
    const engine = await startEngine({ deliveryModes: ['poll'], userCode: false, clients });
    expect(await engine.authlete.configuration()).toMatchObject({
      backchannel_token_delivery_modes_supported: ['poll'],
      backchannel_user_code_parameter_supported: false,
    });
    const asked = (more: object) =>
      engine.authlete.backchannelAuthentication({
        clientId: 'one',
        clientSecret: 's',
        parameters: new URLSearchParams({ scope: 'openid', login_hint: 'alice', ...more }).toString(),
      });
    expect(await asked({})).toMatchObject({ action: 'USER_IDENTIFICATION' });
    const refused = await asked({ user_code: '1234' });
    expect(refused.action).toBe('BAD_REQUEST');
    expect(JSON.parse(String(refused.responseContent))).toMatchObject({ error: 'invalid_request' });
  });

  it.each<[string, Record<string, string>, object | undefined]>([
    ['are elsewhere', { token_endpoint: '/mtls/token' }, { token_endpoint: `${issuer}/mtls/token` }],
    ['are the same', { token_endpoint: `${issuer}/token` }, undefined],
  ])('names the endpoints for clients with a certificate when they %s', async (_where, aliases, expected) => {
    const { authlete } = await startEngine({ endpoints: { mtls_endpoint_aliases: aliases } });
    expect((await authlete.configuration()).mtls_endpoint_aliases).toEqual(expected);
  });

  it('has the default scopes', async () => {
    const { authlete } = await startEngine();
    const { scopes_supported: scopes } = await authlete.configuration();
    expect(scopes).toEqual(['openid', 'offline_access', 'profile', 'email', 'phone', 'address']);
  });

  it.each([
    ['https://as.example.com', undefined, 'https://as.example.com/token'],
    ['https://as.example.com/', undefined, 'https://as.example.com/token'],
    ['https://as.example.com/tenant', undefined, 'https://as.example.com/tenant/token'],
    ['https://as.example.com/tenant', '/oauth2/token', 'https://as.example.com/tenant/oauth2/token'],
    ['https://as.example.com', 'https://tokens.example.com/', 'https://tokens.example.com/'],
  ])('of %s with the token endpoint %s names %s', async (anIssuer, place, url) => {
    const { authlete } = await startEngine({ issuer: anIssuer, endpoints: { token_endpoint: place } });
    expect(await authlete.configuration()).toMatchObject({ issuer: anIssuer, token_endpoint: url });
  });

  it('leaves out what the engine is not configured for', async () => {
    const { authlete } = await startEngine({ clients: [] });
    const metadata = await authlete.configuration();
    expect(metadata).not.toHaveProperty('acr_values_supported');
    expect(metadata).not.toHaveProperty('authorization_details_types_supported');
  });

  it('has the scopes as Authlete describes them in its responses', async () => {
    const { authlete } = await startEngine({ scopes: [{ name: 'pay', description: 'Pay' }] });
    const parameters = 'scope=openid+pay+email&login_hint=alice';
    const response = await authlete.backchannelAuthentication({
      clientId: 'poll',
      clientSecret: 'poll secret',
      parameters,
    });
    expect(response.scopes).toEqual([
      { name: 'openid', defaultEntry: false },
      { name: 'pay', defaultEntry: false, description: 'Pay' },
    ]);
  });
});
