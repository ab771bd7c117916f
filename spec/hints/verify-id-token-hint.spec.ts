import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type IdTokenHintOptions, identifyBy, verifyIdTokenHint } from 'ciba-backchannel/hints';
import { exportJWK, exportSPKI, type JWK } from 'jose';
import { endpoint, recorder, withHintType } from '../policies/endpoint.js';
import { startConnectProxy } from '../support/connect-proxy.js';
import { forge, type Issuer, makeIssuer, now, serveJwks } from './issuer.js';

const issuer = 'https://as.example.com';
const day = 86_400;

let as: Issuer;
let options: IdTokenHintOptions & { jwks: Issuer['jwks'] };
beforeAll(async () => {
  as = await makeIssuer(issuer, 'teller');
  options = { issuer, audience: 'teller', jwks: as.jwks };
});

const unknownUser = expect.objectContaining({ name: 'Rejection', reason: 'UNKNOWN_USER_ID' });

describe('verifyIdTokenHint', () => {
  it('gives the subject and the claims', async () => {
    const { subject, claims } = await verifyIdTokenHint(await as.sign({ email: 'alice@example.com' }), options);
    expect(subject).toBe('alice');
    expect(claims).toMatchObject({ iss: issuer, aud: 'teller', email: 'alice@example.com' });
  });

  it.each(['RS256', 'PS384', 'ES512', 'EdDSA', 'Ed25519'])('checks signatures by %s', async (alg) => {
    const { sign, jwks } = await makeIssuer(issuer, 'teller', alg);
    await expect(verifyIdTokenHint(await sign(), { ...options, jwks })).resolves.toMatchObject({ subject: 'alice' });
    await expect(verifyIdTokenHint(await sign(), options)).rejects.toEqual(unknownUser);
  });

  it('tries the keys that fit when there is no kid', async () => {
    const other = await makeIssuer(issuer, 'teller', 'ES256', '2');
    const foreign = await makeIssuer(issuer, 'teller', 'ES256', '3');
    const jwks = { keys: [...other.jwks.keys, ...as.jwks.keys] };
    const hint = await as.sign({}, { kid: undefined });
    await expect(verifyIdTokenHint(hint, { ...options, jwks })).resolves.toMatchObject({ subject: 'alice' });
    const foreignHint = await foreign.sign({}, { kid: undefined });
    await expect(verifyIdTokenHint(foreignHint, { ...options, jwks })).rejects.toEqual(unknownUser);
  });

  it.each(['JWT', 'jwt', 'application/jwt', undefined])('takes the typ %s', async (typ) => {
    await expect(verifyIdTokenHint(await as.sign({}, { typ }), options)).resolves.toMatchObject({ subject: 'alice' });
  });

  it('takes an audience among several, and a client by either of its names', async () => {
    const hint = await as.sign({ aud: ['other', 'teller'] });
    for (const audience of ['teller', ['4711', 'teller'], [undefined, 'teller']]) {
      await expect(verifyIdTokenHint(hint, { ...options, audience })).resolves.toMatchObject({ subject: 'alice' });
    }
    const { audience: _, ...withoutAudience } = options;
    await expect(verifyIdTokenHint(hint, withoutAudience)).resolves.toMatchObject({ subject: 'alice' });
  });
});

describe('the age of an id_token_hint', () => {
  const expired = (age: number) => ({ iat: now() - age, exp: now() - age + 300 });

  it('does not matter by default', async () => {
    await expect(verifyIdTokenHint(await as.sign(expired(1000 * day)), options)).resolves.toBeDefined();
  });

  it('is at most maxAge once it has expired', async () => {
    const limited = { ...options, maxAge: 30 * day };
    await expect(verifyIdTokenHint(await as.sign(expired(29 * day)), limited)).resolves.toBeDefined();
    await expect(verifyIdTokenHint(await as.sign(expired(31 * day)), limited)).rejects.toEqual(unknownUser);
    await expect(verifyIdTokenHint(await as.sign(expired(600)), { ...options, maxAge: 0 })).rejects.toEqual(
      unknownUser,
    );
  });

  it('may be more while it has not expired', async () => {
    const hint = await as.sign({ iat: now() - 31 * day, exp: now() + 60 });
    await expect(verifyIdTokenHint(hint, { ...options, maxAge: 30 * day })).resolves.toBeDefined();
  });

  it('may be a minute below zero, since clocks differ', async () => {
    await expect(
      verifyIdTokenHint(await as.sign({ iat: now() + 30, nbf: now() + 30 }), options),
    ).resolves.toBeDefined();
  });
});

