import { createHash, randomUUID, X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK, type JWK, type JWTPayload } from 'jose';
import type { FapiClient } from '../../examples/fapi/clients-file.js';
import type { KeyAndCertificate } from '../../examples/fapi/self-signed.js';
import { makeCertificate } from '../support/certificates.js';
import { keyPair } from '../support/key-pairs.js';
import { oncePerProcess } from '../support/once-per-process.js';
import { expectError } from './expectations.js';
import { type FapiRun, startRun } from './fapi-run.js';
import { type Answer, decide, send, signer } from './messages.js';

/*
 * FAPI-CIBA over the FAPI 2.0 security profile, clause by clause, as the specs beside this one hold the server to the modules
 * of the suite for FAPI 1.0: the suite has no plan for this one yet.
 */

/** How a client has its access tokens bound. */
type Binding = 'dpop' | 'certificate' | 'either';

interface Client {
  id: string;
  /** Signs assertions. */
  key: JWK;
  certificate: KeyAndCertificate;
  authMethod: 'private_key_jwt' | 'self_signed_tls_client_auth';
  binding: Binding;
}

const kinds = {
  'jwt-dpop': { authMethod: 'private_key_jwt', binding: 'dpop', alg: 'ES256' },
  'jwt-certificate': { authMethod: 'private_key_jwt', binding: 'certificate', alg: 'PS256' },
  'jwt-either': { authMethod: 'private_key_jwt', binding: 'either', alg: 'EdDSA' },
  mtls: { authMethod: 'self_signed_tls_client_auth', binding: 'either', alg: 'ES256' },
} as const;
type Kind = keyof typeof kinds;
const names = Object.keys(kinds) as Kind[];

let run: FapiRun;
let clients: Record<Kind, Client>;
let dpopKey: JWK;

beforeAll(async () => {
  const made = await Promise.all(names.map(makeClient));
  clients = Object.fromEntries(made.map((client) => [client.id, client])) as Record<Kind, Client>;
  dpopKey = await newKey('ES256');
  const file = { clients: await Promise.all(made.map(registrationOf)), initial_access_token: 'initial' };
  run = await startRun(file, 'plain_fapi', undefined, '2.0');
}, 60_000);
afterAll(() => run?.close());

function newKey(alg: string): Promise<JWK> {
  return oncePerProcess(`a FAPI 2.0 key for ${alg}`, async () => {
    const { privateKey } = await keyPair(alg);
    return { ...(await exportJWK(privateKey)), kid: alg, alg };
  });
}

async function makeClient(id: Kind): Promise<Client> {
  const { alg, ...kind } = kinds[id];
  return { id, ...kind, key: await newKey(alg), certificate: await makeCertificate({ subject: `CN=${id}` }) };
}

function publicPart({ kty, crv, x, y, n, e, kid, alg }: JWK): JWK {
  return JSON.parse(JSON.stringify({ kty, crv, x, y, n, e, kid, alg }));
}

async function registrationOf({ id, key, certificate, authMethod, binding }: Client): Promise<FapiClient> {
  const { publicKey, raw } = new X509Certificate(certificate.cert);
  const certificateKey = { ...(await exportJWK(publicKey)), kid: 'certificate', x5c: [raw.toString('base64')] };
  return {
    client_id: id,
    client_name: id,
    token_endpoint_auth_method: authMethod,
    backchannel_token_delivery_mode: 'poll',
    grant_types: ['urn:openid:params:grant-type:ciba', 'refresh_token', 'client_credentials'],
    scope: 'openid offline_access accounts',
    hint_type: 'login_hint',
    hint_value: 'customer-1',
    jwks: { keys: [publicPart(key), ...(authMethod === 'private_key_jwt' ? [] : [certificateKey])] },
    certificate: certificate.cert,
    ...(binding === 'dpop' && { dpop_bound_access_tokens: true }),
    ...(binding === 'certificate' && { tls_client_certificate_bound_access_tokens: true }),
  };
}

async function credentials(
  client: Client,
  claims: JWTPayload = {},
  sign = signer(client.key),
): Promise<Record<string, string>> {
  if (client.authMethod !== 'private_key_jwt') return { client_id: client.id };
  const now = run.now();
  const all = {
    iss: client.id,
    sub: client.id,
    aud: run.issuer,
    jti: randomUUID(),
    iat: now,
    exp: now + 60,
    ...claims,
  };
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await sign(all),
  };
}

/** A certificate, where it is what the client shows: the token is bound to it, or it authenticates the client. */
function certificateOf({ authMethod, binding, certificate }: Client) {
  return authMethod !== 'private_key_jwt' || binding === 'certificate' ? certificate : undefined;
}

