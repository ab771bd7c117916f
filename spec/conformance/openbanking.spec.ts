import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { compactDecrypt, decodeProtectedHeader, importJWK, type JWK } from 'jose';
import { type Client, type Clients, kinds, makeClients, modes } from './clients.js';
import { acknowledged, expectError, expectTokens, tokensOf } from './expectations.js';
import { type FapiRun, startRun } from './fapi-run.js';
import { announce, ask, decide, getAccounts, poll, requestToken, send } from './messages.js';

describe('Open Banking UK', () => {
  let clients: Clients;
  let run: FapiRun;
  beforeAll(async () => {
    clients = await makeClients();
    run = await startRun(clients.file, 'openbanking_uk');
    await clients.register(run);
  }, 60_000);
  afterAll(() => run?.close());

  const variants = kinds.flatMap((kind) => modes.map((mode) => ({ ...kind, mode })));
  const wanted = { Data: { Permissions: ['ReadAccountsBasic'] }, Risk: {} };

  describe.each(variants)('with $authMethod, $mode and $registration clients', ({ authMethod, mode, registration }) => {
    let client: Client;
    beforeAll(() => {
      client = clients.client(authMethod, mode, 1, registration);
    });

    it('lets a client announce an account request with a token of its own, before it asks the user', async () => {
      const announced = await announce(run, client, '/account-requests', 'accounts', wanted);
      expect(announced.status).toBe(201);
      expect(announced.headers['x-fapi-interaction-id']).toBe('an-id');
      expect(announced.body).toMatchObject({ Data: { AccountRequestId: expect.any(String), ...wanted.Data } });
      const { accessToken } = await tokensOf(run, client);
      expect(await getAccounts(run, accessToken, client)).toMatchObject({ status: 200 });
    });
  });

  it('takes no account request with the token of a user', async () => {
    const client = clients.client('mtls', 'poll');
    const { accessToken } = await tokensOf(run, client);
    const headers = { authorization: `Bearer ${accessToken}` };
    const { certificate } = client;
    const sent = { method: 'POST' as const, headers, json: wanted, certificate };
    expect((await send(run, `${run.issuer}/account-requests`, sent)).status).toBe(403);
  });

  it.each([{}, { Data: 1 }, { other: {} }])('refuses the account request %j', async (json) => {
    const announced = await announce(run, clients.client('mtls', 'poll'), '/account-requests', 'accounts', json);
    expect([announced.status, announced.body]).toEqual([400, { error: 'invalid_request' }]);
  });
});

describe('Open Finance Brasil', () => {
  let clients: Clients;
  let run: FapiRun;
  let client: Client;
  beforeAll(async () => {
    clients = await makeClients();
    for (const registration of clients.file.clients) {
      registration.scope += ' consents consent';
      registration.id_token_encrypted_response_alg = 'RSA-OAEP';
      registration.id_token_encrypted_response_enc = 'A256GCM';
      // The same key once more, since keys are slow to make.
      const [{ kty, n, e } = {} as JWK] = registration.jwks?.keys ?? [];
      registration.jwks?.keys.push({ kty, n, e, kid: 'encryption', alg: 'RSA-OAEP', use: 'enc' });
    }
    run = await startRun(clients.file, 'openbanking_brazil');
    client = clients.client('private_key_jwt', 'ping');
  }, 60_000);
  afterAll(() => run?.close());

  const permissions = ['ACCOUNTS_READ', 'RESOURCES_READ'];

  async function consent(of = client): Promise<string> {
    const answer = await announce(run, of, '/consents', 'consents', { data: { permissions } });
    expect(answer.status).toBe(201);
    const { consentId, permissions: granted } = answer.body.data as { consentId: string; permissions: string[] };
    expect(granted).toEqual(permissions);
    return consentId;
  }

  function claimsFor(id: string) {
    return { login_hint: id, scope: `openid offline_access accounts consent:${id}` };
  }

  it('has what the profile asks for in its metadata, as far as it is true', () => {
    expect(run.metadata).toMatchObject({
      acr_values_supported: ['urn:brasil:openbanking:loa2', 'urn:brasil:openbanking:loa3'],
      grant_types_supported: expect.arrayContaining(['client_credentials', 'refresh_token']),
      id_token_signing_alg_values_supported: ['PS256'],
      userinfo_endpoint: `${run.issuer}/userinfo`,
      backchannel_token_delivery_modes_supported: ['ping'],
      backchannel_user_code_parameter_supported: false,
      // What belongs to an authorization endpoint, which this server does not serve.
      claims_parameter_supported: false,
    });
    expect(run.metadata).not.toHaveProperty('request_object_encryption_alg_values_supported');
  });

  it('finds the user by the consent, keeps the consent through a refresh, and gives tokens that last as they must', async () => {
    const id = await consent();
    const { authReqId } = await acknowledged(run, client, { claims: claimsFor(id) });
    await decide(run, authReqId, 'allow');
    const answer = await poll(run, client, authReqId);
    expect(answer.body).toMatchObject({ expires_in: 900, scope: claimsFor(id).scope });
    const { alg: _, use: __, ...key } = client.key;
    const opened = await compactDecrypt(String(answer.body.id_token), await importJWK(key, 'RSA-OAEP'));
    expect(opened.protectedHeader).toMatchObject({ alg: 'RSA-OAEP', enc: 'A256GCM', kid: 'encryption', cty: 'JWT' });
    const idToken = new TextDecoder().decode(opened.plaintext);
    expect(decodeProtectedHeader(idToken).alg).toBe('PS256');
    const { claims, accessToken, refreshToken } = await expectTokens(
      run,
      { ...client, loginHint: 'customer-1' },
      answer,
      idToken,
    );
    expect(claims.exp).toBeGreaterThanOrEqual(run.now() + 180 * 86_400);
    const headers = { authorization: `Bearer ${accessToken}` };
    const userinfo = await send(run, String(run.metadata.userinfo_endpoint), {
      headers,
      certificate: client.certificate,
    });
    expect(userinfo.body).toEqual({ sub: 'customer-1' });
    const refreshed = await requestToken(run, client, { grant_type: 'refresh_token', refresh_token: refreshToken });
    expect(refreshed.body.scope).toBe(claimsFor(id).scope);
  });

  it('ignores requested_expiry', async () => {
    const id = await consent();
    const { expiresIn } = await acknowledged(run, client, { claims: { ...claimsFor(id), requested_expiry: 13 } });
    expect(expiresIn).toBe(120);
  });

  it('refuses a consent that is unknown, of another client, or not among the scopes', async () => {
    const others = await consent(clients.client('private_key_jwt', 'ping', 2));
    const id = await consent();
    for (const claims of [claimsFor('urn:example-bank:x'), claimsFor(others), { ...claimsFor(id), scope: 'openid' }]) {
      expectError(await ask(run, client, { claims }), 400, 'unknown_user_id');
    }
  });
});