describe('verifyIdTokenHint refuses', () => {
  const claims = () => ({ iss: issuer, sub: 'alice', aud: 'teller', iat: now(), exp: now() + 300 });

  it.each<[string, () => string | Promise<string>]>([
    ['nothing', () => ''],
    ['a word', () => 'alice'],
    ['dots', () => '....'],
    ['a JWE', () => 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..a.b.c'],
    ['alg none', () => forge({ alg: 'none' }, claims())],
    ['alg None, with a signature', () => forge({ alg: 'None' }, claims(), 'AAAA')],
    ['no alg', () => forge({}, claims())],
    ['an alg that is no text', () => forge({ alg: ['ES256'] }, claims(), 'AAAA')],
    [
      'HS256 with the public key in PEM',
      async () => as.sign({}, { alg: 'HS256' }, Buffer.from(await exportSPKI(as.publicKey))),
    ],
    [
      'HS256 with the public key as JWK',
      () => as.sign({}, { alg: 'HS256' }, Buffer.from(JSON.stringify(as.jwks.keys[0]))),
    ],
    ['an alg that is not that of the key', () => forge({ alg: 'RS256', kid: '1' }, claims(), 'AAAA')],
    ['a broken signature', async () => `${(await as.sign()).slice(0, -8)}AAAAAAAA`],
    ['no signature', async () => (await as.sign()).replace(/[^.]+$/, '')],
    [
      'other claims under the signature',
      async () => {
        const [header, , signature] = (await as.sign()).split('.');
        const [, payload] = forge({}, { ...claims(), sub: 'mallory' }).split('.');
        return `${header}.${payload}.${signature}`;
      },
    ],
    ['the key of somebody else with the same kid', async () => (await makeIssuer(issuer, 'teller')).sign()],
    ['an unknown kid', () => as.sign({}, { kid: '2' })],
    ['a kid that is a path', () => as.sign({}, { kid: '../../../../dev/null' })],
    ['a kid that is a URL', () => as.sign({}, { kid: 'https://evil.example/jwks' })],
    ['a kid of a prototype', () => as.sign({}, { kid: '__proto__' })],
    ['a kid that is no text', () => forge({ alg: 'ES256', kid: { x: 1 } }, claims(), 'AAAA')],
    [
      'a jku and a jwk of its own',
      async () => {
        const mallory = await makeIssuer(issuer, 'teller', 'ES256', '9');
        return mallory.sign({}, { jku: 'https://evil.example/jwks', jwk: await exportJWK(mallory.publicKey) });
      },
    ],
    [
      'a critical extension',
      () =>
        as
          .sign({}, { crit: ['x'], x: 1 })
          .catch(() => forge({ alg: 'ES256', kid: '1', crit: ['x'], x: 1 }, claims(), 'AAAA')),
    ],
    ['an access token', () => as.sign({}, { typ: 'at+jwt' })],
    ['a logout token', () => as.sign({}, { typ: 'logout+jwt' })],
    ['another issuer', () => as.sign({ iss: 'https://evil.example.com' })],
    ['no issuer', () => as.sign({ iss: undefined })],
    ['another audience', () => as.sign({ aud: 'other' })],
    ['other audiences', () => as.sign({ aud: ['other', 'tellers'] })],
    ['no audience', () => as.sign({ aud: undefined })],
    ['no subject', () => as.sign({ sub: undefined })],
    ['an empty subject', () => as.sign({ sub: '' })],
    ['no exp', () => as.sign({ exp: undefined })],
    ['no iat', () => as.sign({ iat: undefined })],
    ['an exp that is a text', () => as.sign({ exp: '9999999999' as unknown as number })],
    ['an iat that is a text', () => as.sign({ iat: '1' as unknown as number })],
    ['an iat in the future', () => as.sign({ iat: now() + 120 })],
    ['an nbf in the future', () => as.sign({ nbf: now() + 120 })],
    ['100 kB of text', () => 'x'.repeat(100_000)],
    ['100 kB of dots', () => '.'.repeat(100_000)],
    ['100 kB, signed', () => as.sign({ claim: 'x'.repeat(75_000) })],
  ])('%s', async (_, hint) => {
    const error = await verifyIdTokenHint(await hint(), options).catch((thrown: unknown) => thrown);
    expect(error).toEqual(unknownUser);
    expect((error as { description?: string }).description).toBeTruthy();
  });

  it('verifyIdTokenHint refuses anything but a string', async () => {
    for (const hint of [undefined, null, 7, {}]) {
      await expect(verifyIdTokenHint(hint as string, options)).rejects.toEqual(unknownUser);
    }
  });

  it('a payload that is no set of claims, though it is signed', async () => {
    const { CompactSign } = await import('jose');
    for (const payload of ['', '[]', 'null', '"x"', '7', '{', '\xff']) {
      const hint = await new CompactSign(Buffer.from(payload, 'latin1'))
        .setProtectedHeader({ alg: 'ES256', kid: '1' })
        .sign(as.privateKey);
      await expect(verifyIdTokenHint(hint, options)).rejects.toEqual(unknownUser);
    }
  });
});

describe('the keys of verifyIdTokenHint', () => {
  const closers: (() => unknown)[] = [];
  afterEach(async () => {
    jest.restoreAllMocks();
    for (const close of closers.splice(0)) await close();
  });
  async function jwksAt(answer: Parameters<typeof serveJwks>[0]) {
    const server = await serveJwks(answer);
    closers.push(server.close);
    return server;
  }

  it('are fetched once, also when the options are made anew each time', async () => {
    const { uri, fetched } = await jwksAt(() => ({ body: as.jwks }));
    for (const jwksUri of [uri, new URL(uri), uri]) {
      await verifyIdTokenHint(await as.sign(), { issuer, jwksUri });
    }
    await Promise.all([1, 2, 3].map(async () => verifyIdTokenHint(await as.sign(), { issuer, jwksUri: uri })));
    expect(fetched()).toBe(1);
  });

  it('are fetched through a proxy', async () => {
    const { uri, fetched } = await jwksAt(() => ({ body: as.jwks }));
    const proxy = await startConnectProxy((authority) => ({ port: Number(authority.split(':')[1]) }));
    closers.push(proxy.close);
    await verifyIdTokenHint(await as.sign(), { issuer, jwksUri: uri, proxy: proxy.url });
    expect(proxy.tunnels).toMatchObject([{ authority: new URL(uri).host }]);
    expect(fetched()).toBe(1);
    const wrong = verifyIdTokenHint(await as.sign(), { issuer, jwksUri: uri, proxy: 'socks5://proxy' });
    await expect(wrong).rejects.toThrow(/^proxy must be/);
  });

  it('are fetched again for an unknown key, at most once in the cooldown', async () => {
    const { uri, fetched } = await jwksAt(() => ({ body: as.jwks }));
    const stranger = await makeIssuer(issuer, 'teller', 'ES256', 'unknown');
    const attack = async () => {
      for (let i = 0; i < 5; i += 1) {
        await expect(verifyIdTokenHint(await stranger.sign(), { issuer, jwksUri: uri })).rejects.toEqual(unknownUser);
      }
    };
    await attack();
    expect(fetched()).toBe(1);
    const later = Date.now() + 31_000;
    jest.spyOn(Date, 'now').mockImplementation(() => later);
    await attack();
    expect(fetched()).toBe(2);
  });

  it('are found when the issuer has rotated them', async () => {
    let { jwks } = as;
    const { uri } = await jwksAt(() => ({ body: jwks }));
    await verifyIdTokenHint(await as.sign(), { issuer, jwksUri: uri });
    const next = await makeIssuer(issuer, 'teller', 'ES256', '2');
    jwks = next.jwks;
    const later = Date.now() + 31_000;
    jest.spyOn(Date, 'now').mockImplementation(() => later);
    await expect(verifyIdTokenHint(await next.sign(), { issuer, jwksUri: uri })).resolves.toMatchObject({
      subject: 'alice',
    });
  });

  it.each<[string, { status?: number; body: unknown }]>([
    ['an error', { status: 500, body: {} }],
    ['no JWK set', { body: { keys: 7 } }],
    ['a redirect', { status: 302, body: {} }],
  ])('that cannot be had (%s) are no fault of the client', async (_, answer) => {
    const { uri } = await jwksAt(() => answer);
    const error = await verifyIdTokenHint(await as.sign(), { issuer, jwksUri: uri }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_J/) });
    expect(error).not.toEqual(unknownUser);
  });

  it('that are private or symmetric are not used', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const leaked: JWK = { ...(privateKey.export({ format: 'jwk' }) as JWK), kid: '1', alg: 'ES256' };
    await expect(verifyIdTokenHint(await as.sign(), { ...options, jwks: { keys: [leaked] } })).rejects.toMatchObject({
      code: 'ERR_JWKS_INVALID',
    });
    const secret: JWK = { kty: 'oct', k: Buffer.from('x'.repeat(32)).toString('base64url'), kid: '1' };
    const hint = await as.sign({}, { alg: 'HS256' }, Buffer.from('x'.repeat(32)));
    await expect(verifyIdTokenHint(hint, { ...options, jwks: { keys: [secret] } })).rejects.toEqual(unknownUser);
  });
});

