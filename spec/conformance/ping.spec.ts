import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Client, staticKinds } from './clients.js';
import { acknowledged, expectError, expectTokens, tokensOf } from './expectations.js';
import { holdings } from './fapi-run.js';
import { ask, decide, notificationToken, poll } from './messages.js';
import type { Notification } from './notification-endpoint.js';
import { type NotifiedRun, startNotifiedRun } from './notified-run.js';

const runs = [
  ...holdings.map((holding) => ({ ...holding, fapi: '1.0' as const })),
  { holding: 'over FAPI 2.0', longPolling: undefined, fapi: '2.0' as const, kinds: staticKinds },
];

describe.each(runs)('$holding', ({ longPolling, fapi, kinds }) => {
  let { endpoint, clients, run, close } = {} as NotifiedRun;
  beforeAll(async () => {
    ({ endpoint, clients, run, close } = await startNotifiedRun(longPolling, fapi));
    await clients.register(run);
  }, 60_000);
  afterAll(() => close?.());

  describe.each(kinds)(
    'a ping client that authenticates by $authMethod, $registration',
    ({ authMethod, registration }) => {
      let client: Client;
      beforeAll(() => {
        client = clients.client(authMethod, 'ping', 1, registration);
      });

      /** Its user decides; gives the ping, which waits for an answer. */
      async function pinged(action: 'allow' | 'deny', claims = {}): Promise<{ authReqId: string; ping: Notification }> {
        const { authReqId } = await acknowledged(run, client, { claims });
        // Nobody has answered the ping when the decision is answered.
        expect(await decide(run, authReqId, action)).toMatchObject({ status: 204 });
        return { authReqId, ping: await endpoint.notification(authReqId) };
      }

      /** CIBA Core 1.0, section 10.2. */
      function expectPing(ping: Notification, authReqId: string, token = notificationToken(client)): void {
        expect(ping.path).toBe(new URL(client.notificationEndpoint).pathname);
        expect(ping.headers).toMatchObject({ 'content-type': 'application/json', authorization: `Bearer ${token}` });
        expect(ping.body).toEqual({ auth_req_id: authReqId });
        expect(ping.protocol).toBe('TLSv1.3');
      }

      /** Answers a ping, which is the end of it: another one never comes. */
      async function answer(ping: Notification, status: number, headers?: Record<string, string>, body?: string) {
        const end = run.next(status < 300 ? 'notified' : 'gaveUp');
        ping.answer(status, headers, body);
        expect(await end).toMatchObject({ status, attempts: 1 });
        expect(endpoint.received.filter((each) => each.body.auth_req_id === ping.body.auth_req_id)).toEqual([ping]);
      }

      it('gets tokens after its ping', async () => {
        const { authReqId, ping } = await pinged('allow');
        expectPing(ping, authReqId);
        await answer(ping, 204);
        await expectTokens(run, client, await poll(run, client, authReqId));
      });

      it('may poll before', async () => {
        const { authReqId } = await acknowledged(run, client);
        expectError(await poll(run, client, authReqId), 400, 'authorization_pending');
        run.advance(5);
        expectError(await poll(run, client, authReqId), 400, 'authorization_pending');
        await decide(run, authReqId, 'allow');
        await answer(await endpoint.notification(authReqId), 204);
        await expectTokens(run, client, await poll(run, client, authReqId));
      });

      it('hears after its ping that the user rejected', async () => {
        const { authReqId, ping } = await pinged('deny');
        expectPing(ping, authReqId);
        await answer(ping, 204);
        expectError(await poll(run, client, authReqId), 400, 'access_denied');
      });

      it('may have a notification token of 1024 characters, and no longer one', async () => {
        const token = 'Az09-._~+/'.repeat(102).padEnd(1024, '=');
        const { authReqId, ping } = await pinged('allow', { client_notification_token: token });
        expectPing(ping, authReqId, token);
        await answer(ping, 204);
        const claims = { client_notification_token: `${token}=` };
        expectError(await ask(run, client, { claims }), 400, 'invalid_request');
      });

      it('has to send a notification token', async () => {
        const claims = { client_notification_token: undefined };
        expectError(await ask(run, client, { claims }), 400, 'invalid_request');
      });

      it('may fetch its tokens before it answers the ping', async () => {
        const { authReqId, ping } = await pinged('allow');
        await expectTokens(run, client, await poll(run, client, authReqId));
        await answer(ping, 204);
      });

      it('may answer with a body', async () => {
        const { authReqId, ping } = await pinged('allow');
        await answer(ping, 200, { 'content-type': 'text/plain' }, 'Thank you. '.repeat(1000));
        await expectTokens(run, client, await poll(run, client, authReqId));
      });

      it.each([401, 403])('that answers with %d is not pinged again, and gets tokens', async (status) => {
        const { authReqId, ping } = await pinged('allow');
        await answer(ping, status);
        await expectTokens(run, client, await poll(run, client, authReqId));
      });

      it('that redirects is not followed, and gets tokens', async () => {
        const { authReqId, ping } = await pinged('allow');
        await answer(ping, 301, { location: `${endpoint.baseUrl}/elsewhere` });
        await expectTokens(run, client, await poll(run, client, authReqId));
      });

      it('gets no ping in poll mode', async () => {
        const polling = clients.client(authMethod, 'poll', 1, registration);
        await tokensOf(run, polling, { claims: { client_notification_token: notificationToken(polling) } });
        const { ping } = await pinged('allow');
        await answer(ping, 204);
        const paths = endpoint.received.map(({ path }) => path);
        expect(paths).not.toContain(`/${polling.id}`);
        expect(paths).not.toContain('/elsewhere');
      });
    },
  );
});
