import { beforeAll, describe, expect, it } from '@jest/globals';
import { identifyBy, type LoginHintTokenOptions, verifyLoginHintToken } from 'ciba-backchannel/hints';
import { exportSPKI, type JWTPayload } from 'jose';
import { endpoint } from '../policies/endpoint.js';
import { forge, type Issuer, makeIssuer, now } from './issuer.js';

const audience = 'https://as.example.com';

let discovery: Issuer;
let operator: Issuer;
let options: LoginHintTokenOptions;
beforeAll(async () => {
  discovery = await makeIssuer('https://discovery.example.net', audience);
  operator = await makeIssuer('https://operator.example.org', audience);
  options = {
    audience,
    issuers: {
      [discovery.issuer]: { jwks: discovery.jwks },
      [operator.issuer]: { jwks: operator.jwks, subject: ({ msisdn }) => msisdn as string },
    },
  };
});

const unknownUser = expect.objectContaining({ name: 'Rejection', reason: 'UNKNOWN_USER_ID' });

describe('verifyLoginHintToken', () => {
  it('takes the subject from sub', async () => {
    const named = await verifyLoginHintToken(await discovery.sign({ sub: 'alice' }), options);
    expect(named).toEqual({
      subject: 'alice',
      claims: expect.objectContaining({ iss: discovery.issuer, sub: 'alice' }),
    });
  });

  it.each<[string, JWTPayload['sub_id'], string]>([
    ['iss_sub', { format: 'iss_sub', iss: 'https://discovery.example.net', sub: '145234573' }, '145234573'],
    ['email', { format: 'email', email: 'user@example.com' }, 'user@example.com'],
    ['phone_number', { format: 'phone_number', phone_number: '+12065550100' }, '+12065550100'],
    ['opaque', { format: 'opaque', id: '11112222333344445555' }, '11112222333344445555'],
  ])('takes the subject from a sub_id of the format %s, rather than from sub', async (_, subId, subject) => {
    for (const sub of [undefined, 'someone else']) {
      const named = await verifyLoginHintToken(await discovery.sign({ sub, sub_id: subId }), options);
      expect(named).toMatchObject({ subject, subjectIdentifier: subId });
    }
  });

  it('takes the subject from sub where the format of sub_id is not understood', async () => {
    const subId = { format: 'uri', uri: 'urn:uuid:4e851e98-83c4-4743-a5da-150ecb53042f' };
    const named = await verifyLoginHintToken(await discovery.sign({ sub: 'alice', sub_id: subId }), options);
    expect(named.subject).toBe('alice');
    expect(named).not.toHaveProperty('subjectIdentifier');
  });

  it('takes the subject from where the issuer has it', async () => {
    const named = await verifyLoginHintToken(await operator.sign({ msisdn: '+34666666666' }), options);
    expect(named).toMatchObject({ subject: '+34666666666', claims: { iss: operator.issuer } });
  });

  it('may find the subject later', async () => {
    const issuers = { [operator.issuer]: { jwks: operator.jwks, subject: async () => 'alice' } };
    const named = await verifyLoginHintToken(await operator.sign(), { audience, issuers });
    expect(named.subject).toBe('alice');
  });

  it('takes one audience among several, on either side', async () => {
    const hint = await discovery.sign({ aud: ['https://other.example.com', audience] });
    for (const accepted of [audience, [`${audience}/backchannel/authentication`, audience]]) {
      await expect(verifyLoginHintToken(hint, { ...options, audience: accepted })).resolves.toBeDefined();
    }
  });

  it.each(['JWT', 'login-hint-token+jwt'])('takes a token of the typ %s', async (typ) => {
    await expect(verifyLoginHintToken(await discovery.sign({}, { typ }), options)).resolves.toBeDefined();
  });

  it('takes a token without exp', async () => {
    await expect(verifyLoginHintToken(await discovery.sign({ exp: undefined }), options)).resolves.toBeDefined();
  });
});

describe('verifyLoginHintToken refuses as expired', () => {
  const expired = () => ({ iat: now() - 600, exp: now() - 1 });

  it('a genuine token that has expired', async () => {
    await expect(verifyLoginHintToken(await discovery.sign(expired()), options)).rejects.toMatchObject({
      name: 'Rejection',
      reason: 'EXPIRED_LOGIN_HINT_TOKEN',
    });
  });

  it.each<[string, () => Promise<string>]>([
    ['for another audience', () => discovery.sign({ ...expired(), aud: 'other' })],
    ['signed by another issuer', () => operator.sign({ ...expired(), iss: discovery.issuer })],
    ['of an unknown issuer', () => discovery.sign({ ...expired(), iss: 'https://evil.example' })],
    ['without a signature', async () => forge({ alg: 'none' }, { iss: discovery.issuer, aud: audience, ...expired() })],
  ])('but not one %s', async (_, hint) => {
    await expect(verifyLoginHintToken(await hint(), options)).rejects.toEqual(unknownUser);
  });
});