describe('the options of verifyIdTokenHint', () => {
  it.each<[object, string]>([
    [{ issuer: undefined }, 'issuer'],
    [{ issuer: '' }, 'issuer'],
    [{ audience: undefined }, 'audience'],
    [{ maxAge: -1 }, 'maxAge'],
    [{ maxAge: '1d' }, 'maxAge'],
    [{ jwks: undefined }, 'jwks'],
    [{ jwksUri: 'https://as.example.com/jwks' }, 'jwks'],
    [{ jwks: {} }, 'jwks'],
    [{ jwks: undefined, jwksUri: 'file:///etc/passwd' }, 'jwksUri'],
    [{ jwks: undefined, jwksUri: 'https://' }, 'jwksUri'],
  ])('are checked: %j', async (wrong, name) => {
    const error = await verifyIdTokenHint(await as.sign(), { ...options, ...wrong } as IdTokenHintOptions).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ name: 'TypeError', message: expect.stringContaining(name) });
  });
});

describe('verifyIdTokenHint over HTTP', () => {
  async function server(keys: Pick<IdTokenHintOptions, 'jwks' | 'jwksUri'>, logger = recorder()) {
    const send = await endpoint({
      identifyUser: identifyBy({
        idTokenHint: (hint, { clientId, clientIdAlias }) =>
          verifyIdTokenHint(hint, { issuer, audience: [clientId, clientIdAlias], ...keys } as IdTokenHintOptions),
      }),
      engine: withHintType('ID_TOKEN_HINT'),
      clients: [{ client_id: 'shop' }],
      bodyLimit: 1_000_000,
      logger,
    });
    return { send: (hint: string, client?: string) => send({ login_hint: hint }, client), logger };
  }
  const refused = { status: 400, error: 'unknown_user_id', description: expect.any(String) };

  it('identifies the user of an ID token that the requesting client got, and of no other', async () => {
    const { send, logger } = await server({ jwks: as.jwks });
    const hint = await as.sign();
    expect(await send(hint, 'teller')).toEqual({ status: 200 });
    expect(await send(hint, 'shop')).toEqual(refused);
    expect(await send(forge({ alg: 'none' }, { iss: issuer, sub: 'alice', aud: 'teller' }))).toEqual(refused);
    expect(await send(await as.sign({ claim: 'x'.repeat(75_000) }))).toEqual(refused);
    expect(logger.lines).toEqual([]);
  });

  it('answers server_error when the keys cannot be had, and logs why', async () => {
    const { uri, close } = await serveJwks(() => ({ status: 503, body: {} }));
    const { send, logger } = await server({ jwksUri: uri });
    expect(await send(await as.sign())).toMatchObject({ status: 500, error: 'server_error' });
    expect(logger.lines).toMatchObject([{ level: 'error', message: 'identifyUser failed' }]);
    await close();
  });
});