const usual = { scope: 'openid offline_access accounts', login_hint: 'customer-1', binding_message: '1234' };

async function ask(
  client: Client,
  form: Record<string, string | undefined> = {},
  claims?: JWTPayload,
  sign = signer(client.key),
) {
  const parameters = { ...usual, ...form, ...(await credentials(client, claims, sign)) };
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return send(run, run.metadata.backchannel_authentication_endpoint, {
    method: 'POST',
    form: Object.fromEntries(given),
    certificate: certificateOf(client),
  });
}

function prove(claims: JWTPayload = {}, key = dpopKey): Promise<string> | string {
  const place = { htm: 'POST', htu: run.metadata.token_endpoint };
  const sign = signer(key, { typ: 'dpop+jwt', jwk: publicPart(key), kid: undefined } as never);
  return sign({ ...place, jti: randomUUID(), iat: run.now(), ...claims });
}

interface Sending {
  proof?: string | null;
  certificate?: KeyAndCertificate | null;
}

/** Sends a token request as the client does it, or with another proof or certificate, or none. */
async function requestToken(client: Client, form: Record<string, string>, sending: Sending = {}): Promise<Answer> {
  const { certificate = certificateOf(client) } = sending;
  const usesProof = client.authMethod === 'private_key_jwt' && client.binding !== 'certificate';
  const { proof = usesProof ? await prove() : null } = sending;
  return send(run, run.metadata.token_endpoint, {
    method: 'POST',
    form: { ...form, ...(await credentials(client)) },
    ...(proof !== null && { headers: { dpop: proof } }),
    ...(certificate && { certificate }),
  });
}

const poll = (client: Client, authReqId: unknown, sending?: Sending) =>
  requestToken(client, { grant_type: 'urn:openid:params:grant-type:ciba', auth_req_id: String(authReqId) }, sending);

async function acknowledged(client: Client, form: Record<string, string | undefined> = {}): Promise<string> {
  const { status, body } = await ask(client, form);
  expect(status).toBe(200);
  return String(body.auth_req_id);
}

async function approved(client: Client, form: Record<string, string | undefined> = {}): Promise<string> {
  const authReqId = await acknowledged(client, form);
  await decide(run, authReqId, 'allow');
  return authReqId;
}

async function useToken(token: string, sending: { proof?: string; certificate?: KeyAndCertificate } = {}) {
  const { proof, certificate } = sending;
  return send(run, `${run.issuer}/accounts`, {
    headers: { authorization: `${proof ? 'DPoP' : 'Bearer'} ${token}`, ...(proof && { dpop: proof }) },
    ...(certificate && { certificate }),
  });
}

function proveUse(token: string, key = dpopKey, place: JWTPayload = {}) {
  const ath = createHash('sha256').update(token).digest('base64url');
  return prove({ htm: 'GET', htu: `${run.issuer}/accounts`, ath, ...place }, key);
}

describe('the metadata over FAPI 2.0', () => {
  it.each<[string, unknown]>([
    ['token_endpoint_auth_methods_supported', ['private_key_jwt', 'self_signed_tls_client_auth']],
    ['token_endpoint_auth_signing_alg_values_supported', ['PS256', 'ES256', 'EdDSA', 'Ed25519']],
    ['backchannel_authentication_request_signing_alg_values_supported', ['PS256', 'ES256', 'EdDSA', 'Ed25519']],
    ['dpop_signing_alg_values_supported', ['PS256', 'ES256', 'EdDSA', 'Ed25519']],
    ['backchannel_token_delivery_modes_supported', ['poll', 'ping']],
    ['tls_client_certificate_bound_access_tokens', true],
  ])('has the %s of the profile', (name, value) => {
    expect(run.metadata[name]).toEqual(value);
  });
});

