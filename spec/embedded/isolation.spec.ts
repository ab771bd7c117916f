import { beforeEach, describe, expect, it } from '@jest/globals';
import { content, poll, start, startEngine, type TestEngine, validRequest } from './engine.js';

let engine: TestEngine;

const parameters = {
  ...validRequest,
  scope: 'openid email offline_access payments',
  acr_values: 'loa2',
  authorization_details: '[{"type":"payment","actions":["pay"],"amount":{"currency":"EUR"}}]',
  resource: 'https://rs.example.com',
};

beforeEach(async () => {
  engine = await startEngine({
    acrs: ['loa2'],
    scopes: ['email', 'offline_access', { name: 'payments', descriptions: [{ tag: 'en', value: 'Payments' }] }],
    endpoints: { mtls_endpoint_aliases: { token_endpoint: 'https://mtls.example.com/token' } },
  });
});

/** Changes every text and empties every array in a value. */
function spoil(value: object): void {
  for (const [name, member] of Object.entries(value)) {
    if (typeof member === 'object' && member !== null) spoil(member);
    else if (typeof member === 'string') (value as Record<string, unknown>)[name] = 'spoilt';
  }
  if (Array.isArray(value)) value.length = 0;
}

describe('what a host does to the objects that it gets or gives changes nothing in the engine', () => {
  it.each(['configuration', 'jwks'] as const)('%s', async (call) => {
    const before = JSON.stringify(await engine.authlete[call]());
    spoil(await engine.authlete[call]());
    expect(JSON.stringify(await engine.authlete[call]())).toBe(before);
  });

  it('a request, from its judgement to the token that is introspected', async () => {
    const { authlete } = engine;
    const run = async (treat: (value: object) => void) => {
      const judged = await start(engine, 'poll', parameters, treat);
      const completion = {
        ticket: judged.ticket,
        result: 'AUTHORIZED' as const,
        subject: 'alice',
        scopes: ['openid', 'email', 'payments', 'offline_access'],
        consentedClaims: ['email'],
        properties: [{ key: 'a', value: '1' }],
      };
      treat(await authlete.backchannelAuthenticationComplete(completion));
      treat(completion);
      const tokens = await poll(engine, 'poll', judged.authReqId);
      const { accessToken = '' } = tokens;
      const { access_token, refresh_token, id_token, ...given } = content(tokens);
      treat(tokens);
      treat(await authlete.introspection({ token: accessToken ?? '' }));
      return { given, introspected: await authlete.introspection({ token: accessToken ?? '' }) };
    };
    const untouched = await run(() => {});
    expect(untouched.introspected).toMatchObject({ action: 'OK', scopes: expect.arrayContaining(['payments']) });
    expect(await run(spoil)).toEqual(untouched);
    expect(await run(() => {})).toEqual(untouched);
  });
});
