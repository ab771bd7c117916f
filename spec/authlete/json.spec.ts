import { describe, expect, it } from '@jest/globals';
import { BackchannelAuthenticationResponse } from 'ciba-backchannel';
import fc from 'fast-check';
import { parseApiResponse, parseJsonObject, stringifyApiResponse } from '../../lib/json/api-response.js';
import { anyText } from '../support/any-text.js';

const { fromJson, toJson } = BackchannelAuthenticationResponse;

describe('BackchannelAuthenticationResponse.fromJson()', () => {
  it.each([null, undefined, 42, true, {}, [], Buffer.from('{}')])('gives null for %p: not a string', (value) => {
    expect(fromJson(value)).toBeNull();
  });

  it('gives null for the JSON text null', () => {
    expect(fromJson('null')).toBeNull();
  });

  it.each([
    '',
    ' ',
    '{',
    '{"action":"OK"',
    "{'action':'OK'}",
    '{"a":01}',
    '{"a":1,}',
    'undefined',
    '\u{feff}{}',
    '{}{}',
  ])('throws on %j, which is not JSON', (text) => {
    expect(() => fromJson(text)).toThrow('the text is not JSON');
  });

  it.each(['[]', '[{"action":"OK"}]', '"text"', '7', 'true'])('throws on %s, which is not a JSON object', (text) => {
    expect(() => fromJson(text)).toThrow('the JSON text is not an object');
  });

  it('does not quote the text in what it throws: there may be a ticket in it', () => {
    expect(() => fromJson('{"ticket":"secret",}')).toThrow(expect.objectContaining({ name: 'SyntaxError' }));
    expect(() => fromJson('{"ticket":"secret",}')).not.toThrow(/secret/);
  });
});

describe('A clientId', () => {
  it.each([
    ['0', '0'],
    ['42', '42'],
    ['26478243745571', '26478243745571'],
    ['9007199254740991', '9007199254740991'],
    ['9007199254740992', '9007199254740992'],
    ['9007199254740993', '9007199254740993'],
    ['9223372036854775807', '9223372036854775807'],
    ['-9223372036854775808', '-9223372036854775808'],
    ['18446744073709551617', '18446744073709551617'],
    ['"9007199254740993"', '9007199254740993'],
    ['"teller"', 'teller'],
    ['"007"', '007'],
    ['null', null],
  ])('of %s is %j', (json, clientId) => {
    expect(fromJson(`{"clientId":${json}}`)).toEqual({ clientId });
    expect(fromJson(`{ "x" : [ 1 ] , "clientId"\t:\n${json} , "y" : "\\\\" }`)).toMatchObject({ clientId });
  });

  it.each(['42', '9007199254740993', '-9223372036854775808', '"teller"', '"007"', '"1.5"', '""', 'null'])(
    'of %s comes back as it was',
    (json) => {
      const text = `{"clientId":${json}}`;
      expect(toJson(fromJson(text) as BackchannelAuthenticationResponse)).toBe(text);
    },
  );

  it('is a string wherever it is, the others around it included', () => {
    const text =
      '{"info":{"clientId":5},"list":[{"clientId":9007199254740993},[{"clientId":6}]],"clientId":7,"subjectTokenInfo":{"clientId":1}}';
    expect(parseApiResponse(text)).toEqual({
      info: { clientId: '5' },
      list: [{ clientId: '9007199254740993' }, [{ clientId: '6' }]],
      clientId: '7',
      subjectTokenInfo: { clientId: '1' },
    });
    expect(stringifyApiResponse(parseApiResponse(text) as object)).toBe(text);
  });

  it('is one however its name is written, and only by its full name', () => {
    expect(parseApiResponse('{"client\\u0049d":9,"clientIdAlias":8,"xclientId":7}')).toEqual({
      clientId: '9',
      clientIdAlias: 8,
      xclientId: 7,
    });
  });
});

