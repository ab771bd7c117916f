import { describe, expect } from '@jest/globals';
import { authorized, denied } from 'ciba-backchannel';
import { type CibaClientOptions, memoryStore } from 'ciba-backchannel/client';
import express from 'express';
import request from 'supertest';
import { approvalsOf, request as asked, cibaServer, discover } from '../support/ciba-server.js';
import { concurrently } from '../support/concurrently.js';
import { deferred } from '../support/deferred.js';
import { serving } from '../support/serving.js';

/** A client with its endpoint, and a server that notifies it. */
async function notified(mode: 'ping' | 'push', options: Partial<CibaClientOptions> = {}, before = express()) {
  const app = before;
  const { port } = await serving(app);
  const endpoint = `http://127.0.0.1:${port}/notifications`;
  const received: { authorization: string | undefined }[] = [];
  app.use('/notifications', (req, _res, next) => {
    received.push({ authorization: req.headers.authorization });
    next();
  });
  const server = await cibaServer({
    client: { backchannel_token_delivery_mode: mode, backchannel_client_notification_endpoint: endpoint },
    hooks: { notifications: { allow: () => true } },
  });
  const config = await discover(server.issuer);
  const approvals = approvalsOf({ config, mode, ...options });
  app.use('/notifications', approvals);
  return { ...server, approvals, config, app, endpoint, received };
}

describe.each(['ping', 'push'] as const)('In %s mode', (mode) => {
  concurrently('the tokens come with the notification', async () => {
    const { approvals, prompted, approve, polls } = await notified(mode);
    await approvals.ask('invoice-1', asked);
    const outcome = approvals.wait('invoice-1');
    await prompted;
    approve();
    expect(await outcome).toMatchObject({ state: 'approved' });
    expect(polls).toHaveLength(mode === 'ping' ? 1 : 0);
    expect(await approvals.use('invoice-1', ({ claims }) => claims?.sub)).toBe('alice');
  });

  concurrently('a refusal comes the same way', async () => {
    const { approvals, prompted, prompts } = await notified(mode);
    await approvals.ask('invoice-1', asked);
    const outcome = approvals.wait('invoice-1');
    await prompted;
    prompts[0]?.decide.resolve(denied());
    expect(await outcome).toMatchObject({ state: 'denied', error: 'access_denied' });
  });

  concurrently(
    'the tokens are there even if nobody waited for the notification, and a parser had read its body',
    async () => {
      const { approvals, prompted, approve } = await notified(mode, {}, express().use(express.json()));
      await approvals.ask('invoice-1', asked);
      await prompted;
      approve();
      expect(await approvals.wait('invoice-1')).toMatchObject({ state: 'approved' });
    },
  );

  concurrently('a notification that is repeated changes nothing', async () => {
    const { approvals, prompted, approve, received, app, polls } = await notified(mode);
    await approvals.ask('invoice-1', asked);
    await prompted;
    approve();
    await approvals.wait('invoice-1');
    const before = polls.length;
    await request(app)
      .post('/notifications')
      .set('Authorization', received[0]?.authorization as string)
      .send({ auth_req_id: 'x', error: 'access_denied' })
      .expect(204);
    expect(await approvals.wait('invoice-1')).toMatchObject({ state: 'approved' });
    expect(polls).toHaveLength(before);
  });
});

describe('A request that is not a notification of the server', () => {
  concurrently('is refused, and changes nothing', async () => {
    const { approvals, app, prompts, prompted, received } = await notified('ping');
    await approvals.ask('invoice-1', asked);
    await prompted;
    await request(app).get('/notifications').expect(405);
    await request(app).post('/notifications').send({ auth_req_id: 'x' }).expect(401);
    const wrong = request(app).post('/notifications').set('Authorization', 'Bearer wrong');
    await wrong.send({ auth_req_id: 'x' }).expect(401);
    prompts[0]?.decide.resolve(authorized());
    await approvals.wait('invoice-1');
    const right = () =>
      request(app)
        .post('/notifications')
        .set('Authorization', received.at(-1)?.authorization as string);
    for (const body of ['{', '[]', '"x"', '{}', '{"auth_req_id":1}']) {
      await right().set('Content-Type', 'application/json').send(body).expect(400);
    }
  });

  concurrently('is refused by fetch() as well', async () => {
    const { approvals } = await notified('ping');
    const url = 'http://client.example/notifications';
    const headers = { authorization: 'Bearer wrong' };
    expect((await approvals.fetch(new Request(url, { method: 'POST', headers, body: '{}' }))).status).toBe(401);
  });
});

/** A client whose requests are answered by the spec. */
async function stub(mode: 'ping' | 'push') {
  const parameters = deferred<Record<string, string>>();
  const answer = deferred<object>();
  const tokenRequests: unknown[] = [];
  const app = express().use(express.urlencoded());
  const { port } = await serving(app);
  const issuer = `http://127.0.0.1:${port}`;
  app.get('/.well-known/openid-configuration', (_req, res) => {
    res.json({
      issuer,
      backchannel_authentication_endpoint: `${issuer}/ciba`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
    });
  });
  app.post('/ciba', async (req, res) => {
    parameters.resolve(req.body);
    res.json(await answer.promise);
  });
  app.post('/token', (req, res) => {
    tokenRequests.push(req.body);
    res.status(400).json({ error: 'access_denied' });
  });
  const approvals = approvalsOf({ config: await discover(issuer), mode, store: memoryStore(), keys: ['k'.repeat(32)] });
  const notify = (authReqId: string, token: string, more = {}) =>
    approvals.fetch(
      new Request('http://client.example/', {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ auth_req_id: authReqId, ...more }),
      }),
    );
  return { approvals, parameters: parameters.promise, answer, notify, tokenRequests };
}

describe('A notification that overtakes the answer', () => {
  concurrently('counts once the answer has come: a ping', async () => {
    const { approvals, parameters, answer, notify, tokenRequests } = await stub('ping');
    const asking = approvals.ask('invoice-1', asked);
    const { client_notification_token: token = '' } = await parameters;
    expect((await notify('id-1', token)).status).toBe(204);
    answer.resolve({ auth_req_id: 'id-1', expires_in: 100 });
    await asking;
    expect(await approvals.wait('invoice-1')).toMatchObject({ state: 'denied' });
    expect(tokenRequests).toMatchObject([{ auth_req_id: 'id-1' }]);
  });

  concurrently('does not count if it is for another request', async () => {
    const { approvals, parameters, answer, notify, tokenRequests } = await stub('ping');
    const asking = approvals.ask('invoice-1', asked);
    const { client_notification_token: token = '' } = await parameters;
    expect((await notify('id-0', token)).status).toBe(204);
    answer.resolve({ auth_req_id: 'id-1', expires_in: 100 });
    expect(await asking).toMatchObject({ state: 'waiting' });
    expect((await notify('id-0', token)).status).toBe(400);
    expect(tokenRequests).toHaveLength(0);
    expect((await notify('id-1', token)).status).toBe(204);
    expect(await approvals.wait('invoice-1')).toMatchObject({ state: 'denied' });
  });

  concurrently('counts once the answer has come: a push of a denial', async () => {
    const { approvals, parameters, answer, notify } = await stub('push');
    const asking = approvals.ask('invoice-1', asked);
    const { client_notification_token: token = '' } = await parameters;
    expect((await notify('id-1', token)).status).toBe(400);
    expect((await notify('id-1', token, { error: 'transaction_failed' })).status).toBe(204);
    answer.resolve({ auth_req_id: 'id-1', expires_in: 100 });
    expect(await asking).toMatchObject({ state: 'failed', error: 'transaction_failed' });
  });
});
