import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { JWTPayload } from 'jose';
import { makeCertificate } from '../support/certificates.js';
import { type Client, type Clients, makeClients } from './clients.js';
import { acknowledged, expectError, expectTokens, tokensOf } from './expectations.js';
import { type FapiRun, holdings, startRun } from './fapi-run.js';
import { credentialsOf, decide, getAccounts, poll, requestToken } from './messages.js';

describe.each(holdings)('$holding', ({ longPolling, kinds }) => {
  let run: FapiRun;
  let clients: Clients;
  beforeAll(async () => {
    clients = await makeClients();
    run = await startRun(clients.file, undefined, longPolling);
    await clients.register(run);
  }, 60_000);
  afterAll(() => run?.close());

  describe.each(kinds)('a client that authenticates by $authMethod, $registration', ({ authMethod, registration }) => {
    let client: Client;
    let other: Client;
    beforeAll(() => {
      client = clients.client(authMethod, 'poll', 1, registration);
      other = clients.client(authMethod, 'poll', 2, registration);
    });

    describe('polls', () => {
      it('twice, 5 seconds apart, and then gets tokens as soon as the user has approved', async () => {
        const { authReqId } = await acknowledged(run, client);
        expectError(await poll(run, client, authReqId), 400, 'authorization_pending');
        run.advance(5);
        expectError(await poll(run, client, authReqId), 400, 'authorization_pending');
        expect(await decide(run, authReqId, 'allow')).toMatchObject({ status: 204 });
        await expectTokens(run, client, await poll(run, client, authReqId));
      });

      it('quickly, and is told to slow down', async () => {
        const { authReqId } = await acknowledged(run, client);
        expectError(await poll(run, client, authReqId), 400, 'authorization_pending');
        for (let polls = 0; polls < 5; polls += 1) {
          expectError(await poll(run, client, authReqId), 400, 'slow_down');
        }
      });

      it('and hears that the user rejected', async () => {
        const { authReqId } = await acknowledged(run, client);
        expect(await decide(run, authReqId, 'deny')).toMatchObject({ status: 204 });
        expectError(await poll(run, client, authReqId), 400, 'access_denied');
      });

      it('10 seconds after the 10 that it had asked for, and hears that they are over', async () => {
        const { authReqId, expiresIn } = await acknowledged(run, client, { claims: { requested_expiry: 10 } });
        expect(expiresIn).toBe(10);
        expectError(await poll(run, client, authReqId), 400, 'authorization_pending');
        run.advance(5);
        expectError(await poll(run, client, authReqId), 400, 'authorization_pending');
        run.advance(15);
        expectError(await poll(run, client, authReqId), 400, 'expired_token');
      });

      it('for tokens once', async () => {
        const { authReqId } = await acknowledged(run, client);
        await decide(run, authReqId, 'allow');
        await expectTokens(run, client, await poll(run, client, authReqId));
        expectError(await poll(run, client, authReqId), 400, 'invalid_grant');
      });

      it('with the auth_req_id of another client, and gets nothing', async () => {
        const { authReqId } = await acknowledged(run, client);
        expectError(await poll(run, other, authReqId), 400, 'invalid_grant');
        await decide(run, authReqId, 'allow');
        expectError(await poll(run, other, authReqId), 400, 'invalid_grant');
        await expectTokens(run, client, await poll(run, client, authReqId));
      });

      it('without its certificate, and gets nothing though the request is pending', async () => {
        const { authReqId } = await acknowledged(run, client);
        const { form } = await credentialsOf(run, client);
        const answer = await poll(run, client, authReqId, { form });
        // RFC 8705, section 3: without a certificate there is nothing to bind the token to.
        if (authMethod === 'mtls') expectError(answer, 401, 'invalid_client');
        else expectError(answer, 400, 'invalid_request');
        await decide(run, authReqId, 'allow');
        await expectTokens(run, client, await poll(run, client, authReqId));
      });
    });

    describe('gets tokens', () => {
      it.each<[string, () => JWTPayload]>([
        ['a binding message', () => ({ binding_message: 'TRANSFER-0815' })],
        ['its scopes in another order', () => ({ scope: client.scope.split(' ').reverse().join(' ') })],
        ['a requested_expiry that is a string', () => ({ requested_expiry: '30' })],
        ['a requested_expiry of five minutes', () => ({ requested_expiry: 300 })],
      ])('after a request with %s', async (_what, claims) => {
        await tokensOf(run, client, { claims: claims() });
      });

      it('with the acr that it has asked for', async () => {
        const { claims } = await tokensOf(run, other);
        expect(claims.acr).toBe(other.acr);
        expect(other.acr).toEqual(expect.any(String));
      });
    });

    describe('has a refresh token', () => {
      const refresh = (user: Client, refreshToken: string, scope?: string) => {
        const form = { grant_type: 'refresh_token', refresh_token: refreshToken, ...(scope && { scope }) };
        return requestToken(run, user, form);
      };

      it.each([
        ['without a scope', () => undefined],
        ['with the whole scope', () => client.scope],
      ])('that it uses %s', async (_how, scope) => {
        const first = await tokensOf(run, client);
        run.advance(1);
        const second = await expectTokens(run, client, await refresh(client, first.refreshToken, scope()));
        expect(second.accessToken).not.toBe(first.accessToken);
        // OpenID Connect Core 1.0, section 12.2.
        for (const name of ['iss', 'sub', 'aud', 'auth_time']) expect(second.claims[name]).toEqual(first.claims[name]);
        expect(second.claims.iat).toBeGreaterThan(first.claims.iat as number);
      });

      it('that another client cannot use', async () => {
        const { refreshToken } = await tokensOf(run, other);
        expectError(await refresh(client, refreshToken), 400, 'invalid_grant');
        await expectTokens(run, other, await refresh(other, refreshToken));
      });
    });
  });

  describe('the certificate of a client that authenticates by private_key_jwt', () => {
    it('may be renewed between two uses of the refresh token: only access tokens are bound to it', async () => {
      const client = clients.client('private_key_jwt', 'poll');
      const { refreshToken } = await tokensOf(run, client);
      const form = { grant_type: 'refresh_token', refresh_token: refreshToken };
      const withoutCertificate = { form: (await credentialsOf(run, client)).form };
      expectError(await requestToken(run, client, form, withoutCertificate), 400, 'invalid_request');

      const renewed = { ...client, certificate: await makeCertificate({ subject: `CN=${client.id}` }) };
      const { accessToken } = await expectTokens(run, renewed, await requestToken(run, renewed, form));
      expect((await getAccounts(run, accessToken, renewed)).status).toBe(200);
      expect((await getAccounts(run, accessToken, client)).status).toBe(401);
    });
  });
});
