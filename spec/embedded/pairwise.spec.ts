import { beforeAll, describe, expect, it } from '@jest/globals';
import type { ClientMetadata } from 'ciba-backchannel/embedded';
import { decodeJwt, exportJWK, type JSONWebKeySet } from 'jose';
import { keyPair } from '../support/key-pairs.js';
import { ask, content, poll, start, startEngine, type TestEngine } from './engine.js';

function client(id: string, more: Partial<ClientMetadata> = {}): ClientMetadata {
  const common = { client_secret: `${id} secret`, backchannel_token_delivery_mode: 'poll' as const };
  return { client_id: id, subject_type: 'pairwise', ...common, ...more };
}

const clients = [
  client('one'),
  client('two'),
  client('shared-1', { sector_identifier_uri: 'https://group.example.com/sector.json' }),
  client('shared-2', { sector_identifier_uri: 'https://group.example.com/other.json' }),
  client('keys-1', { jwks_uri: 'https://keys.example.com/1' }),
  client('keys-2', { jwks_uri: 'https://keys.example.com/2' }),
  client('ping-1', {
    backchannel_token_delivery_mode: 'ping',
    backchannel_client_notification_endpoint: 'https://keys.example.com/ping',
  }),
  client('public', { subject_type: 'public' }),
];

let jwks: JSONWebKeySet;
beforeAll(async () => {
  const { privateKey } = await keyPair('ES256');
  jwks = { keys: [await exportJWK(privateKey)] };
});

const startPairwise = () => startEngine({ clients, jwks, accessTokenFormat: 'jwt' });

async function tokensOf(engine: TestEngine, id: string, decision: object = {}) {
  const parameters = { scope: 'openid', login_hint: 'alice', client_notification_token: 'notify-me' };
  const { ticket, authReqId } = await start(engine, id, parameters);
  const authorized = { ticket, result: 'AUTHORIZED', subject: 'alice', ...decision } as const;
  await engine.authlete.backchannelAuthenticationComplete(authorized);
  return poll(engine, id, authReqId);
}

async function subOf(engine: TestEngine, id: string, decision: object = {}) {
  const { idToken } = await tokensOf(engine, id, decision);
  return decodeJwt(idToken ?? '').sub;
}

describe('pairwise subjects', () => {
  it('differ between clients and between users, and reveal nothing about the user', async () => {
    const engine = await startPairwise();
    const subs = [
      await subOf(engine, 'one'),
      await subOf(engine, 'two'),
      await subOf(engine, 'one', { subject: 'bob' }),
      await subOf(engine, 'public'),
    ];
    expect(new Set(subs).size).toBe(4);
    expect(subs.slice(0, 3)).toEqual(Array(3).fill(expect.stringMatching(/^[\w-]{43}$/)));
    expect(subs[3]).toBe('alice');
  });

  it('are the same each time, even from another engine with the same key', async () => {
    const engine = await startPairwise();
    const sub = await subOf(engine, 'one');
    expect(await subOf(engine, 'one')).toBe(sub);
    expect(await subOf(await startPairwise(), 'one')).toBe(sub);
    expect(await subOf(await startEngine({ clients }), 'one')).not.toBe(sub);
  });

  it('are the same for the clients of one sector', async () => {
    const engine = await startPairwise();
    expect(await subOf(engine, 'shared-1')).toBe(await subOf(engine, 'shared-2'));
    expect(await subOf(engine, 'keys-1')).toBe(await subOf(engine, 'keys-2'));
    expect(await subOf(engine, 'ping-1')).toBe(await subOf(engine, 'keys-1'));
    expect(await subOf(engine, 'shared-1')).not.toBe(await subOf(engine, 'keys-1'));
  });

  it('are in JWT access tokens and userinfo too, while the server gets the subject', async () => {
    const engine = await startPairwise();
    const { jwtAccessToken, idToken, subject } = await tokensOf(engine, 'one');
    const { sub } = decodeJwt(idToken ?? '');
    expect(subject).toBe('alice');
    expect(decodeJwt(jwtAccessToken ?? '').sub).toBe(sub);
    const token = jwtAccessToken ?? '';
    expect(content(await engine.authlete.userinfoIssue({ token })).sub).toBe(sub);
    expect((await engine.authlete.introspection({ token })).subject).toBe('alice');
  });

  it('give way to a sub that the server sets', async () => {
    expect(await subOf(await startPairwise(), 'one', { sub: 'mine' })).toBe('mine');
  });

  it('come back in an id_token_hint', async () => {
    const engine = await startPairwise();
    const { idToken } = await tokensOf(engine, 'one');
    const asked = await ask(engine, 'one', { scope: 'openid', id_token_hint: idToken ?? '' });
    expect(asked).toMatchObject({ action: 'USER_IDENTIFICATION', sub: decodeJwt(idToken ?? '').sub });
  });

  it('are announced', async () => {
    const { authlete } = await startPairwise();
    expect(await authlete.configuration()).toMatchObject({ subject_types_supported: ['public', 'pairwise'] });
    expect(await authlete.getClient('one')).toMatchObject({ subjectType: 'PAIRWISE' });
    expect(await authlete.getClient('public')).toMatchObject({ subjectType: 'PUBLIC' });
  });

  it.each<[string, object]>([
    ['subject_type', { subject_type: 'secret' }],
    ['sector_identifier_uri', { sector_identifier_uri: 'http://group.example.com' }],
    ['userinfo_signed_response_alg', { userinfo_signed_response_alg: 'ES256' }],
    ['grant_types', { grant_types: ['refresh_token'] }],
  ])('cannot be registered with a wrong %s', async (member, more) => {
    await expect(startEngine({ clients: [client('one', more)] })).rejects.toThrow(member);
  });
});
