import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import request from 'supertest';
import { getGlobalDispatcher, MockAgent, setGlobalDispatcher } from 'undici';
import { shows } from '../policies/page.js';
import { type Issuer, makeIssuer, now } from './issuer.js';
import { app } from './page-example.js';

async function send(form: Record<string, string>) {
  const { status, body } = await request(app)
    .post('/backchannel/authentication')
    .auth('teller', 'teller-secret')
    .type('form')
    .send({ scope: 'openid', ...form });
  return [status, body.error];
}

const unknown = [400, 'unknown_user_id'];

describe('the page on hints', () => {
  it('shows the example that is run here', async () => {
    expect(await shows('docs/hints.md', 'spec/hints/page-example.ts')).toBe(true);
  });
});

describe('the example on the page on hints', () => {
  const world = getGlobalDispatcher();
  const network = new MockAgent();
  let discovery: Issuer;
  beforeAll(async () => {
    discovery = await makeIssuer('https://discovery.example.net', 'https://as.example.com');
    network.disableNetConnect();
    setGlobalDispatcher(network);
    // The example has neither a phone nor a logger, and says so once.
    jest.spyOn(console, 'warn').mockImplementation(() => {});
  });
  afterAll(() => {
    setGlobalDispatcher(world);
    jest.restoreAllMocks();
  });

  it.each(['tel:+34666666666', 'alice@example.com', 'alice'])('finds the user by the login_hint %s', async (hint) => {
    expect(await send({ login_hint: hint })).toEqual([200, undefined]);
  });

  it.each(['tel:666666666', 'ipport:80.90.34.2', 'bob'])('finds nobody by the login_hint %s', async (hint) => {
    expect(await send({ login_hint: hint })).toEqual(unknown);
  });

  it('finds the user by a login_hint_token', async () => {
    const fetched = jest.fn(() => discovery.jwks);
    network.get('https://discovery.example.net').intercept({ path: '/jwks' }).reply(200, fetched).persist();
    const subId = { format: 'phone_number', phone_number: '+34666666666' };
    expect(await send({ login_hint_token: await discovery.sign({ sub_id: subId }) })).toEqual([200, undefined]);
    expect(await send({ login_hint_token: await discovery.sign() })).toEqual(unknown);
    expect(await send({ login_hint_token: await discovery.sign({ sub_id: subId, exp: now() - 1 }) })).toEqual([
      400,
      'expired_login_hint_token',
    ]);
    expect(fetched).toHaveBeenCalledTimes(1);
  });

  it('finds nobody by an id_token_hint that was not issued here', async () => {
    const as = await makeIssuer('https://as.example.com', 'teller');
    expect(await send({ id_token_hint: await as.sign() })).toEqual(unknown);
  });
});