describe('verifyLoginHintToken refuses as unknown', () => {
  it.each<[string, () => string | Promise<string>]>([
    ['one issuer speaking for another', () => operator.sign({ iss: discovery.issuer })],
    [
      'one issuer naming a user of another',
      () => discovery.sign({ sub_id: { format: 'iss_sub', iss: operator.issuer, sub: 'alice' } }),
    ],
    ['an unknown issuer', async () => (await makeIssuer('https://evil.example', audience)).sign()],
    ['no issuer', () => discovery.sign({ iss: undefined })],
    ['an issuer that is no text', () => discovery.sign({ iss: [discovery.issuer] as unknown as string })],
    ['an issuer of the prototype', () => discovery.sign({ iss: 'constructor' })],
    ['another audience', () => discovery.sign({ aud: 'https://other.example.com' })],
    ['no audience', () => discovery.sign({ aud: undefined })],
    ['a token that is not valid yet', () => discovery.sign({ nbf: now() + 120 })],
    ['an exp that is a text', () => discovery.sign({ exp: 'tomorrow' as unknown as number })],
    ['alg none', () => forge({ alg: 'none' }, { iss: discovery.issuer, aud: audience, sub: 'alice' })],
    [
      'HS256 with a public key',
      async () => discovery.sign({}, { alg: 'HS256' }, Buffer.from(await exportSPKI(discovery.publicKey))),
    ],
    ['an access token', () => discovery.sign({}, { typ: 'at+jwt' })],
    ['a logout token', () => discovery.sign({}, { typ: 'application/LOGOUT+JWT' })],
    ['a DPoP proof', () => discovery.sign({}, { typ: 'dpop+jwt' })],
    ['a kid that is a path', () => discovery.sign({}, { kid: '../../etc/passwd' })],
    ['a token that is no JWT', () => 'alice'],
    ['an unsigned object', () => '{"subject":{"subject_type":"phone","phone":"+12065550100"}}'],
    ['nobody', () => discovery.sign({ sub: undefined })],
    ['an empty name', () => discovery.sign({ sub: '' })],
    ['nobody, by the issuer of a special subject', () => operator.sign({})],
    ['100 kB', () => 'x'.repeat(100_000)],
    ['100 kB, signed', () => discovery.sign({ claim: 'x'.repeat(75_000) })],
  ])('%s', async (_, hint) => {
    await expect(verifyLoginHintToken(await hint(), options)).rejects.toEqual(unknownUser);
  });

  it.each<[unknown]>([
    ['alice'],
    [null],
    [[]],
    [{}],
    [{ format: 7 }],
    [{ format: 'email' }],
    [{ format: 'email', email: '' }],
    [{ format: 'email', email: ['a@example.com'] }],
    [{ format: 'phone_number', phone_number: '12065550100' }],
    [{ format: 'phone_number', phone_number: '+1 206 555 0100' }],
    [{ format: 'opaque', id: null }],
    [{ format: 'iss_sub', sub: 'alice' }],
    [{ format: 'iss_sub', iss: 'https://discovery.example.net' }],
  ])('a malformed sub_id, also beside a sub: %j', async (subId) => {
    await expect(verifyLoginHintToken(await discovery.sign({ sub_id: subId }), options)).rejects.toEqual(unknownUser);
  });

  it.each(['uri', '__proto__', 'toString'])('a format that is not understood (%s), without sub', async (format) => {
    const hint = await discovery.sign({ sub: undefined, sub_id: { format } });
    await expect(verifyLoginHintToken(hint, options)).rejects.toEqual(unknownUser);
  });
});

describe('the options of verifyLoginHintToken', () => {
  it.each<[object, string]>([
    [{ issuers: undefined }, 'issuers'],
    [{ audience: undefined }, 'audience'],
    [{ issuers: { 'https://discovery.example.net': {} } }, 'jwks'],
  ])('are checked: %j', async (wrong, name) => {
    const error = await verifyLoginHintToken(await discovery.sign(), { ...options, ...wrong }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ name: 'TypeError', message: expect.stringContaining(name) });
  });
});

describe('verifyLoginHintToken over HTTP', () => {
  it('identifies users, and tells an expired token from a wrong one', async () => {
    const send = await endpoint({
      identifyUser: identifyBy({ loginHintToken: (hint) => verifyLoginHintToken(hint, options) }),
      bodyLimit: 1_000_000,
    });
    const status = async (hint: string) => {
      const { status, error } = await send({ login_hint_token: hint });
      return [status, error];
    };
    expect(await status(await discovery.sign())).toEqual([200, undefined]);
    expect(await status(await discovery.sign({ exp: now() - 1 }))).toEqual([400, 'expired_login_hint_token']);
    expect(await status(await operator.sign({ iss: discovery.issuer }))).toEqual([400, 'unknown_user_id']);
    expect(await status('x'.repeat(100_000))).toEqual([400, 'unknown_user_id']);
    expect(await status(forge({ alg: 'none' }, { iss: discovery.issuer, aud: audience }))).toEqual([
      400,
      'unknown_user_id',
    ]);
  });
});
