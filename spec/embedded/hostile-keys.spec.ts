import { expect, it } from '@jest/globals';
import type { JWK } from 'jose';
import { makeCertificate } from '../support/certificates.js';
import { serving } from '../support/serving.js';
import { assertionClaims, assertionParameters, makeClientKey, sign } from './client-jwt.js';
import { content, credentials, getTokens, issuer, startEngine } from './engine.js';

/*
 * What is wrong with a key or a certificate may leave an error in OpenSSL's queue, and some calls of Web Crypto end the
 * process when they find one there. So after each of these, such a call is made.
 */
async function expectNoErrorLeft(): Promise<void> {
  const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt']);
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: new Uint8Array(12) }, key, new Uint8Array(8));
  expect(sealed.byteLength).toBe(24);
}

it('the engine survives certificates that are damaged anywhere', async () => {
  const { cert } = await makeCertificate();
  const engine = await startEngine({
    trustAnchors: cert,
    clients: [
      { client_id: 'mtls', token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: 'CN=other' },
    ],
  });
  const der = Buffer.from(cert.replace(/-----[^-]+-----/g, ''), 'base64');
  for (let at = 0; at < der.length; at += 3) {
    const damaged = Buffer.from(der);
    damaged[at] = ~(damaged[at] ?? 0) & 0xff;
    const clientCertificate = `-----BEGIN CERTIFICATE-----\n${damaged.toString('base64')}\n-----END CERTIFICATE-----`;
    const refused = await engine.authlete.token({ parameters: 'client_id=mtls', clientCertificate });
    expect(refused.action).toBe('INVALID_CLIENT');
    await expectNoErrorLeft();
  }
});

const hostile: [string, Partial<JWK>][] = [
  ['a modulus of one byte', { kty: 'RSA', n: 'AQ', e: 'AQAB' }],
  ['an exponent of nought', { kty: 'RSA', n: 'AQ'.repeat(171), e: 'AA' }],
  ['a modulus of 24,000 bits', { kty: 'RSA', n: '_'.repeat(4000), e: 'AQAB' }],
  ['no point of its curve', { kty: 'EC', crv: 'P-256', x: 'A'.repeat(43), y: 'B'.repeat(42).concat('A') }],
  ['a key that is too short', { kty: 'OKP', crv: 'Ed25519', x: 'AAAA' }],
  ['a malformed certificate', { kty: 'RSA', x5c: ['AAAA'] }],
];

it.each(hostile)('the engine survives a DPoP proof by a JWK with %s', async (_what, jwk) => {
  const engine = await startEngine();
  const { privateKey } = await makeClientKey('PS256');
  for (const alg of ['PS256', 'ES256', 'EdDSA']) {
    const claims = { jti: alg, htm: 'POST', htu: `${issuer}/token`, iat: 1_800_000_000 };
    const [, payload, signature] = (await sign({ alg: 'PS256', privateKey }, claims)).split('.');
    const header = Buffer.from(JSON.stringify({ alg, typ: 'dpop+jwt', jwk: { kty: 'RSA', ...jwk } }));
    const dpop = `${header.toString('base64url')}.${payload}.${signature}`;
    const parameters = 'grant_type=refresh_token&refresh_token=x';
    const refused = await engine.authlete.token({ ...credentials('poll'), parameters, dpop });
    expect(content(refused).error).toBe('invalid_dpop_proof');
    await expectNoErrorLeft();
  }
});

it.each(hostile)('the engine survives an ID token that is to be encrypted to a JWK with %s', async (_what, jwk) => {
  const enc = { id_token_encrypted_response_alg: 'RSA-OAEP', id_token_encrypted_response_enc: 'A256GCM' };
  const ecdh = { ...enc, id_token_encrypted_response_alg: 'ECDH-ES' };
  const { port } = await serving((_req, res) => {
    res.setHeader('Content-Type', 'application/json').end(JSON.stringify({ keys: [{ kty: 'RSA', ...jwk }] }));
  });
  for (const encryption of [enc, ecdh]) {
    const client = {
      client_id: 'poll',
      client_secret: 'poll secret',
      backchannel_token_delivery_mode: 'poll' as const,
      jwks_uri: `http://127.0.0.1:${port}/`,
      ...encryption,
    };
    const engine = await startEngine({ clients: [client], allowJwksUri: () => true });
    const { action } = await getTokens(engine, 'poll');
    expect(['OK', 'BAD_REQUEST']).toContain(action);
    await expectNoErrorLeft();
  }
});

it.each(hostile)('the engine survives a JWK with %s', async (_what, jwk) => {
  const key = await makeClientKey('PS256');
  const registered = startEngine({
    clients: [
      { client_id: 'jwt', token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [{ kty: 'RSA', ...jwk }] } },
    ],
  });
  const engine = await registered.catch((error) => expect(error.name).toBe('TypeError'));
  if (engine) {
    const assertion = await sign(key, assertionClaims(engine, 'jwt'));
    const parameters = new URLSearchParams(assertionParameters(assertion)).toString();
    expect(await engine.authlete.token({ parameters })).toMatchObject({ action: 'INVALID_CLIENT' });
  }
  await expectNoErrorLeft();
});
