import { describe, expect, it } from '@jest/globals';
import type {
  ClientRegistrationResponse,
  DynamicRegistration,
  EmbeddedAuthlete,
  EmbeddedAuthleteOptions,
} from 'ciba-backchannel/embedded';
import { embeddedAuthlete } from 'ciba-backchannel/embedded';
import { exportJWK } from 'jose';
import { keyPair } from '../support/key-pairs.js';
import { cibaGrantType } from './engine.js';

const issuer = 'https://as.example.com';
const clients: EmbeddedAuthleteOptions['clients'] = [{ client_id: 'configured', client_secret: 'secret' }];
const metadata = { client_name: 'Teller', backchannel_token_delivery_mode: 'poll', response_types: [] };

function engine(registration: DynamicRegistration | undefined, more: Partial<EmbeddedAuthleteOptions> = {}) {
  return embeddedAuthlete({ issuer, clients, registration, ...more });
}

function body({ responseContent = '{}' }: ClientRegistrationResponse): Record<string, string> {
  return JSON.parse(responseContent);
}

async function registered(authlete: EmbeddedAuthlete, more: object = {}) {
  const response = await authlete.clientRegistration({ json: JSON.stringify({ ...metadata, ...more }) });
  expect(response.action).toBe('CREATED');
  const {
    client_id: clientId = '',
    client_secret: clientSecret = '',
    registration_access_token: token = '',
  } = body(response);
  return { clientId, clientSecret, token };
}

const asks = { parameters: 'scope=openid&login_hint=alice' };

async function tokenOf(authlete: EmbeddedAuthlete, credentials: { clientId: string; clientSecret: string }) {
  const { ticket = '' } = await authlete.backchannelAuthentication({ ...asks, ...credentials });
  const { authReqId } = await authlete.backchannelAuthenticationIssue({ ticket: ticket ?? '' });
  await authlete.backchannelAuthenticationComplete({ ticket: ticket ?? '', result: 'AUTHORIZED', subject: 'alice' });
  const parameters = new URLSearchParams({ grant_type: cibaGrantType, auth_req_id: authReqId ?? '' }).toString();
  return authlete.token({ parameters, ...credentials });
}

