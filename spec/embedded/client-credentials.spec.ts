import { beforeEach, describe, expect, it } from '@jest/globals';
import type { EmbeddedAuthlete } from 'ciba-backchannel/embedded';
import { embeddedAuthlete } from 'ciba-backchannel/embedded';
import { decodeJwt } from 'jose';

const client = { clientId: 'bank', clientSecret: 'secret' };
const scopes = ['openid', 'offline_access', 'accounts'];
const clients = [
  { client_id: 'bank', client_secret: 'secret', grant_types: ['client_credentials'] },
  { client_id: 'teller', client_secret: 'secret', backchannel_token_delivery_mode: 'poll' as const },
  { client_id: 'public', token_endpoint_auth_method: 'none', grant_types: ['client_credentials'] },
];

describe('the client credentials grant', () => {
  let authlete: EmbeddedAuthlete;

  beforeEach(async () => {
    authlete = await embeddedAuthlete({ issuer: 'https://as.example.com', clients, scopes });
  });

  it('gives an access token for the client itself: no user, no ID token, no refresh token', async () => {
    const parameters = 'grant_type=client_credentials&scope=openid+offline_access+accounts+unknown';
    const response = await authlete.token({ parameters, ...client });
    expect(response).toMatchObject({ action: 'OK', grantType: 'CLIENT_CREDENTIALS', scopes: ['accounts'] });
    for (const name of ['subject', 'idToken', 'refreshToken']) expect(response).not.toHaveProperty(name);
    const { access_token: token, ...rest } = JSON.parse(response.responseContent ?? '');
    expect(rest).toEqual({ token_type: 'Bearer', expires_in: 3600, scope: 'accounts' });
    const introspected = await authlete.introspection({ token, scopes: ['accounts'] });
    expect(introspected).toMatchObject({ action: 'OK', clientIdAlias: 'bank' });
    expect(introspected).not.toHaveProperty('subject');
  });

  it('puts the client into a JWT in place of the user', async () => {
    authlete = await embeddedAuthlete({ issuer: 'https://as.example.com', clients, scopes, accessTokenFormat: 'jwt' });
    const { jwtAccessToken } = await authlete.token({ parameters: 'grant_type=client_credentials', ...client });
    expect(decodeJwt(jwtAccessToken ?? '')).toMatchObject({ sub: 'bank', client_id: 'bank' });
  });

  it('is only for clients that registered it', async () => {
    const parameters = 'grant_type=client_credentials';
    const response = await authlete.token({ parameters, clientId: 'teller', clientSecret: 'secret' });
    expect(JSON.parse(response.responseContent ?? '').error).toBe('unauthorized_client');
  });

  it('may be for any resource', async () => {
    const parameters = 'grant_type=client_credentials&resource=https://api.example.com/&resource=https://b.example.com';
    const response = await authlete.token({ parameters, ...client });
    const resources = ['https://api.example.com/', 'https://b.example.com'];
    expect(response).toMatchObject({ action: 'OK', accessTokenResources: resources });
    const refused = await authlete.token({ parameters: `${parameters}%23fragment`, ...client });
    expect(JSON.parse(refused.responseContent ?? '').error).toBe('invalid_target');
  });

  it('may be for the resources of the service only', async () => {
    const resources = ['https://api.example.com/'];
    authlete = await embeddedAuthlete({ issuer: 'https://as.example.com', clients, scopes, resources });
    const ask = (resource: string) =>
      authlete.token({ parameters: `grant_type=client_credentials&resource=${resource}`, ...client });
    expect((await ask('https://api.example.com/')).action).toBe('OK');
    expect(JSON.parse((await ask('https://b.example.com/')).responseContent ?? '').error).toBe('invalid_target');
  });

  it('is not for public clients', async () => {
    const response = await authlete.token({ parameters: 'grant_type=client_credentials&client_id=public' });
    expect(response.action).not.toBe('OK');
  });
});