describe.each(names)('the client %s', (name) => {
  it('asks without a signature, polls, and gets tokens that are bound', async () => {
    const client = clients[name];
    const authReqId = await acknowledged(client);
    expectError(await poll(client, authReqId), 400, 'authorization_pending');
    await decide(run, authReqId, 'allow');
    const { status, body } = await poll(client, authReqId);
    expect(status).toBe(200);
    const token = String(body.access_token);
    const certificate = certificateOf(client);
    expect(body.token_type).toBe(certificate ? 'Bearer' : 'DPoP');
    const proof = certificate ? undefined : await proveUse(token);
    expect((await useToken(token, { proof, certificate })).status).toBe(200);
    // FAPI 2.0, section 5.3.4: the token alone is good for nothing.
    expect((await useToken(token)).status).toBe(401);
    const others = certificate
      ? [{ certificate: await makeCertificate({ subject: 'CN=another' }) }]
      : [
          { proof: await proveUse(token, await newKey('EdDSA')) },
          { proof: await proveUse(token, dpopKey, { htm: 'POST' }) },
          { proof: await proveUse(token, dpopKey, { htu: `${run.issuer}/userinfo` }) },
          { proof: await proveUse('another token') },
        ];
    for (const other of others) expect((await useToken(token, other)).status).toBe(401);
  });

  it('keeps its refresh token, which gives tokens that are bound again', async () => {
    const client = clients[name];
    const { body } = await poll(client, await approved(client));
    const form = { grant_type: 'refresh_token', refresh_token: String(body.refresh_token) };
    for (let uses = 0; uses < 2; uses += 1) {
      const refreshed = await requestToken(client, form);
      expect(refreshed).toMatchObject({ status: 200, body: { refresh_token: body.refresh_token } });
      expect((await useToken(String(refreshed.body.access_token))).status).toBe(401);
    }
  });

  it('may sign nothing that it has not registered to sign', async () => {
    const request = await signer(clients[name].key)({ iss: name, aud: run.issuer, scope: 'openid', jti: randomUUID() });
    const form = Object.fromEntries(Object.keys(usual).map((parameter) => [parameter, undefined]));
    expectError(await ask(clients[name], { ...form, request }), 400, 'invalid_request');
  });

  it('cannot use what was issued to another', async () => {
    const other = clients[name === 'mtls' ? 'jwt-dpop' : 'mtls'];
    expectError(await poll(clients[name], await approved(other)), 400, 'invalid_grant');
  });

  it('gets bound tokens for itself', async () => {
    const client = clients[name];
    const form = { grant_type: 'client_credentials', scope: 'accounts' };
    const { status, body } = await requestToken(client, form);
    expect(status).toBe(200);
    expect((await useToken(String(body.access_token))).status).toBe(401);
  });
});

describe('an access token', () => {
  it.each<[Kind, Sending, string]>([
    ['jwt-dpop', { proof: null }, 'invalid_dpop_proof'],
    ['jwt-certificate', { certificate: null }, 'invalid_request'],
    ['jwt-either', { proof: null }, 'invalid_request'],
  ])('is not given to %s with nothing to bind it to, and nothing is used up', async (name, sending, error) => {
    const client = clients[name];
    const authReqId = await acknowledged(client);
    expectError(await poll(client, authReqId, sending), 400, error);
    await decide(run, authReqId, 'allow');
    expectError(await poll(client, authReqId, sending), 400, error);
    expect((await poll(client, authReqId)).status).toBe(200);
  });

  it('is bound to the certificate of a client that has chosen neither and sends no proof', async () => {
    const client = clients['jwt-either'];
    const { certificate } = client;
    const { body } = await poll(client, await approved(client), { proof: null, certificate });
    expect(body.token_type).toBe('Bearer');
    const token = String(body.access_token);
    expect((await useToken(token, { certificate })).status).toBe(200);
    expect((await useToken(token)).status).toBe(401);
  });

  it('is not given for a proof that has been used, was made for another place or time, or is signed with RS256', async () => {
    const client = clients['jwt-dpop'];
    const authReqId = await approved(client);
    const used = await prove();
    expect((await requestToken(client, { grant_type: 'client_credentials' }, { proof: used })).status).toBe(200);
    const proofs = [
      used,
      await prove({ htu: `${run.issuer}/register` }),
      await prove({ iat: run.now() - 600 }),
      await prove({}, { ...(await newKey('PS256')), alg: 'RS256' }),
    ];
    for (const proof of proofs) {
      expectError(await poll(client, authReqId, { proof }), 400, 'invalid_dpop_proof');
    }
    expect((await poll(client, authReqId)).status).toBe(200);
  });
});