describe('Other integers', () => {
  it.each<[string, number | bigint]>([
    ['9007199254740991', 9007199254740991],
    ['-9007199254740991', -9007199254740991],
    ['9007199254740992', 9007199254740992n],
    ['9007199254740993', 9007199254740993n],
    ['-9007199254740993', -9007199254740993n],
    ['123456789012345678901234567890', 123456789012345678901234567890n],
    ['1234567890123456', 1234567890123456],
    ['0.1234567890123456', 0.1234567890123456],
    ['1e20', 1e20],
    ['1.5e300', 1.5e300],
  ])('of %s are exact', (json, value) => {
    expect(parseApiResponse(`{"a":${json},"b":[${json},{"c":${json}}]}`)).toEqual({
      a: value,
      b: [value, { c: value }],
    });
  });

  it('in strings stay what they are, whatever surrounds them', () => {
    const strings = [
      '9007199254740993',
      ':9007199254740993,',
      '"9007199254740993"',
      '\\"9007199254740993\\',
      '{"clientId":9007199254740993}',
      'int:9007199254740993',
      '\u{2028}9007199254740993\n',
      '\\',
      '\\\\"',
    ];
    const text = JSON.stringify({ strings, clientId: 1 }).replace('"clientId":1', '"n":9007199254740993');
    const parsed = parseApiResponse<{ strings: string[]; n: bigint }>(text);
    expect(parsed).toEqual({ strings, n: 9007199254740993n });
    expect(stringifyApiResponse(parsed as object)).toBe(text);
  });

  it('are exact beside a very long string, and very deep', () => {
    const long = '\\n\\"\\\\9007199254740993'.repeat(400_000);
    const parsed = parseApiResponse<{ long: string; n: bigint }>(`{"long":"${long}","n":9007199254740993}`);
    expect(parsed?.n).toBe(9007199254740993n);
    expect(parsed?.long).toBe(JSON.parse(`"${long}"`));

    let inner: unknown = parseApiResponse(`{"a":${'['.repeat(50_000)}9007199254740993${']'.repeat(50_000)}}`);
    inner = (inner as { a: unknown }).a;
    while (Array.isArray(inner)) inner = inner[0];
    expect(inner).toBe(9007199254740993n);
  });

  it('are written as digits even where the host has taught bigints toJSON', () => {
    const prototype = BigInt.prototype as { toJSON?: () => string };
    prototype.toJSON = function () {
      return String(this);
    };
    try {
      expect(stringifyApiResponse({ n: 9007199254740993n })).toBe('{"n":9007199254740993}');
    } finally {
      delete prototype.toJSON;
    }
  });
});

describe('parseJsonObject()', () => {
  it('leaves numbers as JSON.parse makes them', () => {
    expect(parseJsonObject('{"clientId":7,"n":1e20}')).toEqual({ clientId: 7, n: 1e20 });
  });
});

describe('Whatever Authlete sends', () => {
  // Names that mean something, here or to JavaScript, come up more often than chance would have it. None is an integer:
  // JavaScript would put it first. None has a backslash: where objects with the key \\ have been parsed before, Node
  // 24.21's JSON.parse takes the key \" of the next one for \\, whoever calls it.
  const name = fc
    .oneof(fc.constantFrom('clientId', 'action', '__proto__', 'toJSON', '"'), fc.string())
    .filter((key) => !/^\d+$|\\/.test(key));
  const text = fc.oneof(anyText, fc.bigInt().map(String), fc.json());
  const number = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.maxSafeInteger());

  /** JSON text, as JSON.stringify would write it but with integers of any size. */
  const { object } = fc.letrec<{ json: string; object: string }>((tie) => ({
    json: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom('null', 'true', 'false'),
      fc.bigInt().map(String),
      fc.oneof(number, text).map((value) => JSON.stringify(value)),
      fc.array(tie('json')).map((elements) => `[${elements.join(',')}]`),
      tie('object'),
    ),
    object: fc
      .uniqueArray(fc.tuple(name, tie('json')), { selector: ([key]) => key })
      .map((members) => `{${members.map(([key, json]) => `${JSON.stringify(key)}:${member(key, json)}`).join(',')}}`),
  }));

  /** A clientId is an integer, or a string that is none. */
  function member(key: string, json: string): string {
    return key === 'clientId' && /^"?-?\d/.test(json) ? '9007199254740993' : json;
  }

  it('comes back from toJson(fromJson(text)) as it was', () => {
    fc.assert(
      fc.property(object, (source) => {
        expect(stringifyApiResponse(parseApiResponse(source) as object)).toBe(source);
      }),
    );
  });

  it('is what JSON.parse makes of it, where no integer is large and no clientId is there', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const source = JSON.stringify(value);
        fc.pre(!/clientId|\d{16}|e\+/.test(source));
        expect(parseApiResponse(source)).toEqual(JSON.parse(source));
      }),
    );
  });

  it('throws nothing but a SyntaxError, where it is not JSON', () => {
    fc.assert(
      fc.property(anyText, (source) => {
        try {
          parseApiResponse(source);
        } catch (error) {
          expect((error as Error).name).toBe('SyntaxError');
        }
      }),
    );
  });
});
