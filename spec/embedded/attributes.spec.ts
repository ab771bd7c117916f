import { describe, expect, it } from '@jest/globals';
import { ask, clients, getTokens, startEngine, validRequest } from './engine.js';

const serviceAttributes = [{ key: 'region', value: 'eu' }];
const clientAttributes = [{ key: 'tier', value: 'gold' }];

describe('attributes', () => {
  it('of the service and of the client are in every response that names the client', async () => {
    const client = { client_id: 'gold', client_secret: 'gold secret', attributes: clientAttributes };
    const engine = await startEngine({
      serviceAttributes,
      clients: [{ ...client, backchannel_token_delivery_mode: 'poll' }],
    });
    const judged = await ask(engine, 'gold', validRequest);
    const tokens = await getTokens(engine, 'gold');
    const introspected = await engine.authlete.introspection({ token: tokens.accessToken ?? '' });
    for (const response of [judged, tokens, introspected]) {
      expect(response).toMatchObject({ serviceAttributes, clientAttributes });
    }
  });

  it('are absent where there are none', async () => {
    const judged = await ask(await startEngine(), 'poll', validRequest);
    expect(judged).not.toHaveProperty('serviceAttributes');
    expect(judged).not.toHaveProperty('clientAttributes');
  });

  it.each<[string, object]>([
    ['serviceAttributes', { serviceAttributes: {} }],
    ['serviceAttributes', { serviceAttributes: [{ key: 'a' }] }],
    ['clients[0].attributes', { clients: [{ ...clients[0], attributes: 'gold' }] }],
  ])('are a TypeError that names %s when they are wrong', async (name, options) => {
    await expect(startEngine(options)).rejects.toMatchObject({
      name: 'TypeError',
      message: expect.stringContaining(name),
    });
  });
});

describe('warnings', () => {
  const dropping = { scope: 'openid email fax', login_hint: 'alice', acr_values: 'loa1 loa2' };

  it('say which scopes and ACRs were dropped', async () => {
    const engine = await startEngine({ warnings: true, acrs: ['loa2'] });
    expect(await ask(engine, 'poll', dropping)).toMatchObject({
      action: 'USER_IDENTIFICATION',
      warnings: [expect.stringMatching(/^scope: fax /), expect.stringMatching(/^acr_values: loa1 /)],
    });
    expect(await ask(engine, 'poll', validRequest)).not.toHaveProperty('warnings');
  });

  it('are absent without the option', async () => {
    expect(await ask(await startEngine({ acrs: ['loa2'] }), 'poll', dropping)).not.toHaveProperty('warnings');
  });
});
