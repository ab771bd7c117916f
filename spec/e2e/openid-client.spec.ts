import { afterAll, describe, expect, it } from '@jest/globals';
import {
  authorized,
  type CompletionResult,
  cibaCompletion,
  type Decision,
  denied,
  failed,
  later,
  type NotificationOptions,
} from 'ciba-backchannel';
import express from 'express';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as openid from 'openid-client';
import { type Closing, discover, listen, type ProviderOptions, provider } from './provider.js';

// At the end, since specs that overlap have no afterEach().
const closing: Closing = [];
afterAll(async () => {
  for (const close of closing) await close();
});

const grantType = 'urn:openid:params:grant-type:ciba';
const request = { scope: 'openid profile offline_access', login_hint: 'alice', binding_message: 'TRANSFER-0815' };
const secret = 'a secret-with_special.characters+and%';

type Engine = ProviderOptions<{ subject: string }>['engine'];

describe.each<Engine>(['embedded', 'over HTTP'])('openid-client, and the engine %s', (engine) => {
  // They overlap, since each waits out an interval.
  describe('polls', () => {
    const clients = [{ client_id: 'teller', client_secret: secret, backchannel_token_delivery_mode: 'poll' as const }];

    async function poll(decision: Decision, engineOptions = {}) {
      const hooks = {
        identifyUser: ({ hint }: { hint: string }) => ({ subject: hint, name: 'Alice' }),
        authenticate: () => decision,
        claims: (user: { name?: string }) => ({ name: user.name, email: 'was.not@requested.example' }),
      };
      const { issuer } = await provider({ engine, clients, hooks, engineOptions }, closing);
      const config = await discover(issuer, 'teller', secret);
      const acknowledgement = await openid.initiateBackchannelAuthentication(config, request);
      return { config, acknowledgement };
    }

    it.concurrent('a client that polls gets tokens, whose ID token it verifies, and refreshes them', async () => {
      const { config, acknowledgement } = await poll(authorized({ acr: 'urn:mace:silver', authTime: 1_700_000_000 }));
      const tokens = await openid.pollBackchannelAuthenticationGrant(config, acknowledgement);
      expect(tokens.claims()).toMatchObject({
        sub: 'alice',
        aud: 'teller',
        name: 'Alice',
        acr: 'urn:mace:silver',
        auth_time: 1_700_000_000,
      });
      expect(tokens.claims()).not.toHaveProperty('email');
      const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token as string);
      expect(refreshed.access_token).not.toBe(tokens.access_token);
    });

    it.concurrent('a client that polls hears that the user refused', async () => {
      const { config, acknowledgement } = await poll(denied({ description: 'not me' }));
      await expect(openid.pollBackchannelAuthenticationGrant(config, acknowledgement)).rejects.toMatchObject({
        error: 'access_denied',
        error_description: 'not me',
      });
    });

    it.concurrent('a client that polls hears that the user could not be asked', async () => {
      const { config, acknowledgement } = await poll(failed());
      await expect(openid.pollBackchannelAuthenticationGrant(config, acknowledgement)).rejects.toMatchObject({
        error: 'expired_token',
      });
    });

    it.concurrent('the tokens are given once', async () => {
      const { config, acknowledgement } = await poll(authorized());
      await openid.pollBackchannelAuthenticationGrant(config, acknowledgement);
      const { auth_req_id } = acknowledgement;
      await expect(openid.genericGrantRequest(config, grantType, { auth_req_id })).rejects.toMatchObject({
        error: 'invalid_grant',
      });
    });
  });

  describe('is notified', () => {
    /** The client's own endpoint, and what arrives there. */
    async function receiver() {
      const app = express().use(express.json());
      const url = `${await listen(app, closing)}/callback`;
      const arrived = new Promise<{ authorization?: string; body: Record<string, string> }>((resolve) => {
        app.post('/callback', (req, res) => {
          res.sendStatus(204);
          resolve({ authorization: req.headers.authorization, body: req.body });
        });
      });
      return { url, arrived };
    }

    async function ask(mode: 'ping' | 'push', decision: Decision) {
      const { url, arrived } = await receiver();
      const clients = [
        {
          client_id: mode,
          client_secret: secret,
          backchannel_token_delivery_mode: mode,
          backchannel_client_notification_endpoint: url,
        },
      ];
      const notifications: NotificationOptions = { allow: ({ href }) => href === url };
      const handleKeys = ['a key of at least thirty-two characters'];
      let completed: Promise<CompletionResult> | undefined;
      const hooks = {
        identifyUser: ({ hint }: { hint: string }) => ({ subject: hint }),
        handleKeys,
        authenticate({ handle }: { handle: string }) {
          // The decision comes through another object, as it does when the device calls another process.
          const claims = () => ({ name: 'Alice' });
          const elsewhere = cibaCompletion({ authlete, handleKeys, notifications, claims });
          closing.unshift(() => elsewhere.close());
          completed = elsewhere.complete(handle, decision);
          return later();
        },
      };
      const { issuer, authlete } = await provider({ engine, clients, hooks }, closing);
      const config = await discover(issuer, mode, secret);
      const acknowledgement = await openid.initiateBackchannelAuthentication(config, {
        ...request,
        client_notification_token: 'a-bearer-token',
      });
      const notification = await arrived;
      expect(notification.authorization).toBe('Bearer a-bearer-token');
      const result = await completed;
      expect(result?.action).toBe('NOTIFICATION');
      expect(await result?.notification).toEqual({ delivered: true, status: 204, attempts: 1 });
      return { config, acknowledgement, issuer, body: notification.body };
    }

    it('a client that is pinged fetches its tokens', async () => {
      const { config, acknowledgement, body } = await ask('ping', authorized());
      const { auth_req_id } = acknowledgement;
      expect(body).toEqual({ auth_req_id });
      const tokens = await openid.genericGrantRequest(config, grantType, { auth_req_id });
      expect(tokens.id_token).toEqual(expect.any(String));
    });

    it('a client is pinged after a refusal too', async () => {
      const { config, acknowledgement, body } = await ask('ping', denied());
      const { auth_req_id } = acknowledgement;
      expect(body).toEqual({ auth_req_id });
      await expect(openid.genericGrantRequest(config, grantType, { auth_req_id })).rejects.toMatchObject({
        error: 'access_denied',
      });
    });

    it('a client is pushed its tokens', async () => {
      const { config, acknowledgement, body, issuer } = await ask('push', authorized());
      expect(body).toMatchObject({ auth_req_id: acknowledgement.auth_req_id, access_token: expect.any(String) });
      const keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri as string));
      const { payload } = await jwtVerify(body.id_token as string, keys, { issuer, audience: 'push' });
      expect(payload).toMatchObject({
        sub: 'alice',
        'urn:openid:params:jwt:claim:auth_req_id': acknowledgement.auth_req_id,
      });
    });

    it('a client is pushed the refusal', async () => {
      const { acknowledgement, body } = await ask('push', denied());
      expect(body).toEqual({ error: 'access_denied', auth_req_id: acknowledgement.auth_req_id });
    });
  });
});