describe('a client assertion', () => {
  it.each<[string, () => JWTPayload]>([
    ['for the token endpoint', () => ({ aud: run.metadata.token_endpoint })],
    ['for the backchannel endpoint', () => ({ aud: run.metadata.backchannel_authentication_endpoint })],
    ['for the issuer in an array', () => ({ aud: [run.issuer] })],
    ['for the issuer and another', () => ({ aud: [run.issuer, 'https://other.example.com'] })],
    ['for nobody', () => ({ aud: undefined })],
    ['of a minute and a half ahead', () => ({ iat: run.now() + 90, exp: run.now() + 120 })],
    ['not valid for another minute and a half', () => ({ nbf: run.now() + 90 })],
    ['that has expired', () => ({ exp: run.now() - 61 })],
    ['without jti', () => ({ jti: undefined })],
    ['of somebody else', () => ({ iss: 'mtls', sub: 'mtls' })],
  ])('%s is refused at both endpoints', async (_, claims) => {
    const client = clients['jwt-dpop'];
    expectError(await ask(client, {}, claims()), 401, 'invalid_client');
    const form = { grant_type: 'client_credentials', ...(await credentials(client, claims())) };
    const headers = { dpop: await prove() };
    expectError(await send(run, run.metadata.token_endpoint, { method: 'POST', form, headers }), 401, 'invalid_client');
  });

  it('of a clock that is ten seconds ahead is taken', async () => {
    const ahead = run.now() + 10;
    expect((await ask(clients['jwt-dpop'], {}, { iat: ahead, nbf: ahead })).status).toBe(200);
  });

  it('is taken once', async () => {
    const client = clients['jwt-dpop'];
    const jti = randomUUID();
    expect((await ask(client, {}, { jti })).status).toBe(200);
    expectError(await ask(client, {}, { jti }), 401, 'invalid_client');
  });

  it('is not signed with RS256, or by nobody', async () => {
    const key = { ...(await newKey('PS256')), alg: 'RS256' };
    expectError(await ask(clients['jwt-certificate'], {}, {}, signer(key)), 401, 'invalid_client');
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const nobody = (claims: JWTPayload) => `${encode({ alg: 'none' })}.${encode(claims)}.`;
    expectError(await ask(clients['jwt-certificate'], {}, {}, nobody), 401, 'invalid_client');
  });

  it('is missed', async () => {
    const missing = { client_assertion: '', client_assertion_type: '' };
    const answer = await send(run, run.metadata.backchannel_authentication_endpoint, {
      method: 'POST',
      form: { ...usual, client_id: 'jwt-dpop', ...missing },
    });
    expectError(answer, 401, 'invalid_client');
  });
});

describe('a request', () => {
  it('has a binding message, or a context of its own', async () => {
    const client = clients['jwt-dpop'];
    expectError(await ask(client, { binding_message: undefined }), 400, 'invalid_request');
    const details = JSON.stringify([{ type: 'payment', amount: 1 }]);
    expect((await ask(client, { binding_message: undefined, authorization_details: details })).status).toBe(200);
  });

  it('may have a request_context, which is an object', async () => {
    const client = clients['jwt-dpop'];
    expect((await ask(client, { request_context: '{"device":"phone"}' })).status).toBe(200);
    for (const context of ['phone', '[]', 'null']) {
      expectError(await ask(client, { request_context: context }), 400, 'invalid_request');
    }
  });

  it('hears of the acr that it asked for, where the server has it', async () => {
    const client = clients.mtls;
    const { body } = await poll(client, await approved(client, { acr_values: 'urn:example:loa:2' }));
    const claims = JSON.parse(Buffer.from(String(body.id_token).split('.')[1] ?? '', 'base64url').toString());
    expect(claims.acr).toBe('urn:example:loa:2');
  });
});

describe('registration', () => {
  async function register(more: object): Promise<Answer> {
    const json = {
      token_endpoint_auth_method: 'private_key_jwt',
      backchannel_token_delivery_mode: 'poll',
      jwks: { keys: [publicPart(dpopKey)] },
      ...more,
    };
    const headers = { authorization: 'Bearer initial' };
    return send(run, String(run.metadata.registration_endpoint), { method: 'POST', headers, json });
  }

  it('takes a client that binds its tokens by DPoP', async () => {
    const { status, body } = await register({ dpop_bound_access_tokens: true });
    expect([status, body.dpop_bound_access_tokens, body.tls_client_certificate_bound_access_tokens]).toEqual([
      201,
      true,
      false,
    ]);
  });

  it.each<[string, object]>([
    [
      'pushes',
      { backchannel_token_delivery_mode: 'push', backchannel_client_notification_endpoint: 'https://x.example/' },
    ],
    ['secrets', { token_endpoint_auth_method: 'client_secret_basic' }],
    ['public clients', { token_endpoint_auth_method: 'none' }],
    ['RS256', { token_endpoint_auth_signing_alg: 'RS256' }],
    ['requests signed with RS256', { backchannel_authentication_request_signing_alg: 'RS256' }],
    ['RSA keys of 1024 bits', { jwks: { keys: [{ kty: 'RSA', n: `x${'A'.repeat(170)}`, e: 'AQAB' }] } }],
  ])('refuses %s', async (_, more) => {
    const { status, body } = await register(more);
    expect([status, body.error]).toEqual([400, 'invalid_client_metadata']);
  });
});
