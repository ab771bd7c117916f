import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { JWTPayload } from 'jose';
import { authMethods, type Client, type Clients, makeClients } from './clients.js';
import { acknowledged, expectError } from './expectations.js';
import { type FapiRun, startRun } from './fapi-run.js';
import { ask, requestClaims, type Signer, signer } from './messages.js';

let run: FapiRun;
let clients: Clients;
beforeAll(async () => {
  clients = await makeClients();
  run = await startRun(clients.file);
}, 60_000);
afterAll(() => run?.close());

const minutes = 60;

const withoutSignature: Signer = (claims) => {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  return `${encode({ alg: 'none' })}.${encode(claims)}.`;
};

const withBrokenSignature =
  (client: Client): Signer =>
  async (claims) => {
    const [header, payload, signature = ''] = (await signer(client.key)(claims)).split('.');
    const bytes = Buffer.from(signature, 'base64url').map((byte) => byte ^ 0x5a);
    return `${header}.${payload}.${Buffer.from(bytes).toString('base64url')}`;
  };

describe.each(authMethods)('a request object of a client that authenticates by %s', (authMethod) => {
  let client: Client;
  let other: Client;
  beforeAll(() => {
    client = clients.client(authMethod, 'poll');
    other = clients.client(authMethod, 'poll', 2);
  });

  it.each(['aud', 'iss', 'exp', 'iat', 'nbf', 'jti'])('has to have %s', async (claim) => {
    expectError(await ask(run, client, { claims: { [claim]: undefined } }), 400, 'invalid_request');
  });

  it.each<[string, (now: number) => JWTPayload]>([
    ['for another server', () => ({ aud: 'https://www.other1.example.com/' })],
    ['that another client issued', () => ({ iss: other.id })],
    ['that has expired', (now) => ({ exp: now - 60 * minutes })],
    ['that expires in 70 minutes', (now) => ({ exp: now + 70 * minutes })],
    ['that is valid in 10 minutes', (now) => ({ nbf: now + 10 * minutes, exp: now + 15 * minutes })],
    ['that has been valid for 70 minutes', (now) => ({ nbf: now - 70 * minutes })],
  ])('%s is refused', async (_what, claims) => {
    expectError(await ask(run, client, { claims: claims(run.now()) }), 400, 'invalid_request');
  });

  it.each<[string, () => Signer]>([
    ['nobody signed', () => withoutSignature],
    ['was signed with RS256', () => signer(client.key, { alg: 'RS256' })],
    ['has a broken signature', () => withBrokenSignature(client)],
    ['another client signed', () => signer(other.key)],
  ])('that %s is refused', async (_what, sign) => {
    expectError(await ask(run, client, { sign: sign() }), 400, 'invalid_request');
  });

  it('cannot be left out', async () => {
    const { scope = '', login_hint = '', binding_message = '' } = requestClaims(run, client) as Record<string, string>;
    const answer = await ask(run, client, { form: { scope, login_hint, binding_message } });
    expectError(answer, 400, 'invalid_request');
  });

  it('may have a media type as its typ', async () => {
    await acknowledged(run, client, { sign: signer(client.key, { typ: 'oauth-authz-req+jwt' }) });
  });

  it('has one hint only', async () => {
    const claims = { login_hint: 'join@example.com', login_hint_token: 'xxxxxxxxxxxxxxxxxxxx' };
    expectError(await ask(run, client, { claims }), 400, 'invalid_request');
  });

  it('may have a binding message that the device can show', async () => {
    await acknowledged(run, client, { claims: { binding_message: 'TRANSFER-0815' } });
  });

  it('with a long binding message, not all of it ASCII, is refused', async () => {
    const binding_message = `1234 \u{1f44d}\u{1f3ff} \u54c1\u5ddd ${'Lorem ipsum dolor sit amet. '.repeat(16)}`;
    expectError(await ask(run, client, { claims: { binding_message } }), 400, 'invalid_binding_message');
  });

  it('without a binding message is refused', async () => {
    expectError(await ask(run, client, { claims: { binding_message: undefined } }), 400, 'invalid_request');
  });

  it.each([
    ['a number', 30],
    ['a string', '30'],
  ])('may have %s as its requested_expiry', async (_type, requested_expiry) => {
    const { expiresIn } = await acknowledged(run, client, { claims: { requested_expiry } });
    expect(expiresIn).toBe(30);
  });

  it('may have its scopes in any order', async () => {
    await acknowledged(run, client, { claims: { scope: client.scope.split(' ').reverse().join(' ') } });
  });
});