describe('dynamic client registration (RFC 7591)', () => {
  it('registers a client that can send requests and get tokens at once', async () => {
    const authlete = await engine({ open: true }, { clock: () => 1_800_000_000_000 });
    const response = await authlete.clientRegistration({ json: JSON.stringify(metadata) });
    expect(response).toMatchObject({ action: 'CREATED', resultCode: expect.stringMatching(/^E\d{3}0\d\d$/) });
    const content = body(response);
    expect(content).toEqual({
      ...metadata,
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: [cibaGrantType, 'refresh_token'],
      scope: 'openid offline_access profile email phone address',
      backchannel_user_code_parameter: false,
      tls_client_certificate_bound_access_tokens: false,
      dpop_bound_access_tokens: false,
      id_token_signed_response_alg: 'ES256',
      subject_type: 'public',
      client_id: expect.stringMatching(/^\d{14}$/),
      client_secret: expect.stringMatching(/^[\w-]{43}$/),
      client_id_issued_at: 1_800_000_000,
      client_secret_expires_at: 0,
      registration_access_token: expect.stringMatching(/^[\w-]{43}$/),
      registration_client_uri: `${issuer}/register/${content.client_id}`,
    });
    const { client_id: clientId = '', client_secret: clientSecret = '' } = content;
    expect(await tokenOf(authlete, { clientId, clientSecret })).toMatchObject({ action: 'OK', subject: 'alice' });
  });

  it('gives a client with keys no secret, and takes a single key with its certificate', async () => {
    const { publicKey } = await keyPair('PS256');
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'PS256' }] };
    const authlete = await engine({ open: true });
    const more = { token_endpoint_auth_method: 'private_key_jwt', jwks };
    const response = await authlete.clientRegistration({ json: JSON.stringify({ ...metadata, ...more }) });
    expect(body(response)).not.toHaveProperty('client_secret');
    expect(body(response)).not.toHaveProperty('client_secret_expires_at');
    expect(body(response)).toMatchObject(more);
  });

  it.each([
    ['no JSON', 'no'],
    ['no object', '[]'],
    ['nothing', null],
    ['nesting without end', '['.repeat(10_000)],
    ['an unknown method', JSON.stringify({ ...metadata, token_endpoint_auth_method: 'magic' })],
    ['a ping without an endpoint', JSON.stringify({ ...metadata, backchannel_token_delivery_mode: 'ping' })],
    ['a public client', JSON.stringify({ ...metadata, token_endpoint_auth_method: 'none' })],
    [
      'certificates where the engine trusts no authority',
      JSON.stringify({
        ...metadata,
        token_endpoint_auth_method: 'tls_client_auth',
        tls_client_auth_subject_dn: 'CN=x',
      }),
    ],
    [
      'a notification endpoint without TLS',
      JSON.stringify({
        ...metadata,
        backchannel_token_delivery_mode: 'ping',
        backchannel_client_notification_endpoint: 'http://ping.example.com/',
      }),
    ],
    ['polls without the CIBA grant', JSON.stringify({ ...metadata, grant_types: ['refresh_token'] })],
    [
      'the CIBA grant without a delivery mode',
      JSON.stringify({ ...metadata, backchannel_token_delivery_mode: null, grant_types: [cibaGrantType] }),
    ],
    ['a grant type that is not there', JSON.stringify({ ...metadata, grant_types: [cibaGrantType, 'implicit'] })],
    ['a response type', JSON.stringify({ ...metadata, response_types: ['code'] })],
    ['signed userinfo', JSON.stringify({ ...metadata, userinfo_signed_response_alg: 'PS256' })],
    ['encrypted requests', JSON.stringify({ ...metadata, request_object_encryption_alg: 'RSA-OAEP' })],
    ['a sector that nobody has looked at', JSON.stringify({ ...metadata, sector_identifier_uri: 'https://x.example' })],
    ['an unknown subject type', JSON.stringify({ ...metadata, subject_type: 'secret' })],
    ['ID tokens that cannot be signed so', JSON.stringify({ ...metadata, id_token_signed_response_alg: 'PS256' })],
    [
      'ID tokens that cannot be encrypted so',
      JSON.stringify({ ...metadata, jwks_uri: 'https://x.example', id_token_encrypted_response_alg: 'RSA1_5' }),
    ],
    [
      'encryption without a key',
      JSON.stringify({
        ...metadata,
        id_token_encrypted_response_alg: 'RSA-OAEP',
        id_token_encrypted_response_enc: 'A256GCM',
      }),
    ],
    ['a private key', JSON.stringify({ ...metadata, jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } })],
  ])('refuses %s', async (_, json) => {
    const response = await (await engine({ open: true })).clientRegistration({ json });
    expect(response.action).toBe('BAD_REQUEST');
    expect(body(response)).toEqual({ error: 'invalid_client_metadata', error_description: expect.any(String) });
  });

  it('chooses the secret itself, and leaves out what it does not understand', async () => {
    const authlete = await engine({ open: true });
    const sent = {
      ...metadata,
      client_id: 'mine',
      client_secret: 'mine',
      client_secret_expires_at: 5,
      redirect_uris: ['https://client.example.com/'],
      software_statement: 'a.b.c',
      attributes: [{ key: 'trusted', value: 'yes' }],
      scope: 'openid unknown',
      dpop_bound_access_tokens: true,
      subject_type: 'pairwise',
    };
    const content = body(await authlete.clientRegistration({ json: JSON.stringify(sent) }));
    expect(content).toMatchObject({ scope: 'openid', dpop_bound_access_tokens: true, subject_type: 'pairwise' });
    for (const name of ['redirect_uris', 'software_statement', 'attributes']) expect(content).not.toHaveProperty(name);
    expect(content.client_id).not.toBe('mine');
    expect(content.client_secret).not.toBe('mine');
    const described = await authlete.getClient(content.client_id ?? '');
    expect(described).toMatchObject({ dpopRequired: true, subjectType: 'PAIRWISE' });
    expect(described).not.toHaveProperty('attributes');
  });

  it('says that the tokens of all clients are bound under FAPI', async () => {
    const { publicKey } = await keyPair('PS256');
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'PS256' }] };
    const authlete = await engine({ open: true }, { fapi: true, clients: [] });
    const more = { token_endpoint_auth_method: 'private_key_jwt', jwks };
    const response = await authlete.clientRegistration({ json: JSON.stringify({ ...metadata, ...more }) });
    expect(body(response)).toMatchObject({ tls_client_certificate_bound_access_tokens: true });
  });

  it('treats null as absent', async () => {
    await registered(await engine({ open: true }), { jwks: null, scope: null });
  });

  it('is closed unless an option opens it', async () => {
    const authlete = await engine(undefined);
    expect((await authlete.clientRegistration({ json: JSON.stringify(metadata) })).action).toBe('BAD_REQUEST');
    expect(await authlete.configuration()).not.toHaveProperty('registration_endpoint');
    const open = await engine({ open: true });
    expect(await open.configuration()).toHaveProperty('registration_endpoint', `${issuer}/register`);
  });

  it('asks for the initial access token', async () => {
    const authlete = await engine({ initialAccessToken: 'secret' });
    const json = JSON.stringify(metadata);
    for (const token of [undefined, null, '', 'Secret']) {
      const response = await authlete.clientRegistration({ json, token });
      expect([response.action, body(response).error]).toEqual(['UNAUTHORIZED', 'invalid_token']);
    }
    expect((await authlete.clientRegistration({ json, token: 'secret' })).action).toBe('CREATED');
  });

  it('believes what the software statement asserts rather than the request', async () => {
    const authlete = await engine({
      softwareStatement: async (statement) => (statement === 'good' ? { client_name: 'The real bank' } : undefined),
    });
    const register = (more: object) => authlete.clientRegistration({ json: JSON.stringify({ ...metadata, ...more }) });
    expect(body(await register({})).error).toBe('invalid_software_statement');
    expect(body(await register({ software_statement: 'bad' })).error).toBe('unapproved_software_statement');
    expect(body(await register({ software_statement: 'good' })).client_name).toBe('The real bank');
  });

  it('registers no more clients than the maximum, until one is removed', async () => {
    const authlete = await engine({ open: true, maxClients: 1 });
    const { clientId, token } = await registered(authlete);
    const json = JSON.stringify(metadata);
    expect((await authlete.clientRegistration({ json })).action).toBe('INTERNAL_SERVER_ERROR');
    await authlete.clientRegistrationDelete({ clientId, token });
    await registered(authlete);
  });

  it.each<[string, object]>([
    ['no guard', {}],
    ['two guards', { open: true, initialAccessToken: 'secret' }],
    ['an empty token', { initialAccessToken: '' }],
    ['open: false', { open: false }],
    ['no function', { softwareStatement: 'good' }],
    ['a negative bound', { open: true, maxClients: -1 }],
    ['an unknown name', { open: true, maxClient: 1 }],
  ])('is not set up with %s', async (_, registration) => {
    await expect(engine(registration as DynamicRegistration)).rejects.toThrow(/registration/);
  });
});

