import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect as connectSocket } from 'node:net';
import { text } from 'node:stream/consumers';
import { Authlete } from '@authlete/typescript-sdk';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type AuthleteRouter, authleteRouter } from 'ciba-backchannel/embedded';
import connect from 'connect';
import express from 'express';
import express4 from 'express4';
import request from 'supertest';
import { parseApiResponse } from '../../lib/json/api-response.js';
import { cibaGrantType, credentials, poll, start, startEngine, type TestEngine, validRequest } from './engine.js';

const serviceId = '715948317';
const accessToken = 'service-token';
const parameters = new URLSearchParams({ ...validRequest, scope: 'openid offline_access' }).toString();

let engine: TestEngine;
let router: AuthleteRouter;

beforeAll(async () => {
  engine = await startEngine();
  router = authleteRouter(engine.authlete, { serviceId, accessToken });
});

function post(app: RequestListener, path: string) {
  return request(app).post(`/api/${serviceId}${path}`).set('Authorization', `Bearer ${accessToken}`);
}

const refusal = { resultCode: expect.stringMatching(/^E\d{6}$/), resultMessage: expect.any(String) };

describe('authleteRouter', () => {
  it.each<[string, () => RequestListener]>([
    ['a bare server', () => router],
    ['Express 5', () => express().use('/api', router)],
    ['Express 4', () => express4().use('/api', router)],
    ['Connect', () => connect().use('/api', router)],
    ['Express without a mount path', () => express().use(router)],
    ['Express after express.json()', () => express().use(express.json()).use('/api', router)],
    ['Express 4 after its json()', () => express4().use(express4.json()).use('/api', router)],
    [
      'Express after express.text()',
      () =>
        express()
          .use(express.text({ type: '*/*' }))
          .use('/api', router),
    ],
    [
      'Express after express.raw()',
      () =>
        express()
          .use(express.raw({ type: '*/*' }))
          .use('/api', router),
    ],
    [
      'Express 4 after a parser that skips JSON',
      () =>
        express4()
          .use(express4.urlencoded({ extended: true }))
          .use('/api', router),
    ],
  ])('serves %s', async (_what, makeApp) => {
    const response = await post(makeApp(), '/backchannel/authentication').send({ ...credentials('poll'), parameters });
    expect(response.status).toBe(200);
    expect(response.headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-store' });
    expect(parseApiResponse(response.text)).toMatchObject({ action: 'USER_IDENTIFICATION', clientIdAlias: 'poll' });
  });

  it('writes the client id as a number of all its digits, however many', async () => {
    const response = await post(router, '/backchannel/authentication').send({
      clientId: '12345678901234567',
      clientSecret: 'number secret',
      parameters,
    });
    expect(response.text).toContain('"clientId":12345678901234567,');
  });

  it('gives clients with an alias numbers of fourteen digits', async () => {
    const response = await post(router, '/backchannel/authentication').send({ ...credentials('poll'), parameters });
    expect(response.text).toMatch(/"clientId":[1-9]\d{13},/);
  });

  it('serves every API', async () => {
    const call = async (path: string, body: object) =>
      parseApiResponse<Record<string, string>>((await post(router, path).send(body)).text);
    const judged = await call('/backchannel/authentication', { ...credentials('poll'), parameters });
    const issued = await call('/backchannel/authentication/issue', { ticket: judged?.ticket });
    const decision = { ticket: judged?.ticket, result: 'AUTHORIZED', subject: 'alice' };
    expect(await call('/backchannel/authentication/complete', decision)).toMatchObject({ action: 'NO_ACTION' });
    const form = new URLSearchParams({ grant_type: cibaGrantType, auth_req_id: issued?.authReqId ?? '' });
    const tokens = await call('/auth/token', { ...credentials('poll'), parameters: form.toString() });
    expect(tokens).toMatchObject({ action: 'OK' });
    expect(await call('/auth/introspection', { token: tokens?.accessToken })).toMatchObject({ action: 'OK' });
    const failed = await call('/backchannel/authentication/fail', { ticket: 'x', reason: 'ACCESS_DENIED' });
    expect(failed).toMatchObject({ action: 'INTERNAL_SERVER_ERROR' });
    const get = (path: string) =>
      request(router).get(`/api/${serviceId}${path}`).set('Authorization', `Bearer ${accessToken}`);
    expect((await get('/service/configuration')).body).toEqual(await engine.authlete.configuration());
    expect((await get('/service/jwks/get?pretty=true')).body).toEqual(await engine.authlete.jwks());
  });

  it('takes an access token that is bound to a key', async () => {
    const call = request(router)
      .post(`/api/${serviceId}/auth/introspection`)
      .set('Authorization', `DPoP ${accessToken}`);
    expect((await call.set('DPoP', 'a proof').send({ token: 'x' })).body).toMatchObject({ action: 'UNAUTHORIZED' });
  });

  it.each<[string, (app: RequestListener) => RequestListener]>([
    ['as it is', (app) => app],
    ['that a parser has read', (app) => express().use(express.urlencoded(), app)],
  ])('takes a form %s', async (_what, wrap) => {
    const { ticket, authReqId } = await start(engine, 'poll', { ...validRequest, scope: 'openid email' });
    const form = {
      ticket,
      result: 'AUTHORIZED',
      subject: 'alice',
      authTime: '1700000000',
      scopes: ['openid', 'email'],
    };
    const properties = JSON.stringify([{ key: 'a', value: '1' }]);
    const completed = await post(wrap(router), '/backchannel/authentication/complete')
      .type('form')
      .send({ ...form, properties, accessTokenDuration: '60', acr: '' });
    expect(completed.body).toMatchObject({ action: 'NO_ACTION' });
    const tokens = await poll(engine, 'poll', authReqId);
    expect(tokens).toMatchObject({ scopes: ['openid', 'email'], accessTokenDuration: 60, properties: [{ key: 'a' }] });
    const introspected = await post(router, '/auth/introspection').type('form').send({ token: tokens.accessToken });
    expect(introspected.body).toMatchObject({ authTime: 1_700_000_000 });
  });

  it('answers 400 to a form whose JSON does not parse', async () => {
    const response = await post(router, '/auth/token').type('form').send({ properties: '[' });
    expect(response.status).toBe(400);
  });

  describe('service/configuration', () => {
    const configuration = (body: object) => post(router, '/service/configuration').send(body);

    it('is served to POST as to GET', async () => {
      expect((await configuration({ pretty: false, patch: null })).body).toEqual(await engine.authlete.configuration());
    });

    it('is pretty-printed on request', async () => {
      const expected = JSON.stringify(await engine.authlete.configuration(), undefined, 2);
      expect((await configuration({ pretty: true })).text).toBe(expected);
      const get = request(router).get(`/api/${serviceId}/service/configuration?pretty=true`);
      expect((await get.set('Authorization', `Bearer ${accessToken}`)).text).toBe(expected);
    });

    it.each<[string, object[], object]>([
      ['add', [{ op: 'add', path: '/a~1b', value: { c: [1] } }], { 'a/b': { c: [1] } }],
      [
        'add to an array',
        [{ op: 'add', path: '/scopes_supported/0', value: 'x' }],
        { scopes_supported: ['x', 'openid', 'email'] },
      ],
      [
        'add at the end',
        [{ op: 'add', path: '/scopes_supported/-', value: 'x' }],
        { scopes_supported: ['openid', 'email', 'x'] },
      ],
      ['remove', [{ op: 'remove', path: '/scopes_supported/0' }], { scopes_supported: ['email'] }],
      ['replace', [{ op: 'replace', path: '/issuer', value: 'x' }], { issuer: 'x' }],
      ['move', [{ op: 'move', from: '/issuer', path: '/moved' }], { moved: 'https://as.example.com' }],
      ['copy', [{ op: 'copy', from: '/scopes_supported', path: '/copy' }], { copy: ['openid', 'email'] }],
      [
        'test',
        [{ op: 'test', path: '/scopes_supported', value: ['openid', 'email'] }],
        { issuer: 'https://as.example.com' },
      ],
    ])('is patched (RFC 6902): %s', async (_op, patch, expected) => {
      const { authlete } = await startEngine({ scopes: ['openid', 'email'] });
      const patching = authleteRouter(authlete, { serviceId, accessToken });
      const response = await post(patching, '/service/configuration').send({ patch: JSON.stringify(patch) });
      expect(response.body).toMatchObject(expected);
      expect((await authlete.configuration()).issuer).toBe('https://as.example.com');
    });

    it.each<[string, string]>([
      ['is not JSON', '{'],
      ['is not an array', '{}'],
      ['has another operation', '[{"op":"eval","path":"/a"}]'],
      ['has a path without a slash', '[{"op":"remove","path":"a"}]'],
      ['leads nowhere', '[{"op":"remove","path":"/a/b"}]'],
      ['leads out of an array', '[{"op":"add","path":"/scopes_supported/99","value":1}]'],
      ['does not pass its test', '[{"op":"test","path":"/issuer","value":"x"}]'],
      [
        'doubles the document with each copy',
        JSON.stringify(Array.from({ length: 15 }, (_, i) => ({ op: 'copy', from: '', path: `/copy${i}` }))),
      ],
      ['reaches for the prototype', '[{"op":"add","path":"/__proto__/polluted","value":1}]'],
    ])('answers 400 to a patch that %s', async (_what, patch) => {
      const response = await configuration({ patch });
      expect(response.status).toBe(400);
      expect(response.body).toEqual(refusal);
      expect({}).not.toHaveProperty('polluted');
    });
  });

  describe('of the 2.x API', () => {
    const apiKey = '21653835348762';
    const apiSecret = 'uE4NgqeIpuSV';
    const call = (app: RequestListener, path: string, credentials = `${apiKey}:${apiSecret}`) =>
      request(app)
        .post(path)
        .set('Authorization', `Basic ${btoa(credentials)}`);

    it.each<[string, (router: AuthleteRouter) => RequestListener]>([
      ['a bare server', (two) => two],
      ['Express', (two) => express().use('/api', two)],
      ['the same server as that of 3.0', (two) => express().use('/api', router).use('/api', two)],
      ['the same server, after it', (two) => (req, res) => two(req, res, () => router(req, res))],
    ])('serves %s', async (_what, wrap) => {
      const app = wrap(authleteRouter(engine.authlete, { apiKey, apiSecret }));
      const judged = await call(app, '/api/backchannel/authentication').send({ ...credentials('poll'), parameters });
      expect(judged.body).toMatchObject({ action: 'USER_IDENTIFICATION' });
    });

    it.each(['Basic eA==', `Basic ${btoa(`${apiKey}:x`)}`, `Bearer ${apiSecret}`])(
      'answers 401 to %s',
      async (value) => {
        const app = authleteRouter(engine.authlete, { apiKey, apiSecret });
        const response = await request(app).post('/api/auth/token').set('Authorization', value).send({});
        expect(response.status).toBe(401);
        expect(response.headers['www-authenticate']).toMatch(/^Basic /);
      },
    );
  });

  it.each([
    ['no token', undefined],
    ['a wrong token', 'Bearer service-tokem'],
    ['a part of the token', 'Bearer service'],
    ['the credentials of the 2.x API', `Basic ${btoa(`${serviceId}:${accessToken}`)}`],
    ['a wrong token bound to a key', 'DPoP service-tokem'],
  ])('answers 401 to %s', async (_what, authorization) => {
    const call = request(router).post(`/api/${serviceId}/auth/token`);
    const response = await (authorization ? call.set('Authorization', authorization) : call).send({ parameters: '' });
    expect(response.status).toBe(401);
    expect(response.body).toEqual(refusal);
  });

  it.each([
    ['no body', ''],
    ['half a JSON', '{"token":'],
    ['an array', '[]'],
    ['null', 'null'],
    ['a text', '"x"'],
  ])('answers 400 to %s', async (_what, body) => {
    const response = await post(router, '/auth/introspection').type('json').send(body);
    expect(response.status).toBe(400);
    expect(response.body).toEqual(refusal);
  });

  it('answers 413 to a body over one megabyte, before all of it has come', async () => {
    const server = createServer(router).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    try {
      const socket = connectSocket((server.address() as AddressInfo).port, '127.0.0.1');
      socket.on('error', () => {});
      socket.write(`POST /api/${serviceId}/auth/token HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${accessToken}\r\n`);
      socket.write('Content-Length: 99999999\r\n\r\n');
      socket.write('x'.repeat(1_100_000));
      const [head] = (await text(socket)).split('\r\n\r\n');
      expect(head).toMatch(/^HTTP\/1\.1 413 /);
      expect(head).toMatch(/\r\nconnection: close/i);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('answers 405 to a wrong method', async () => {
    const response = await request(router).get(`/api/${serviceId}/auth/token`);
    expect(response.status).toBe(405);
    expect(response.headers.allow).toBe('POST');
  });

  it.each(['/', '/api', `/api/${serviceId}`, '/api/1/auth/token', '/api/toString/x', '//'])(
    'leaves %s to others, or answers 404',
    async (path) => {
      const app = express().use(router, (_req, res) => {
        res.status(299).end();
      });
      expect((await request(app).post(path)).status).toBe(299);
      const alone = await request(router).post(path);
      expect(alone.status).toBe(404);
      expect(alone.body).toEqual(refusal);
    },
  );

  it.each(['/nothing', '/auth/nothing', '/client/get/', '/client/get/list', '/'])(
    'answers 404 to the path %s of the service, whatever is mounted after it',
    async (path) => {
      const app = express().use(router, (_req, res) => {
        res.status(299).end();
      });
      const response = await request(app).post(`/api/${serviceId}${path}`);
      expect([response.status, response.body]).toEqual([404, refusal]);
    },
  );

  it('answers 404 to a path that the 2.x API does not have, and leaves the path of a service to another router', async () => {
    const both = express().use(
      '/api',
      authleteRouter(engine.authlete, { apiKey: 'key', apiSecret: 'secret' }),
      authleteRouter(engine.authlete, { serviceId, accessToken }),
    );
    expect((await request(both).post('/api/auth/nothing')).status).toBe(404);
    const call = request(both).get(`/api/${serviceId}/service/jwks/get`).set('Authorization', `Bearer ${accessToken}`);
    expect((await call).status).toBe(200);
  });

  it('registers, reads, changes and removes clients', async () => {
    const { authlete } = await startEngine({ registration: { open: true } });
    const app = authleteRouter(authlete, { serviceId, accessToken });
    const call = async (path: string, body: object) =>
      (await post(app, `/client/registration${path}`).send(body)).body as { action: string; responseContent: string };
    const metadata = { backchannel_token_delivery_mode: 'poll', client_name: 'Teller' };
    const created = await call('', { json: JSON.stringify(metadata), token: null });
    expect(created.action).toBe('CREATED');
    const { client_id: clientId, registration_access_token: token } = JSON.parse(created.responseContent);
    expect(await call('/get', { clientId, token })).toMatchObject({ action: 'OK' });
    const json = JSON.stringify({ ...metadata, client_id: clientId, client_name: 'Renamed' });
    const updated = await call('/update', { clientId, token, json });
    expect(JSON.parse(updated.responseContent).client_name).toBe('Renamed');
    expect(await call('/delete', { clientId, token })).toMatchObject({ action: 'DELETED' });
    expect(await call('/get', { clientId, token })).toMatchObject({ action: 'UNAUTHORIZED' });
  });

  it('answers 404 to the id of a client that does not decode', async () => {
    const call = request(router).get(`/api/${serviceId}/client/get/%zz`);
    expect((await call.set('Authorization', `Bearer ${accessToken}`)).status).toBe(404);
  });

  it('answers 500 when the AuthleteApi fails', async () => {
    const broken = { ...engine.authlete, token: () => Promise.reject(new Error('with a secret in it')) };
    const failing = authleteRouter(broken, { serviceId, accessToken });
    const response = await post(failing, '/auth/token').send({ parameters: '' });
    expect(response.status).toBe(500);
    expect(response.body).toEqual(refusal);
    expect(response.text).not.toContain('secret');
  });

  it.each([
    ['authlete', undefined, { serviceId, accessToken }],
    ['token()', { backchannelAuthentication() {} }, { serviceId, accessToken }],
    ['serviceId', 'engine', { accessToken }],
    ['apiSecret', 'engine', { apiKey: '1' }],
    ['not both', 'engine', { serviceId, accessToken, apiKey: '1', apiSecret: '2' }],
    ['did you mean `accessToken`?', 'engine', { serviceId, acessToken: 'x' }],
    ['serviceId', 'engine', { serviceId: 7, accessToken }],
    ['accessToken', 'engine', { serviceId, accessToken: '' }],
    ['authleteRouter', 'engine', undefined],
  ])('names %s when it is wrong', (option, authlete, options) => {
    const make = () => authleteRouter((authlete === 'engine' ? engine.authlete : authlete) as never, options as never);
    expect(make).toThrow(option === 'token()' ? /must have a method/ : option);
  });
});

describe("Authlete's own SDK", () => {
  const server = () => createServer(router).listen(0, '127.0.0.1');
  let running: ReturnType<typeof server> | undefined;

  afterEach(() => {
    running?.closeAllConnections();
    running?.close();
  });

  it('works against it unchanged', async () => {
    running = server();
    await new Promise((resolve) => running?.once('listening', resolve));
    const { port } = running.address() as AddressInfo;
    const authlete = new Authlete({ bearer: accessToken, serverURL: `http://127.0.0.1:${port}` });
    const details = JSON.stringify([{ type: 'payment', amount: '1' }]);
    const form = new URLSearchParams({
      ...validRequest,
      scope: 'openid email offline_access',
      authorization_details: details,
    });
    const judged = await authlete.ciba.processAuthentication({
      serviceId,
      backchannelAuthenticationRequest: { ...credentials('poll'), parameters: form.toString() },
    });
    expect(judged).toMatchObject({ action: 'USER_IDENTIFICATION', deliveryMode: 'POLL', hint: 'alice' });
    const ticket = judged.ticket ?? '';
    const issued = await authlete.ciba.issue({ serviceId, backchannelAuthenticationIssueRequest: { ticket } });
    expect(issued).toMatchObject({ action: 'OK', expiresIn: 120, interval: 5 });
    const completed = await authlete.ciba.complete({
      serviceId,
      backchannelAuthenticationCompleteRequest: { ticket, result: 'AUTHORIZED', subject: 'alice', acr: 'loa2' },
    });
    expect(completed).toMatchObject({ action: 'NO_ACTION' });
    const tokens = await authlete.token.process({
      serviceId,
      tokenRequest: {
        ...credentials('poll'),
        parameters: new URLSearchParams({ grant_type: cibaGrantType, auth_req_id: issued.authReqId ?? '' }).toString(),
      },
    });
    expect(tokens).toMatchObject({ action: 'OK', subject: 'alice' });
    const introspected = await authlete.introspection.process({
      serviceId,
      introspectionRequest: { token: tokens.accessToken ?? '' },
    });
    expect(introspected).toMatchObject({ action: 'OK', acr: 'loa2' });
    const failed = await authlete.ciba.fail({
      serviceId,
      backchannelAuthenticationFailRequest: { ticket: 'x', reason: 'ACCESS_DENIED' },
    });
    expect(failed).toMatchObject({ action: 'INTERNAL_SERVER_ERROR' });
    expect(await authlete.jwkSetEndpoint.serviceJwksGetApi({ serviceId })).toEqual(await engine.authlete.jwks());
    // The SDK knows no member of the configuration.
    expect(await authlete.service.getConfiguration({ serviceId })).toEqual({});
  });

  it('gives its own error for a wrong access token', async () => {
    running = server();
    await new Promise((resolve) => running?.once('listening', resolve));
    const { port } = running.address() as AddressInfo;
    const authlete = new Authlete({ bearer: 'wrong', serverURL: `http://127.0.0.1:${port}` });
    const call = authlete.ciba.issue({ serviceId, backchannelAuthenticationIssueRequest: { ticket: 'x' } });
    await expect(call).rejects.toMatchObject({ statusCode: 401 });
  });
});
