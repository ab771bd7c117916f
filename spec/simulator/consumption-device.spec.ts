import { describe, expect, it } from '@jest/globals';
import { type SimulatorOptions, simulator } from 'ciba-backchannel/simulator';
import request from 'supertest';
import { afterwards, concurrently } from '../support/concurrently.js';
import { atHash, type ProviderDouble, providerDouble } from './provider-double.js';
import { listen, openEvents } from './support.js';

/** A provider, and a simulator with a client of it; both are closed when the spec ends. */
async function start(
  mode: string,
  options: (provider: ProviderDouble) => Partial<SimulatorOptions> = () => ({}),
  metadata: object = {},
) {
  const provider = await providerDouble();
  const client = { client_id: 'teller', client_secret: 's+cret', client_name: 'Bank teller', ...metadata };
  const sim = simulator({
    issuer: provider.url,
    clients: [{ ...client, backchannel_token_delivery_mode: mode }],
    ...options(provider),
  });
  const host = await listen(sim);
  const page = await openEvents(`${host.url}/events`);
  afterwards(async () => {
    page.close();
    sim.close();
    await host.close();
    await provider.close();
  });

  function send(form: Record<string, unknown> = {}) {
    return request(host.server)
      .post('/requests')
      .send({ client_id: 'teller', hint_type: 'login_hint', hint: 'alice', scope: 'openid', ...form });
  }

  /** Sends a notification with the token that the client gave the provider. */
  async function notify(body: object, token = provider.asked.at(-1)?.form.client_notification_token ?? '') {
    return request(host.server).post('/notifications').set('Authorization', `Bearer ${token}`).send(body);
  }

  return { provider, host, page, send, notify };
}

const texts = (flow: { steps: { text: string }[] }) => flow.steps.map(({ text }) => text);
const ended = ({ status }: { status: string }) => status !== 'waiting';
const issued = (flow: { steps: { text: string }[] }) => texts(flow).some((text) => text.startsWith('auth_req_id'));