describe('management of a registration (RFC 7592)', () => {
  it('reads it with the registration access token', async () => {
    const authlete = await engine({ open: true });
    const { clientId, clientSecret, token } = await registered(authlete);
    const response = await authlete.clientRegistrationGet({ clientId, token });
    expect(response.action).toBe('OK');
    expect(body(response)).toMatchObject({ client_id: clientId, client_secret: clientSecret, client_name: 'Teller' });
  });

  it('replaces it; transactions that wait stay those of the client', async () => {
    const authlete = await engine({ open: true });
    const { clientId, clientSecret, token } = await registered(authlete);
    const { ticket } = await authlete.backchannelAuthentication({ ...asks, clientId, clientSecret });
    const { authReqId } = await authlete.backchannelAuthenticationIssue({ ticket: ticket ?? '' });
    const json = JSON.stringify({ ...metadata, client_id: clientId, client_name: 'Renamed' });
    const response = await authlete.clientRegistrationUpdate({ clientId, token, json });
    expect(response.action).toBe('UPDATED');
    expect(body(response)).toMatchObject({ client_name: 'Renamed', client_secret: clientSecret });
    const parameters = new URLSearchParams({ grant_type: cibaGrantType, auth_req_id: authReqId ?? '' }).toString();
    const polled = await authlete.token({ parameters, clientId, clientSecret });
    expect(JSON.parse(polled.responseContent ?? '')).toMatchObject({ error: 'authorization_pending' });
  });

  it('forgets how requests were signed, and how the client authenticated, if an update leaves that out', async () => {
    const { publicKey } = await keyPair('ES256');
    const jwks = { keys: [await exportJWK(publicKey)] };
    const authlete = await engine({ open: true });
    const { clientId, token } = await registered(authlete, {
      token_endpoint_auth_method: 'private_key_jwt',
      backchannel_authentication_request_signing_alg: 'ES256',
      jwks,
    });
    const json = JSON.stringify({ ...metadata, client_id: clientId });
    const response = await authlete.clientRegistrationUpdate({ clientId, token, json });
    const content = body(response);
    expect(content).not.toHaveProperty('backchannel_authentication_request_signing_alg');
    expect(content.client_secret).toMatch(/^[\w-]{43}$/);
    const credentials = { clientId, clientSecret: content.client_secret ?? '' };
    const asked = await authlete.backchannelAuthentication({ ...credentials, parameters: 'request=a.b.c' });
    expect(asked.responseContent).toContain('registered no algorithm');
    expect(await authlete.backchannelAuthentication({ ...credentials, ...asks })).toMatchObject({
      action: 'USER_IDENTIFICATION',
    });
    expect(await authlete.getClient(clientId)).not.toHaveProperty('bcRequestSignAlg');
    const back = JSON.stringify({
      ...metadata,
      client_id: clientId,
      token_endpoint_auth_method: 'private_key_jwt',
      jwks,
    });
    const { responseContent } = await authlete.clientRegistrationUpdate({ clientId, token, json: back });
    expect(JSON.parse(responseContent ?? '')).not.toHaveProperty('client_secret');
  });

  it('changes nothing if a change is wrong', async () => {
    const authlete = await engine({ open: true });
    const { clientId, clientSecret, token } = await registered(authlete);
    for (const more of [
      { client_id: '1' },
      { client_id: clientId, client_secret: 'mine' },
      { client_id: clientId, jwks: 1 },
      { client_id: clientId, registration_access_token: token },
      { client_id: clientId, client_id_issued_at: 1 },
    ]) {
      const response = await authlete.clientRegistrationUpdate({
        clientId,
        token,
        json: JSON.stringify({ ...metadata, client_name: 'Renamed', ...more }),
      });
      expect([response.action, body(response).error]).toEqual(['BAD_REQUEST', 'invalid_client_metadata']);
    }
    expect(body(await authlete.clientRegistrationGet({ clientId, token })).client_name).toBe('Teller');
    expect(await tokenOf(authlete, { clientId, clientSecret })).toMatchObject({ action: 'OK' });
  });

  it('removes the client, and its tokens with it', async () => {
    const authlete = await engine({ open: true });
    const { clientId, clientSecret, token } = await registered(authlete);
    const { accessToken } = await tokenOf(authlete, { clientId, clientSecret });
    expect(await authlete.clientRegistrationDelete({ clientId, token })).toMatchObject({ action: 'DELETED' });
    expect((await authlete.introspection({ token: accessToken ?? '' })).action).toBe('UNAUTHORIZED');
    expect((await authlete.backchannelAuthentication({ ...asks, clientId, clientSecret })).action).toBe('UNAUTHORIZED');
    expect((await authlete.clientRegistrationGet({ clientId, token })).action).toBe('UNAUTHORIZED');
  });

  it('is refused with other tokens, and for clients that were configured', async () => {
    const authlete = await engine({ initialAccessToken: 'secret' });
    const response = await authlete.clientRegistration({ json: JSON.stringify(metadata), token: 'secret' });
    const { client_id: clientId = '' } = body(response);
    const apis = ['clientRegistrationGet', 'clientRegistrationUpdate', 'clientRegistrationDelete'] as const;
    for (const api of apis) {
      for (const [id, token] of [
        [clientId, 'secret'],
        [clientId, undefined],
        ['configured', 'secret'],
        ['0', 'x'],
      ]) {
        const json = JSON.stringify({ ...metadata, client_id: id });
        expect((await authlete[api]({ clientId: id, token, json })).action).toBe('UNAUTHORIZED');
      }
    }
  });
});
