import { describe, expect, it } from '@jest/globals';
import { type EmbeddedAuthleteOptions, embeddedAuthlete } from 'ciba-backchannel/embedded';
import { issuer } from './engine.js';

const client = { client_id: 'a', client_secret: 's', backchannel_token_delivery_mode: 'poll' };
const withClient = (more: object) => ({ clients: [{ ...client, ...more }] });

describe('embeddedAuthlete', () => {
  it.each<[string, object]>([
    ['issuer', { issuer: undefined }],
    ['issuer', { issuer: 'as.example.com' }],
    ['issuer', { issuer: 'https://as.example.com/?a=b' }],
    ['endpoints', { endpoints: 'x' }],
    ['endpoints.token_endpoint', { endpoints: { token_endpoint: 'token' } }],
    ['no option `intervall`: did you mean `interval`?', { intervall: 10 }],
    ['endpoints has no option `token`', { endpoints: { token: '/token' } }],
    [
      'endpoints has no option `tokenEndpoint`: did you mean `token_endpoint`?',
      { endpoints: { tokenEndpoint: '/token' } },
    ],
    ['endpoints.mtls_endpoint_aliases', { endpoints: { mtls_endpoint_aliases: 'x' } }],
    ['mtls_endpoint_aliases has no option `jwks_uri`', { endpoints: { mtls_endpoint_aliases: { jwks_uri: '/jwks' } } }],
    ['mtls_endpoint_aliases.token_endpoint', { endpoints: { mtls_endpoint_aliases: { token_endpoint: 'token' } } }],
    ['fapi', { fapi: 'yes' }],
    ['trustAnchors', { trustAnchors: 'CN=root' }],
    ['trustAnchors', { trustAnchors: [] }],
    ['trustAnchors', { trustAnchors: ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'] }],
    ['trustAnchors', { trustAnchors: [Buffer.alloc(9)] }],
    ['allowJwksUri', { allowJwksUri: true }],
    ['accessTokenFormat', { accessTokenFormat: 'JWT' }],
    ['scopes', { scopes: 'openid' }],
    ['scopes', { scopes: ['open id'] }],
    ['scopes', { scopes: [{}] }],
    ['resources', { resources: 'https://api.example.com' }],
    ['resources', { resources: ['/accounts'] }],
    ['resources', { resources: ['https://api.example.com/#a'] }],
    ['maxAssertionLifetime', { maxAssertionLifetime: 0 }],
    ['acrs', { acrs: 'loa2' }],
    ['acrs', { acrs: [''] }],
    ['expiresIn', { expiresIn: 0 }],
    ['expiresIn', { expiresIn: 1.5 }],
    ['expiresIn', { expiresIn: '120' }],
    ['interval', { interval: -1 }],
    ['deliveryModes', { deliveryModes: 'ping' }],
    ['deliveryModes', { deliveryModes: [] }],
    ['deliveryModes', { deliveryModes: ['sms'] }],
    ['deliveryModes must hold poll, ping only', { fapi: true, deliveryModes: ['push'] }],
    ['backchannel_token_delivery_mode must be one of ping', { deliveryModes: ['ping'], ...withClient({}) }],
    ['userCode', { userCode: 'no' }],
    ['backchannel_user_code_parameter', { userCode: false, ...withClient({ backchannel_user_code_parameter: true }) }],
    ['accessTokenDuration', { accessTokenDuration: 0 }],
    ['refreshTokenDuration', { refreshTokenDuration: 2 ** 31 }],
    ['idTokenDuration', { idTokenDuration: Number.NaN }],
    ['maxPending', { maxPending: 0 }],
    ['clock', { clock: 5 }],
    ['jwks', { jwks: [] }],
    ['jwks', { jwks: { keys: [] } }],
    ['jwks', { jwks: { keys: [null] } }],
    ['jwks', { jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } }],
    ['jwks', { jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }] } }],
    ['jwks', { jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y', d: 'd' }] } }],
    ['jwks', { jwks: { keys: [{ kty: 'RSA', alg: 'RSA-OAEP', n: 'AQ', e: 'AQAB', d: 'd' }] } }],
    ['clients', { clients: undefined }],
    ['clients[0]', { clients: [null] }],
    ['clients[0].client_id', withClient({ client_id: undefined })],
    ['clients[0].client_id', withClient({ client_id: 7 })],
    ['clients[1].client_id', { clients: [client, client] }],
    ['clients[0].client_secret', withClient({ client_secret: undefined })],
    ['clients[0].client_secret', withClient({ client_secret: '' })],
    ['clients[0].client_name', withClient({ client_name: {} })],
    ['clients[0].token_endpoint_auth_method', withClient({ token_endpoint_auth_method: 'password' })],
    ['clients[0].token_endpoint_auth_method', withClient({ token_endpoint_auth_method: 'toString' })],
    ['clients[0].jwks', withClient({ token_endpoint_auth_method: 'private_key_jwt' })],
    ['clients[0].jwks', withClient({ token_endpoint_auth_method: 'self_signed_tls_client_auth' })],
    ['clients[0].jwks', withClient({ backchannel_authentication_request_signing_alg: 'PS256' })],
    ['clients[0].jwks', withClient({ jwks: [] })],
    ['clients[0].jwks', withClient({ jwks: { keys: [null] } })],
    ['clients[0].jwks', withClient({ jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }] } })],
    ['clients[0].jwks holds a secret key', withClient({ jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } })],
    ['clients[0].jwks holds a secret key', withClient({ jwks: { keys: [{ kty: 'EC', d: 'AAAA' }] } })],
    ['clients[0].jwks_uri', withClient({ jwks_uri: 'keys' })],
    ['clients[0] has jwks and jwks_uri', withClient({ jwks: { keys: [] }, jwks_uri: 'https://x.example.com' })],
    [
      'clients[0].token_endpoint_auth_signing_alg',
      withClient({
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'HS256',
        jwks: { keys: [] },
      }),
    ],
    [
      'clients[0].token_endpoint_auth_signing_alg',
      withClient({ token_endpoint_auth_method: 'client_secret_jwt', token_endpoint_auth_signing_alg: 'PS256' }),
    ],
    [
      'clients[0].backchannel_authentication_request_signing_alg',
      withClient({ backchannel_authentication_request_signing_alg: 'HS256', jwks: { keys: [] } }),
    ],
    [
      'clients[0].backchannel_authentication_request_signing_alg',
      withClient({ backchannel_authentication_request_signing_alg: 'none', jwks: { keys: [] } }),
    ],
    ['tls_client_auth needs exactly one', withClient({ token_endpoint_auth_method: 'tls_client_auth' })],
    [
      'tls_client_auth needs exactly one',
      withClient({
        token_endpoint_auth_method: 'tls_client_auth',
        tls_client_auth_subject_dn: 'CN=x',
        tls_client_auth_san_dns: 'x.example.com',
      }),
    ],
    ...[
      ['tls_client_auth_subject_dn', 'teller'],
      ['tls_client_auth_san_dns', '.example.com'],
      ['tls_client_auth_san_dns', '*.example.com'],
      ['tls_client_auth_san_uri', 'client'],
      ['tls_client_auth_san_ip', '192.0.2'],
      ['tls_client_auth_san_email', 'teller'],
    ].map(([member = '', value]): [string, object] => [
      `clients[0].${member}`,
      withClient({ token_endpoint_auth_method: 'tls_client_auth', [member]: value }),
    ]),
    [
      'clients[0].tls_client_certificate_bound_access_tokens',
      withClient({ tls_client_certificate_bound_access_tokens: 'yes' }),
    ],
    [
      'clients[0].tls_client_certificate_bound_access_tokens',
      withClient({
        tls_client_certificate_bound_access_tokens: true,
        backchannel_token_delivery_mode: 'push',
        backchannel_client_notification_endpoint: 'https://push.example.com',
      }),
    ],
    ['clients[0].grant_types', withClient({ grant_types: 'refresh_token' })],
    ['clients[0].scope', withClient({ scope: ['openid'] })],
    ['clients[0].backchannel_token_delivery_mode', withClient({ backchannel_token_delivery_mode: 'POLL' })],
    ['clients[0].backchannel_client_notification_endpoint', withClient({ backchannel_token_delivery_mode: 'ping' })],
    ['clients[0].backchannel_user_code_parameter', withClient({ backchannel_user_code_parameter: 'yes' })],
    ['clients[0].authorization_details_types', withClient({ authorization_details_types: 'payment' })],
    ['clients[0].id_token_signed_response_alg', withClient({ id_token_signed_response_alg: 'PS256' })],
  ])('names %s when it is wrong: %j', async (option, wrong) => {
    const options = { issuer, clients: [], ...wrong } as unknown as EmbeddedAuthleteOptions;
    await expect(embeddedAuthlete(options)).rejects.toMatchObject({
      name: 'TypeError',
      message: expect.stringContaining(option),
    });
  });

  it('needs options', async () => {
    await expect(embeddedAuthlete(undefined as never)).rejects.toMatchObject({ name: 'TypeError' });
  });

  it('takes any number up to 64 bits for a client id as it is', async () => {
    await expect(
      embeddedAuthlete({ issuer, clients: [{ ...client, client_id: '9223372036854775807' } as never] }),
    ).resolves.toBeDefined();
  });
});