describe('a poll client', () => {
  concurrently('sends what the form says, polls, and shows the claims of the verified ID token', async () => {
    const { provider, page, send } = await start('poll');
    let polls = 0;
    const idToken = await provider.idToken({ acr: 'gold', at_hash: atHash('an-access-token') });
    provider.answers['/token'] = () => {
      polls += 1;
      if (polls < 3) return [400, { error: 'authorization_pending' }];
      return [
        200,
        { access_token: 'an-access-token', refresh_token: 'r', expires_in: 60, scope: 'openid', id_token: idToken },
      ];
    };
    await send({ binding_message: 'W4', acr_values: 'gold', user_code: '' }).expect(202);

    const flow = await page.next('flow', ended);
    expect(flow).toMatchObject({
      clientName: 'Bank teller',
      mode: 'poll',
      hint: 'alice',
      bindingMessage: 'W4',
      status: 'approved',
      tokens: { accessToken: true, refreshToken: true, expiresIn: 60, scope: 'openid' },
      claims: { sub: 'alice', iss: provider.url, aud: 'teller', acr: 'gold' },
    });
    expect(flow.steps).toMatchObject([
      { direction: 'sent', text: 'backchannel authentication request', count: 1 },
      { direction: 'received', text: 'auth_req_id, valid for 60 s', count: 1 },
      { direction: 'sent', text: 'token request', count: 3 },
      { direction: 'received', text: 'authorization_pending', count: 2 },
      { direction: 'received', text: 'tokens', count: 1 },
      { direction: 'note', count: 1 },
    ]);
    // Each half of the credentials is form-encoded first (RFC 6749, section 2.3.1).
    const authorization = `Basic ${Buffer.from('teller:s%2Bcret').toString('base64')}`;
    const requests = provider.asked.filter(({ path }) => path === '/bc' || path === '/token');
    expect(requests[0]).toEqual({
      path: '/bc',
      authorization,
      form: { scope: 'openid', login_hint: 'alice', binding_message: 'W4', acr_values: 'gold' },
    });
    expect(requests[1]).toEqual({
      path: '/token',
      authorization,
      form: { grant_type: 'urn:openid:params:grant-type:ciba', auth_req_id: 'an-id' },
    });
  });

  concurrently('says that a request has expired, or gets no tokens for another reason', async () => {
    for (const [error, status] of [
      ['expired_token', 'expired'],
      ['invalid_grant', 'refused'],
    ]) {
      const { provider, page, send } = await start('poll');
      provider.answers['/token'] = () => [400, { error }];
      await send().expect(202);
      expect((await page.next('flow', ended)).status).toBe(status);
    }
  });

  concurrently('shows a denial', async () => {
    const { provider, page, send } = await start('poll');
    provider.answers['/token'] = () => [400, { error: 'access_denied', error_description: 'the user said no' }];
    await send().expect(202);
    const flow = await page.next('flow', ended);
    expect(flow.status).toBe('denied');
    expect(texts(flow).at(-1)).toBe('access_denied (400): the user said no');
  });

  it('shows why the provider refused the request', async () => {
    const { provider, page, send } = await start('poll');
    provider.answers['/bc'] = () => [400, { error: 'invalid_binding_message' }];
    await send({ binding_message: 'x'.repeat(100) }).expect(202);
    const flow = await page.next('flow', ended);
    expect(flow.status).toBe('refused');
    expect(texts(flow).at(-1)).toBe('invalid_binding_message (400)');
    expect(flow.steps.at(-1).explanation).toMatch(/does not show such a binding message/);
  });

  concurrently('shows the HTTP messages, and the commands that repeat them, without their secrets', async () => {
    const { provider, page, send } = await start('poll');
    const idToken = await provider.idToken({});
    provider.answers['/token'] = () => [200, { access_token: 'an-access-token', id_token: idToken }];
    await send({ binding_message: "W4 & 'so'", user_code: 'my-code' }).expect(202);
    const { steps } = await page.next('flow', ended);
    const [asked, acknowledged, polled, answered] = steps;
    expect(asked.http).toBe(
      [
        'POST /bc HTTP/1.1',
        `Host: ${new URL(provider.url).host}`,
        'Authorization: Basic base64(teller:$CLIENT_SECRET)',
        'Content-Type: application/x-www-form-urlencoded',
        '',
        'scope=openid&',
        'binding_message=W4+%26+%27so%27&',
        'user_code=$USER_CODE&',
        'login_hint=alice',
      ].join('\n'),
    );
    expect(asked.curl).toBe(
      [
        `curl '${provider.url}/bc'`,
        '-u "teller:$CLIENT_SECRET"',
        "--data-urlencode 'scope=openid'",
        "--data-urlencode 'binding_message=W4 & '\\''so'\\'''",
        '--data-urlencode "user_code=$USER_CODE"',
        "--data-urlencode 'login_hint=alice'",
      ].join(' \\\n  '),
    );
    expect(acknowledged.http).toMatch(/^HTTP\/1\.1 200\n.*content-type: application\/json\n.*"auth_req_id": "an-id"/s);
    expect(polled.curl).toContain("--data-urlencode 'auth_req_id=an-id'");
    expect(answered.http).toContain('"access_token": "$ACCESS_TOKEN"');
    for (const secret of ['s+cret', 's%2Bcret', 'my-code', 'an-access-token', idToken]) {
      expect(JSON.stringify(steps)).not.toContain(secret);
    }
  });

  it('may authenticate with client_secret_post', async () => {
    const { provider, page, send } = await start('poll', undefined, {
      token_endpoint_auth_method: 'client_secret_post',
    });
    await send().expect(202);
    await page.next('flow', issued);
    const asked = provider.asked.find(({ path }) => path === '/bc');
    expect(asked?.authorization).toBeUndefined();
    expect(asked?.form).toMatchObject({ client_id: 'teller', client_secret: 's+cret' });
  });

  it('needs no metadata where all endpoints are given', async () => {
    const { provider, page, send } = await start('poll', ({ url }) => ({
      endpoints: {
        backchannel_authentication_endpoint: `${url}/bc`,
        token_endpoint: `${url}/token`,
        jwks_uri: `${url}/jwks`,
      },
    }));
    provider.answers['/.well-known/openid-configuration'] = () => [500, {}];
    await send().expect(202);
    await page.next('flow', issued);
  });

  concurrently('has its last ID token as id_token_hint', async () => {
    const { provider, page, send } = await start('poll');
    await send({ hint_type: 'id_token_hint', hint: '' }).expect(400);
    const idToken = await provider.idToken({});
    provider.answers['/token'] = () => [200, { access_token: 'a', id_token: idToken }];
    await send().expect(202);
    await page.next('flow', ended);
    await send({ hint_type: 'id_token_hint', hint: '' }).expect(202);
    await page.next('flow', ({ id, ...flow }) => id === 2 && issued(flow));
    expect(provider.asked.filter(({ path }) => path === '/bc').at(-1)?.form).toEqual({
      scope: 'openid',
      id_token_hint: idToken,
    });
  });

  const failures: [string, (double: ProviderDouble) => Promise<void>, RegExp][] = [
    [
      'the ID token is for another client',
      async (double) => answerTokens(double, await double.idToken({ aud: 'shop' })),
      /aud/,
    ],
    [
      'the ID token is of another issuer',
      async (double) => answerTokens(double, await double.idToken({ iss: 'https://evil.example' })),
      /iss/,
    ],
    [
      'the ID token is of another access token',
      async (double) => answerTokens(double, await double.idToken({ at_hash: atHash('another') })),
      /at_hash/,
    ],
    ['there is no ID token', async (double) => answerTokens(double, undefined), /no ID token/],
    [
      'the answer is not JSON',
      async ({ answers }) => {
        answers['/token'] = () => [200, '<html>'];
      },
      /no JSON object/,
    ],
    [
      'the metadata is of another issuer',
      async ({ answers }) => {
        answers['/.well-known/openid-configuration'] = () => [200, { issuer: 'https://evil.example' }];
      },
      /another issuer/,
    ],
    ['the provider is away', async (double) => double.close(), /fetch failed: .*ECONNREFUSED/],
  ];
  for (const [what, arrange, reason] of failures) {
    concurrently(`fails when ${what}`, async () => {
      const { provider, page, send } = await start('poll');
      await arrange(provider);
      await send().expect(202);
      const flow = await page.next('flow', ended);
      expect(flow.status).toBe('failed');
      expect(flow.claims).toBeUndefined();
      expect(texts(flow).at(-1)).toMatch(reason);
    });
  }
});

