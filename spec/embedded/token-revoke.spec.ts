import { beforeEach, describe, expect, it } from '@jest/globals';
import { poll, start, startEngine, type TestEngine, validRequest } from './engine.js';

let engine: TestEngine;
let accessToken: string;
let refreshToken: string;

beforeEach(async () => {
  engine = await startEngine();
  const { ticket, authReqId } = await start(engine, 'poll', { ...validRequest, scope: 'openid offline_access' });
  await engine.authlete.backchannelAuthenticationComplete({ ticket, result: 'AUTHORIZED', subject: 'alice' });
  const tokens = await poll(engine, 'poll', authReqId);
  accessToken = tokens.accessToken ?? '';
  refreshToken = tokens.refreshToken ?? '';
});

const isUsable = async () => (await engine.authlete.introspection({ token: accessToken })).usable;

describe('tokenRevoke', () => {
  it('ends an access token, and the refresh token that came with it', async () => {
    const { tokenRevoke } = engine.authlete;
    expect(await tokenRevoke({ accessTokenIdentifier: accessToken })).toMatchObject({ count: 1 });
    expect(await isUsable()).toBe(false);
    expect(await tokenRevoke({ refreshTokenIdentifier: refreshToken })).toMatchObject({ count: 0 });
  });

  it('ends a refresh token', async () => {
    const { tokenRevoke } = engine.authlete;
    expect(await tokenRevoke({ refreshTokenIdentifier: refreshToken })).toMatchObject({ count: 1 });
    expect(await tokenRevoke({ refreshTokenIdentifier: refreshToken })).toMatchObject({ count: 0 });
  });

  it.each([{}, { accessTokenIdentifier: 'x' }, { refreshTokenIdentifier: 'x' }])(
    'ends nothing for %p',
    async (request) => {
      expect(await engine.authlete.tokenRevoke(request)).toMatchObject({ count: 0 });
      expect(await isUsable()).toBe(true);
    },
  );
});
