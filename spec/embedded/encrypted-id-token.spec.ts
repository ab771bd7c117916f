import { describe, expect, it } from '@jest/globals';
import type { ClientMetadata } from 'ciba-backchannel/embedded';
import {
  type CryptoKey,
  compactDecrypt,
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  type JWK,
  jwtVerify,
} from 'jose';
import { keyPair } from '../support/key-pairs.js';
import { serving } from '../support/serving.js';
import {
  content,
  getTokens,
  issuer,
  poll,
  start,
  startEngine,
  type TestEngine,
  validNotifiedRequest,
} from './engine.js';

async function encryptionKey(alg: string, options = {}, more: JWK = { kty: '' }) {
  const isRsa = alg.startsWith('RSA');
  const { publicKey, privateKey } = await (isRsa
    ? keyPair(alg)
    : generateKeyPair(alg, { extractable: true, ...options }));
  return { privateKey, jwk: { ...more, ...(await exportJWK(publicKey)), kid: 'enc' } };
}

function client(alg: string, enc: string, more: Partial<ClientMetadata>): ClientMetadata {
  return {
    client_id: 'poll',
    client_secret: 'poll secret',
    backchannel_token_delivery_mode: 'poll',
    id_token_encrypted_response_alg: alg,
    id_token_encrypted_response_enc: enc,
    ...more,
  };
}

async function claimsOf(engine: TestEngine, idToken: string, privateKey: CryptoKey, audience = 'poll') {
  const { plaintext, protectedHeader } = await compactDecrypt(idToken, privateKey);
  const { payload } = await jwtVerify(plaintext, createLocalJWKSet(await engine.authlete.jwks()), {
    issuer,
    audience,
    currentDate: new Date(engine.now()),
  });
  return { header: protectedHeader, payload };
}

describe('an encrypted ID token', () => {
  it.each([
    ['RSA-OAEP', 'A256GCM', {}],
    ['RSA-OAEP-256', 'A128GCM', {}],
    ['ECDH-ES', 'A128GCM', {}],
    ['ECDH-ES', 'A256GCM', { crv: 'X25519' }],
    ['ECDH-ES+A128KW', 'A256GCM', { crv: 'P-384' }],
    ['ECDH-ES+A256KW', 'A256GCM', { crv: 'P-521' }],
  ])('is signed, then encrypted with %s and %s %j', async (alg, enc, options) => {
    const { jwk, privateKey } = await encryptionKey(alg, options);
    const engine = await startEngine({ clients: [client(alg, enc, { jwks: { keys: [jwk] } })] });
    const tokens = await getTokens(engine, 'poll');
    expect(content(tokens).id_token).toBe(tokens.idToken);
    const { header, payload } = await claimsOf(engine, tokens.idToken ?? '', privateKey);
    expect(header).toMatchObject({ alg, enc, kid: 'enc', cty: 'JWT' });
    expect(payload).toMatchObject({ sub: 'alice', at_hash: expect.any(String) });
  });

  it('is for the key that is meant for it', async () => {
    const { jwk, privateKey } = await encryptionKey('RSA-OAEP');
    const { jwk: signing } = await encryptionKey('PS256');
    const keys = [{ ...signing, use: 'sig' }, { ...signing, alg: 'PS256' }, { ...signing }, { ...jwk, use: 'enc' }];
    const engine = await startEngine({ clients: [client('RSA-OAEP', 'A256GCM', { jwks: { keys } })] });
    const { idToken } = await getTokens(engine, 'poll');
    expect((await claimsOf(engine, idToken ?? '', privateKey)).payload.sub).toBe('alice');
  });

  it('may be for a key at a jwks_uri, and nothing is used up while there is none', async () => {
    const { jwk, privateKey } = await encryptionKey('ECDH-ES');
    let keys: JWK[] = [];
    const { port } = await serving((_req, res) => {
      res.setHeader('Content-Type', 'application/json').end(JSON.stringify({ keys }));
    });
    const make = () =>
      startEngine({
        clients: [client('ECDH-ES', 'A256GCM', { jwks_uri: `http://127.0.0.1:${port}/` })],
        allowJwksUri: () => true,
      });
    const failing = await make();
    const refused = await getTokens(failing, 'poll');
    expect([refused.action, content(refused).error]).toEqual(['BAD_REQUEST', 'invalid_request']);
    keys = [jwk];
    const engine = await make();
    const { idToken } = await getTokens(engine, 'poll');
    expect((await claimsOf(engine, idToken ?? '', privateKey)).payload.sub).toBe('alice');
  });

  it('is pushed', async () => {
    const { jwk, privateKey } = await encryptionKey('RSA-OAEP');
    const push = client('RSA-OAEP', 'A256GCM', {
      client_id: 'push',
      client_secret: 'push secret',
      jwks: { keys: [jwk] },
      backchannel_token_delivery_mode: 'push',
      backchannel_client_notification_endpoint: 'https://push.example.com/',
    });
    const engine = await startEngine({ clients: [push] });
    const { ticket, authReqId } = await start(engine, 'push', validNotifiedRequest);
    const completed = await engine.authlete.backchannelAuthenticationComplete({
      ticket,
      result: 'AUTHORIZED',
      subject: 'alice',
    });
    const { payload } = await claimsOf(engine, content(completed).id_token, privateKey, 'push');
    expect(payload).toMatchObject({ 'urn:openid:params:jwt:claim:auth_req_id': authReqId });
    expect(content(await poll(engine, 'push', authReqId)).error).toBe('invalid_grant');
  });

  it('is announced, and described', async () => {
    const { jwk } = await encryptionKey('ECDH-ES+A128KW');
    const { authlete } = await startEngine({
      clients: [client('ECDH-ES+A128KW', 'A128GCM', { jwks: { keys: [jwk] } })],
    });
    expect(await authlete.configuration()).toMatchObject({
      id_token_encryption_alg_values_supported: expect.arrayContaining(['RSA-OAEP', 'RSA-OAEP-256', 'ECDH-ES']),
      id_token_encryption_enc_values_supported: ['A128GCM', 'A256GCM'],
    });
    expect(await authlete.getClient('poll')).toMatchObject({
      idTokenEncryptionAlg: 'ECDH_ES_A128KW',
      idTokenEncryptionEnc: 'A128GCM',
    });
  });

  it('cannot be registered with unsupported values or without a key', async () => {
    const { jwk } = await encryptionKey('RSA-OAEP');
    const jwks = { keys: [jwk] };
    for (const [wrong, member] of [
      [client('RSA1_5', 'A256GCM', { jwks }), 'id_token_encrypted_response_alg'],
      [client('dir', 'A256GCM', { jwks }), 'id_token_encrypted_response_alg'],
      [client('RSA-OAEP', 'A128CBC-HS256', { jwks }), 'id_token_encrypted_response_enc'],
      [client('RSA-OAEP', undefined as never, { jwks }), 'id_token_encrypted_response_enc'],
      [client(undefined as never, 'A256GCM', { jwks }), 'id_token_encrypted_response_alg'],
      [client('ECDH-ES', 'A256GCM', { jwks }), 'has no key'],
      [client('RSA-OAEP', 'A256GCM', { jwks: { keys: [{ ...jwk, use: 'sig' }] } }), 'has no key'],
      [client('RSA-OAEP', 'A256GCM', {}), 'jwks'],
    ] as const) {
      await expect(startEngine({ clients: [wrong] })).rejects.toThrow(member);
    }
  });
});
