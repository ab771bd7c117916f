import { once } from 'node:events';
import { type ConnectionOptions, connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readClientsFile } from '../../examples/fapi/clients-file.js';
import { expectAnswer } from '../support/answers.js';
import { type FapiRun, startRun } from './fapi-run.js';
import { send } from './messages.js';

let run: FapiRun;
beforeAll(async () => {
  run = await startRun(await readClientsFile('examples/fapi/clients.sample.json'));
}, 60_000);
afterAll(() => run?.close());

/** Of OpenID Connect Discovery 1.0, section 3. */
describe('the metadata', () => {
  it('is JSON, at the issuer and the well-known path', async () => {
    const answer = await send(run, `${run.issuer}/.well-known/openid-configuration`);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.body.issuer).toBe(run.issuer);
    expect(run.issuer).toMatch(/^https:[^?#]+$/);
  });

  it.each(['authorization_endpoint', 'token_endpoint', 'backchannel_authentication_endpoint', 'jwks_uri'])(
    'has an https URL of the same server as its %s',
    (name) => {
      const { origin, search, hash } = new URL(run.metadata[name] as string);
      expect({ origin, search, hash }).toEqual({ origin: run.issuer, search: '', hash: '' });
    },
  );

  it.each<[string, unknown[]]>([
    ['backchannel_token_delivery_modes_supported', ['poll', 'ping']],
    ['backchannel_authentication_request_signing_alg_values_supported', ['PS256', 'ES256']],
    ['token_endpoint_auth_methods_supported', ['private_key_jwt', 'self_signed_tls_client_auth']],
    ['token_endpoint_auth_signing_alg_values_supported', ['PS256', 'ES256']],
    ['id_token_signing_alg_values_supported', ['ES256', 'PS256']],
    ['grant_types_supported', ['urn:openid:params:grant-type:ciba', 'refresh_token', 'client_credentials']],
    ['scopes_supported', ['openid', 'offline_access', 'accounts']],
    ['acr_values_supported', ['urn:example:loa:2']],
    ['response_types_supported', ['code']],
    ['subject_types_supported', ['public', 'pairwise']],
  ])('has the %s of the profile', (name, values) => {
    expect(run.metadata[name]).toEqual(values);
  });

  it('says that access tokens are bound to certificates', () => {
    expect(run.metadata.tls_client_certificate_bound_access_tokens).toBe(true);
    // They would have to differ from the endpoints themselves.
    expect(run.metadata).not.toHaveProperty('mtls_endpoint_aliases');
  });

  it('says whether there are user codes, and which claims there are', () => {
    expect(run.metadata.backchannel_user_code_parameter_supported).toEqual(expect.any(Boolean));
    expect(run.metadata.claims_supported).toEqual(expect.arrayContaining(['sub', 'acr', 'auth_time']));
  });
});

describe('the keys', () => {
  it('are public, strong, and have a kid and an alg', async () => {
    const { status, body } = await send(run, run.metadata.jwks_uri);
    expect(status).toBe(200);
    const keys = body.keys as Record<string, string>[];
    const common = { kid: expect.any(String), use: 'sig' };
    expect(keys).toEqual([
      { ...common, kty: 'EC', crv: 'P-256', x: expect.any(String), y: expect.any(String), alg: 'ES256' },
      // 2048 bits.
      { ...common, kty: 'RSA', n: expect.stringMatching(/^[\w-]{342}$/), e: 'AQAB', alg: 'PS256' },
    ]);
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(keys.length);
  });
});

/** FAPI 1.0 Advanced, section 8.5; BCP 195. */
describe('TLS', () => {
  /** What is agreed on: protocol and suite. */
  async function handshake(options: ConnectionOptions): Promise<[string | null, string]> {
    const socket = connect({ port: run.port, host: 'localhost', ca: run.ca, ...options });
    try {
      await once(socket, 'secureConnect');
      return [socket.getProtocol(), socket.getCipher().standardName];
    } finally {
      socket.destroy();
    }
  }

  it('is 1.3 where the client has it', async () => {
    expect(await handshake({ minVersion: 'TLSv1.2' })).toEqual(['TLSv1.3', 'TLS_AES_256_GCM_SHA384']);
  });

  it.each(['ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES256-GCM-SHA384'])('1.2 takes %s', async (ciphers) => {
    const [protocol, suite] = await handshake({ maxVersion: 'TLSv1.2', ciphers });
    expect(protocol).toBe('TLSv1.2');
    expect(suite).toBe(`TLS_${ciphers.replaceAll('-', '_').replace(/AES(\d+)/, 'WITH_AES_$1')}`);
  });

  it('1.2 takes no other suite', async () => {
    const ciphers = 'ALL:!ECDHE-RSA-AES128-GCM-SHA256:!ECDHE-RSA-AES256-GCM-SHA384:@SECLEVEL=0';
    await expect(handshake({ maxVersion: 'TLSv1.2', ciphers })).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_SSL_.*ALERT_HANDSHAKE_FAILURE$/),
    });
  });

  it.each(['TLSv1', 'TLSv1.1'] as const)('%s is refused', async (version) => {
    const options = { minVersion: version, maxVersion: version, ciphers: 'ALL:@SECLEVEL=0' };
    await expect(handshake(options)).rejects.toMatchObject({ code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' });
  });
});

it('answers other methods at its endpoints with an error', async () => {
  for (const name of ['token_endpoint', 'backchannel_authentication_endpoint'] as const) {
    const answer = await send(run, run.metadata[name]);
    expect(expectAnswer(answer, 405)).toMatchObject({ error: 'invalid_request' });
    expect(answer.headers.allow).toBe('POST');
  }
});