describe('a ping client', () => {
  concurrently('does not poll, and asks for its tokens when the ping has come', async () => {
    const { provider, page, send, notify } = await start('ping');
    const idToken = await provider.idToken({});
    provider.answers['/token'] = () => [200, { access_token: 'a', id_token: idToken }];
    await send().expect(202);
    await page.next('flow', issued);
    const token = provider.asked.at(-1)?.form.client_notification_token ?? '';
    expect(token.length).toBeGreaterThanOrEqual(43);

    expect((await notify({ auth_req_id: 'an-id' }, token)).status).toBe(204);
    const flow = await page.next('flow', ended);
    expect(flow.status).toBe('approved');
    expect(texts(flow)).toEqual(expect.arrayContaining(['ping', 'token request', 'tokens']));
    expect((await notify({ auth_req_id: 'an-id' }, token)).status).toBe(204);
  });

  it('has a ping repeated that is faster than the auth_req_id', async () => {
    const { provider, page, send, notify } = await start('ping');
    let status = 0;
    provider.answers['/bc'] = async () => {
      ({ status } = await notify({ auth_req_id: 'an-id' }));
      return [200, { auth_req_id: 'an-id', expires_in: 60 }];
    };
    await send().expect(202);
    await page.next('flow', issued);
    expect(status).toBe(503);
  });

  it.each<[string, object, string | undefined, number]>([
    ['an unknown token', { auth_req_id: 'an-id' }, 'unknown', 401],
    ['no token', { auth_req_id: 'an-id' }, '', 401],
    ['another auth_req_id', { auth_req_id: 'another' }, undefined, 400],
    ['no auth_req_id', {}, undefined, 400],
    ['a body that is no object', [], undefined, 400],
  ])('refuses a ping with %s', async (_, body, token, status) => {
    const { page, send, notify } = await start('ping');
    await send().expect(202);
    await page.next('flow', issued);
    expect((await notify(body, token)).status).toBe(status);
  });
});

