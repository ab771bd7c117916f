import { isIP } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { type LoginHint, parseLoginHint } from 'ciba-backchannel/hints';
import fc from 'fast-check';
import { endpoint } from '../policies/endpoint.js';
import { anyText } from '../support/any-text.js';

describe('parseLoginHint', () => {
  it.each<[string, LoginHint]>([
    ['tel:+34666666666', { type: 'tel', phoneNumber: '+34666666666' }],
    ['TEL:+34666666666', { type: 'tel', phoneNumber: '+34666666666' }],
    ['tel:+12345', { type: 'tel', phoneNumber: '+12345' }],
    ['tel:+123456789012345', { type: 'tel', phoneNumber: '+123456789012345' }],
    ['ipport:80.90.34.2:16790', { type: 'ipport', address: '80.90.34.2', family: 4, port: 16790 }],
    ['ipport:80.90.34.2', { type: 'ipport', address: '80.90.34.2', family: 4 }],
    ['ipport:[2001:db8::1]:8080', { type: 'ipport', address: '2001:db8::1', family: 6, port: 8080 }],
    ['ipport:[2001:db8::1]', { type: 'ipport', address: '2001:db8::1', family: 6 }],
    ['ipport:[2001:0DB8:0:0::0001]:1', { type: 'ipport', address: '2001:db8::1', family: 6, port: 1 }],
    ['ipport:[::FFFF:505a:2202]:65535', { type: 'ipport', address: '::ffff:80.90.34.2', family: 6, port: 65535 }],
    ['operatortoken:eyJhbGciOiJFUzI1NiJ9.e30.x', { type: 'operatortoken', token: 'eyJhbGciOiJFUzI1NiJ9.e30.x' }],
    ['operatortoken:tel:+34666666666', { type: 'operatortoken', token: 'tel:+34666666666' }],
    ['alice@example.com', { type: 'email', email: 'alice@example.com' }],
    ["A.o'Hara+ciba@mail.example.co.uk", { type: 'email', email: "A.o'Hara+ciba@mail.example.co.uk" }],
    [
      '{"format":"iss_sub","iss":"https://as.example.com","sub":"alice"}',
      { type: 'iss_sub', iss: 'https://as.example.com', sub: 'alice' },
    ],
    ['{"email":"alice@example.com","format":"email"}', { type: 'email', email: 'alice@example.com' }],
    ['{"format":"phone_number","phone_number":"+34666666666"}', { type: 'tel', phoneNumber: '+34666666666' }],
    ['{"format":"opaque","id":"4711"}', { type: 'opaque', value: '4711' }],
    ['{"name":"alice"}', { type: 'opaque', value: '{"name":"alice"}' }],
    ['{alice}', { type: 'opaque', value: '{alice}' }],
    ['alice', { type: 'opaque', value: 'alice' }],
    ['+34666666666', { type: 'opaque', value: '+34666666666' }],
    ['telephone', { type: 'opaque', value: 'telephone' }],
    [' tel:+34666666666', { type: 'opaque', value: ' tel:+34666666666' }],
    ['urn:example:alice', { type: 'opaque', value: 'urn:example:alice' }],
    ['', { type: 'opaque', value: '' }],
  ])('reads %j', (hint, parsed) => {
    expect(parseLoginHint(hint)).toEqual(parsed);
  });

  it.each([
    '{"format":"iss_sub","iss":"https://as.example.com"}',
    '{"format":"iss_sub","iss":"https://as.example.com","sub":7}',
    '{"format":"iss_sub","iss":"","sub":"alice"}',
    '{"format":"iss_sub","iss":"https://as.example.com","sub":"alice","sub":"bob"}',
    '{"format":"did","url":"did:example:alice"}',
    '{"format":"phone_number","phone_number":"666"}',
    '{"format":7}',
    '{"format":null}',
  ])('tells a subject identifier that cannot be read from an opaque hint: %s', (hint) => {
    expect(parseLoginHint(hint)).toEqual({ type: 'malformed', scheme: 'json' });
  });

  it.each([
    'tel:',
    'tel:666666666',
    'tel:+0666666666',
    'tel:+1234',
    'tel:+1234567890123456',
    'tel:+34-666-666-666',
    'tel:+34 666 666 666',
    'tel:+34(666)666666',
    'tel:+34666666666;ext=1',
    'tel:666666666;phone-context=+34',
    'tel:%2B34666666666',
    'tel:++34666666666',
    'tel:+３４６６６６６６６６６',
    'tel:+34666666666\n',
    'tel://+34666666666',
    `tel:+${'1'.repeat(100_000)}`,
  ])('tells a malformed telephone number from an opaque hint: %.40j', (hint) => {
    expect(parseLoginHint(hint)).toEqual({ type: 'malformed', scheme: 'tel' });
  });

  it.each([
    'ipport:',
    'ipport:80.90.34',
    'ipport:80.90.34.256',
    'ipport:080.90.34.2',
    'ipport:0x50.90.34.2',
    'ipport:80.90.34.2:',
    'ipport:80.90.34.2:0',
    'ipport:80.90.34.2:080',
    'ipport:80.90.34.2:65536',
    'ipport:80.90.34.2:+80',
    'ipport:80.90.34.2:80:80',
    'ipport:[80.90.34.2]',
    'ipport:2001:db8::1',
    'ipport:[2001:db8::1',
    'ipport:2001:db8::1]',
    'ipport:[2001:db8::1]8080',
    'ipport:[2001:db8::1]:99999',
    'ipport:[2001:db8::g]',
    'ipport:[fe80::1%eth0]',
    'ipport:[::1]/128',
    'ipport:[]',
    'ipport:localhost:80',
    ' ipport:'.trimStart(),
    `ipport:[${':'.repeat(100_000)}]`,
  ])('tells a malformed address from an opaque hint: %.40j', (hint) => {
    expect(parseLoginHint(hint)).toEqual({ type: 'malformed', scheme: 'ipport' });
  });

  it.each(['operatortoken:', `operatortoken:${'x'.repeat(100_000)}`])('tells an impossible token: %.40j', (hint) => {
    expect(parseLoginHint(hint)).toEqual({ type: 'malformed', scheme: 'operatortoken' });
  });

  it.each([
    '@example.com',
    'alice@',
    'alice@localhost',
    'a@b@example.com',
    '.alice@example.com',
    'alice.@example.com',
    'a..b@example.com',
    'alice @example.com',
    'alice@-example.com',
    'alice@example..com',
    'alice@[192.0.2.1]',
    '"a b"@example.com',
    'ali\u200bce@example.com',
    'аlice@example.com', // with a Cyrillic a
    'alice@example.com\n',
    `${'x'.repeat(65)}@example.com`,
    `alice@${'x.'.repeat(130)}com`,
    `${'a.'.repeat(50_000)}@example.com`,
  ])('takes a hint that is not a plain e-mail address as opaque: %.40j', (hint) => {
    expect(parseLoginHint(hint)).toEqual({ type: 'opaque', value: hint });
  });

  it.each([undefined, null, 7, {}, [], Symbol('tel:'), Object.create(null)])('never throws: %p', (hint) => {
    expect(parseLoginHint(hint as string)).toEqual({ type: 'opaque', value: '' });
  });
});

