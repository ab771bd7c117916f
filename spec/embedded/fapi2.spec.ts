import { describe, expect, it } from '@jest/globals';
import type { EmbeddedAuthleteOptions } from 'ciba-backchannel/embedded';
import { exportJWK } from 'jose';
import { keyPair } from '../support/key-pairs.js';
import { makeClientKey } from './client-jwt.js';
import { startEngine } from './engine.js';

async function start(options: Partial<EmbeddedAuthleteOptions>, more: object = {}) {
  const { publicJwk } = await makeClientKey('ES256');
  const client = {
    client_id: 'jwt',
    token_endpoint_auth_method: 'private_key_jwt',
    backchannel_token_delivery_mode: 'poll' as const,
    jwks: { keys: [publicJwk] },
    ...more,
  };
  return startEngine({ fapi: '2.0', clients: [client], ...options });
}

describe('the option fapi', () => {
  it('means 1.0 if it is true: tokens are bound to certificates', async () => {
    for (const fapi of [true, '1.0'] as const) {
      const { authlete } = await start({ fapi });
      expect(await authlete.getClient('jwt')).toMatchObject({ tlsClientCertificateBoundAccessTokens: true });
      expect(await authlete.configuration()).toMatchObject({ dpop_signing_alg_values_supported: ['PS256', 'ES256'] });
    }
    const { authlete } = await start({});
    expect(await authlete.getClient('jwt')).toMatchObject({ tlsClientCertificateBoundAccessTokens: false });
  });

  it('lets ID tokens be signed with Ed25519 under 2.0 only', async () => {
    const jwks = { keys: [await exportJWK((await keyPair('EdDSA')).privateKey)] };
    const { authlete } = await start({ jwks });
    expect(await authlete.configuration()).toMatchObject({ id_token_signing_alg_values_supported: ['EdDSA'] });
    await expect(start({ jwks, fapi: '1.0' })).rejects.toThrow(/EdDSA/);
  });

  it.each<[string, Partial<EmbeddedAuthleteOptions>, object]>([
    ["fapi must be '1.0', '2.0'", { fapi: '3.0' as never }, {}],
    ['refreshTokenKept must be true', { refreshTokenKept: false }, {}],
    ['issuer must be an https URL', { issuer: 'http://as.example.com' }, {}],
    ['token_endpoint_auth_method', {}, { token_endpoint_auth_method: 'client_secret_basic', client_secret: 'secret' }],
    ['token_endpoint_auth_method', {}, { token_endpoint_auth_method: 'none' }],
    [
      'backchannel_token_delivery_mode',
      {},
      { backchannel_token_delivery_mode: 'push', backchannel_client_notification_endpoint: 'https://x.example/' },
    ],
    ['grant_types', {}, { grant_types: ['urn:openid:params:grant-type:ciba', 'password'] }],
    ['token_endpoint_auth_signing_alg', {}, { token_endpoint_auth_signing_alg: 'ES512' }],
  ])('under 2.0 says that %s', async (message, options, client) => {
    await expect(start(options, client)).rejects.toThrow(message);
  });
});