describe('a push client', () => {
  it('takes its tokens, and shows the claims', async () => {
    const { provider, page, send, notify } = await start('push');
    await send().expect(202);
    await page.next('flow', issued);
    const idToken = await provider.idToken({ 'urn:openid:params:jwt:claim:auth_req_id': 'an-id' });
    expect((await notify({ auth_req_id: 'an-id', access_token: 'a', id_token: idToken })).status).toBe(204);
    const flow = await page.next('flow', ended);
    expect(flow).toMatchObject({ status: 'approved', claims: { sub: 'alice' } });
    expect(provider.asked.some(({ path }) => path === '/token')).toBe(false);
  });

  it('does not take an ID token of another auth_req_id', async () => {
    const { provider, page, send, notify } = await start('push');
    await send().expect(202);
    await page.next('flow', issued);
    const idToken = await provider.idToken({ 'urn:openid:params:jwt:claim:auth_req_id': 'another' });
    await notify({ auth_req_id: 'an-id', access_token: 'a', id_token: idToken });
    expect((await page.next('flow', ended)).status).toBe('failed');
  });

  it('shows a denial', async () => {
    const { page, send, notify } = await start('push');
    await send().expect(202);
    await page.next('flow', issued);
    await notify({ auth_req_id: 'an-id', error: 'access_denied', error_description: 'the user said no' });
    const flow = await page.next('flow', ended);
    expect(flow.status).toBe('denied');
    expect(texts(flow).at(-1)).toBe('access_denied: the user said no');
  });
});

describe('the form', () => {
  it.each<[string, object, RegExp]>([
    ['an unknown client', { client_id: 'shop' }, /client_id/],
    ['an unknown hint type', { hint_type: 'hint' }, /hint_type/],
    ['no hint', { hint: '' }, /hint/],
    ['a parameter that is no string', { scope: ['openid'] }, /scope/],
  ])('is refused with %s', async (_, form, reason) => {
    const { send } = await start('poll');
    const response = await send(form as Record<string, unknown>);
    expect(response.status).toBe(400);
    expect(response.body.error_description).toMatch(reason);
  });

  it.each([
    ['not JSON', 400, 'client_id=teller'],
    ['an array', 400, '[]'],
    ['over 64 kB', 413, JSON.stringify({ client_id: 'x'.repeat(70_000) })],
  ])('is refused when it is %s, with %i', async (_, status, body) => {
    const { host } = await start('poll');
    const response = await request(host.server).post('/requests').set('Content-Type', 'application/json').send(body);
    expect(response.status).toBe(status);
    expect(response.body.error).toBe('invalid_request');
  });

  it('makes room by dropping finished flows, and is refused where none has ended', async () => {
    const { provider, page, send } = await start('push');
    provider.answers['/bc'] = () => [400, { error: 'invalid_request' }];
    await send().expect(202);
    await page.next('flow', ended);
    provider.answers['/bc'] = () => [200, { auth_req_id: 'an-id', expires_in: 60 }];
    for (let number = 2; number <= 11; number += 1) await send().expect(202);
    expect(await page.next('dropped')).toEqual({ id: 1 });
    const response = await send();
    expect(response.status).toBe(400);
    expect(response.body.error_description).toContain('under way');
  });
});

describe('what the page is told', () => {
  it('are the clients and the login hints to choose from, and no secret or token', async () => {
    const { provider, page, send } = await start('ping', () => ({ loginHints: ['alice'] }));
    const snapshot = await page.next('snapshot');
    expect(snapshot).toMatchObject({
      clients: [{ id: 'teller', name: 'Bank teller', mode: 'ping', scope: 'openid' }],
      loginHints: ['alice'],
    });
    await send().expect(202);
    const told = JSON.stringify([snapshot, await page.next('flow', issued)]);
    expect(told).not.toContain('s+cret');
    expect(told).not.toContain(provider.asked.at(-1)?.form.client_notification_token);
  });
});

function answerTokens({ answers }: ProviderDouble, idToken: string | undefined): void {
  answers['/token'] = () => [200, { access_token: 'an-access-token', id_token: idToken }];
}
