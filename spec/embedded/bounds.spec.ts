import { describe, expect, it } from '@jest/globals';
import { expiringMap } from '../../lib/embedded/state/expiring-map.js';
import { ask, content, getTokens, poll, start, startEngine, validRequest } from './engine.js';

describe('a full engine', () => {
  it('answers with an error until something has expired', async () => {
    const engine = await startEngine({ maxPending: 3 });
    await start(engine, 'poll');
    await start(engine, 'poll', { ...validRequest, requested_expiry: '10' });
    await ask(engine, 'poll', validRequest);
    const refused = await ask(engine, 'poll', validRequest);
    expect(refused).toMatchObject({
      action: 'INTERNAL_SERVER_ERROR',
      resultCode: expect.stringMatching(/^E\d{3}1\d\d$/),
    });
    expect(content(refused)).toMatchObject({ error: 'server_error' });
    engine.wait(10);
    expect(await ask(engine, 'poll', validRequest)).toMatchObject({ action: 'USER_IDENTIFICATION' });
    expect(await ask(engine, 'poll', validRequest)).toMatchObject({ action: 'INTERNAL_SERVER_ERROR' });
    engine.wait(120);
    expect(await ask(engine, 'poll', validRequest)).toMatchObject({ action: 'USER_IDENTIFICATION' });
  });

  it('counts what requests hold, at most 4 kB each on average', async () => {
    const engine = await startEngine({ maxPending: 10 });
    const large = { ...validRequest, binding_message: 'x'.repeat(13_000) };
    for (let i = 0; i < 3; i += 1)
      expect(await ask(engine, 'poll', large)).toMatchObject({ action: 'USER_IDENTIFICATION' });
    expect(await ask(engine, 'poll', large)).toMatchObject({ action: 'INTERNAL_SERVER_ERROR' });
    expect(await ask(engine, 'poll', validRequest)).toMatchObject({ action: 'USER_IDENTIFICATION' });
    engine.wait(120);
    expect(await ask(engine, 'poll', large)).toMatchObject({ action: 'USER_IDENTIFICATION' });
  });

  it('counts what tokens hold, too', async () => {
    const engine = await startEngine({ maxPending: 10 });
    const decide = async () => {
      const { ticket, authReqId } = await start(engine, 'poll');
      const claims = JSON.stringify({ picture: 'x'.repeat(15_000) });
      await engine.authlete.backchannelAuthenticationComplete({
        ticket,
        result: 'AUTHORIZED',
        subject: 'alice',
        claims,
      });
      return authReqId;
    };
    for (let i = 0; i < 2; i += 1) expect(await poll(engine, 'poll', await decide())).toMatchObject({ action: 'OK' });
    const waiting = await decide();
    expect(await poll(engine, 'poll', waiting)).toMatchObject({ action: 'INTERNAL_SERVER_ERROR' });
  });

  it('does not use an auth_req_id up for tokens that it cannot keep', async () => {
    const engine = await startEngine({ maxPending: 1 });
    const offline = { ...validRequest, scope: 'openid offline_access' };
    expect(await getTokens(engine, 'poll', offline)).toMatchObject({ action: 'OK' });
    const { ticket, authReqId } = await start(engine, 'poll');
    await engine.authlete.backchannelAuthenticationComplete({ ticket, result: 'AUTHORIZED', subject: 'alice' });
    expect(await poll(engine, 'poll', authReqId)).toMatchObject({ action: 'INTERNAL_SERVER_ERROR' });
  });
});

describe('an expiring map', () => {
  const start = (limit: number) => {
    const state = { time: 0, expired: [] as string[] };
    const map = expiringMap<{ expiresAt: number }>(
      limit,
      () => state.time,
      (key) => state.expired.push(key),
    );
    return { state, map };
  };

  it('forgets what has expired as new entries come, without being asked for it', () => {
    const { state, map } = start(1000);
    for (let i = 0; i < 100; i += 1) map.set(`old ${i}`, { expiresAt: 10 });
    state.time = 10;
    for (let i = 0; i < 110; i += 1) map.set(`new ${i}`, { expiresAt: 20 });
    expect(state.expired).toHaveLength(100);
  });

  it('holds no more than its limit', () => {
    const { state, map } = start(2);
    expect([map.set('a', { expiresAt: 10 }), map.set('b', { expiresAt: 20 })]).toEqual([true, true]);
    expect(map.set('c', { expiresAt: 30 })).toBe(false);
    expect(map.set('b', { expiresAt: 15 })).toBe(true);
    state.time = 10;
    expect(map.set('c', { expiresAt: 30 })).toBe(true);
    expect(map.full()).toBe(true);
    state.time = 15;
    expect(map.full()).toBe(false);
    expect(state.expired).toEqual(['a', 'b']);
  });
});