describe('parseLoginHint, whatever it is given', () => {
  const scheme = fc.constantFrom('', 'tel:', 'TEL:', 'ipport:', 'ipport:[', 'operatortoken:', 'x@');
  const rest = fc.oneof(
    anyText,
    fc.string({ unit: fc.constantFrom(...'0123456789abcdef.:[]+@%-') }),
    fc.ipV4(),
    fc.ipV6(),
    fc.emailAddress(),
  );
  const hints = fc.tuple(scheme, rest).map(([before, after]) => before + after);

  it('gives one of six types, with values of the form that it promises', () => {
    fc.assert(
      fc.property(hints, (hint) => {
        const parsed = parseLoginHint(hint);
        switch (parsed.type) {
          case 'tel':
            expect(parsed.phoneNumber).toMatch(/^\+[1-9][0-9]{4,14}$/);
            expect(hint.slice(4)).toBe(parsed.phoneNumber);
            break;
          case 'ipport':
            expect(isIP(parsed.address)).toBe(parsed.family);
            if ('port' in parsed) expect(parsed.port).toBeGreaterThan(0);
            break;
          case 'operatortoken':
            expect(`operatortoken:${parsed.token}`).toBe(hint);
            break;
          case 'email':
            expect(parsed.email).toBe(hint);
            break;
          case 'opaque':
            expect(parsed.value).toBe(hint);
            break;
          case 'iss_sub':
            expect(JSON.parse(hint)).toMatchObject({ iss: parsed.iss, sub: parsed.sub });
            break;
          default:
            if (parsed.scheme !== 'json') expect(hint.toLowerCase().startsWith(`${parsed.scheme}:`)).toBe(true);
        }
      }),
    );
  });

  it('reads every telephone number', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 4, maxLength: 14 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), digits, (first, others) => {
        const phoneNumber = `+${first}${others}`;
        expect(parseLoginHint(`tel:${phoneNumber}`)).toEqual({ type: 'tel', phoneNumber });
      }),
    );
  });

  it('reads every address and port, and gives one spelling of each', () => {
    const port = fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined });
    const suffix = (number?: number) => (number === undefined ? '' : `:${number}`);
    fc.assert(
      fc.property(fc.ipV4(), port, (address, number) => {
        expect(parseLoginHint(`ipport:${address}${suffix(number)}`)).toEqual({
          type: 'ipport',
          address,
          family: 4,
          ...(number !== undefined && { port: number }),
        });
      }),
    );
    fc.assert(
      fc.property(fc.ipV6(), port, (address, number) => {
        const parsed = parseLoginHint(`ipport:[${address}]${suffix(number)}`);
        expect(parsed).toMatchObject({ type: 'ipport', family: 6 });
        const canonical = (parsed as { address: string }).address;
        expect(parseLoginHint(`ipport:[${canonical}]`)).toEqual({ type: 'ipport', address: canonical, family: 6 });
        expect(parseLoginHint(`ipport:[${address.toUpperCase()}]${suffix(number)}`)).toEqual(parsed);
      }),
    );
  });
});

describe('parseLoginHint over HTTP', () => {
  it('identifies users by telephone number and by address, and nobody by a malformed hint', async () => {
    const send = await endpoint({
      bodyLimit: 1_000_000,
      identifyUser: ({ hint }) => {
        const parsed = parseLoginHint(hint);
        if (parsed.type === 'tel') return { subject: parsed.phoneNumber };
        if (parsed.type === 'ipport') return { subject: `${parsed.address} ${parsed.port}` };
        return null;
      },
    });
    expect(await send({ login_hint: 'tel:+34666666666' })).toEqual({ status: 200 });
    expect(await send({ login_hint: 'ipport:[2001:db8::1]:8080' })).toEqual({ status: 200 });
    for (const hint of ['tel:34', 'ipport:1', 'alice', `tel:+${'1'.repeat(100_000)}`]) {
      expect(await send({ login_hint: hint })).toMatchObject({ status: 400, error: 'unknown_user_id' });
    }
  });
});
