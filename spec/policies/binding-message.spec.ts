import { beforeAll, describe, expect, it } from '@jest/globals';
import { type AuthenticationRequest, type Policy, Rejection } from 'ciba-backchannel';
import { type BindingMessageOptions, bindingMessage } from 'ciba-backchannel/policies';
import fc from 'fast-check';
import { anyText } from '../support/any-text.js';
import { type Answer, endpoint, type Form } from './endpoint.js';

const invalid = { status: 400, error: 'invalid_binding_message' };

/** Judges a message without HTTP, for what a form cannot hold and for thousands of messages. */
function judge(message: string | undefined, options?: BindingMessageOptions): string | undefined {
  const request = { bindingMessage: message } as AuthenticationRequest;
  const verdict = (bindingMessage(options) as (request: AuthenticationRequest) => ReturnType<Policy>)(request);
  if (verdict === undefined) return undefined;
  expect(verdict).toBeInstanceOf(Rejection);
  expect(verdict).toMatchObject({ reason: 'INVALID_BINDING_MESSAGE' });
  return (verdict as Rejection).description;
}

describe('bindingMessage', () => {
  let send: (form: Form) => Promise<Answer>;
  beforeAll(async () => {
    send = await endpoint({ policy: bindingMessage() });
  });

  it.each([
    ['a transaction code', 'W4SCT-0815'],
    ['a sentence', 'Pay 12.50 EUR?'],
    ['an amount', '1.234,50 € to ACME'],
    ['a large amount', '1.234.567,89 EUR'],
    ['an abbreviation', 'e.g. 5 p.m., No. 7'],
    ['exactly 20 characters', 'x'.repeat(20)],
    ['20 characters of several code points', 'é'.normalize('NFD').repeat(20)],
    ['20 emoji', '👨‍👩‍👧‍👦'.repeat(20)],
    ['flags and keycaps', '🇩🇪 🏴󠁧󠁢󠁥󠁮󠁧󠁿 1️⃣ ❤️'],
    ['Arabic', 'دفع ٥٠ درهم'],
    ['Hebrew with points', 'שָׁלוֹם'],
    ['Hindi', 'भुगतान करें'],
    ['Thai', 'จ่ายเงิน'],
    ['Tibetan', 'བརྒྱུད'],
    ['Vietnamese, decomposed', 'Tiếng Việt'.normalize('NFD')],
    ['Korean, decomposed', '결제 확인'.normalize('NFD')],
    ['Chinese sentences', '请付款。谢谢'],
    ['a negated sign', '1 ≠ 2'],
  ])('lets %s pass', async (_, message) => {
    expect(await send({ binding_message: message })).toEqual({ status: 200 });
  });

  it('lets a request without a binding message pass', async () => {
    expect(await send({})).toEqual({ status: 200 });
  });

  it.each([
    ['21 characters', 'x'.repeat(21), 'longer than 20'],
    ['21 emoji', '👨‍👩‍👧‍👦'.repeat(21), 'longer than 20'],
    ['a hundred marks on one letter', `a${'\u0301\u0302'.repeat(50)}`, 'misleading combinations'],
    ['thousands of marks on one letter', `a${'\u0301\u0302'.repeat(5000)}`, 'longer than 20'],
    ['only spaces', '  ', 'has no visible characters'],
    ['blanks that push the rest away', 'A   B', 'invisible'],
    ['only wide spaces', '\u3000\u2003', 'has no visible characters'],
  ])('refuses %s', async (_, message, reason) => {
    expect(await send({ binding_message: message })).toEqual({
      ...invalid,
      description: expect.stringContaining(reason),
    });
  });

  it.each([
    ['a line break', 'Pay 1\nEUR'],
    ['a carriage return', 'Pay 1\r'],
    ['a tab', 'a\tb'],
    ['NUL', 'a\0b'],
    ['DEL', 'a\x7f'],
    ['a C1 control', 'a\x85b'],
    ['an escape sequence', '\x1b[31mred'],
    ['a line separator', 'a\u2028b'],
    ['a private character', 'a\ue000'],
    ['an unassigned character', 'a\u0378'],
    ['a noncharacter', 'a\uffff'],
  ])('refuses control characters: %s', async (_, message) => {
    expect(await send({ binding_message: message })).toMatchObject({
      ...invalid,
      description: expect.stringContaining('control characters'),
    });
  });

  it.each([
    ['a right-to-left override', 'pay \u202e001\u202c'],
    ['a left-to-right embedding', '\u202aabc'],
    ['an isolate', '\u2067abc\u2069'],
    ['a right-to-left mark', 'abc\u200f'],
    ['an Arabic letter mark', 'abc\u061c'],
  ])('refuses changes of direction: %s', async (_, message) => {
    expect(await send({ binding_message: message })).toMatchObject({
      ...invalid,
      description: expect.stringContaining('direction'),
    });
  });

  it.each([
    ['a zero-width space', 'pay\u200b1'],
    ['a zero-width non-joiner', 'pay\u200c1'],
    ['a zero-width joiner outside an emoji', 'pay\u200d1'],
    ['a byte order mark', '\ufeffpay'],
    ['a word joiner', 'pay\u2060'],
    ['a soft hyphen', 'pa\u00ady'],
    ['a variation selector outside an emoji', 'a\ufe0f'],
    ['a variation selector of the supplement', 'a\u{e0100}'],
    ['tag characters', 'ok\u{e0068}\u{e0069}'],
    ['tags that are no flag', '🏴\u{e0068}\u{e0069}\u{e007f}'],
    ['a Hangul filler', '\u3164'],
    ['a Braille blank', 'a\u2800b'],
    ['a combining grapheme joiner', 'a\u034f'],
    ['an interlinear annotation', 'a\ufff9b\ufffb'],
    ['invisible plus', 'a\u2064b'],
  ])('refuses invisible characters: %s', async (_, message) => {
    expect(await send({ binding_message: message })).toMatchObject({
      ...invalid,
      description: expect.stringContaining('invisible'),
    });
  });

  it.each([
    ['a mark before everything', '\u0301abc'],
    ['a mark on a space', 'a \u0301'],
    ['a comma below a digit', '1\u0326000'],
    ['a stroke through a letter', 'a\u0336b'],
    ['a slash through a letter', 'a\u0338'],
    ['a circle around a letter', 'a\u20dd'],
    ['a prohibition sign', 'a\u20e0'],
    ['a mark on an emoji', '❤️\u0301'],
    ['the same mark twice', 'a\u0301\u0301'],
    ['the same mark twice, one of them in the letter', '\u00e1\u0301'],
    ['five marks', 'a\u0300\u0301\u0302\u0303\u0304'],
  ])('refuses combining tricks: %s', async (_, message) => {
    expect(await send({ binding_message: message })).toMatchObject({
      ...invalid,
      description: expect.stringContaining('misleading'),
    });
  });

  it.each([
    'https://evil.example',
    'HTTP:evil',
    'x://y',
    'go to evil.com',
    'evil.com/x',
    'EVIL.COM',
    'www.evil',
    'a@evil.com',
    'xn--pple-43d.com',
    'a.xn--p1ai',
    'пример.рф',
    'उदाहरण.भारत',
    '例子.公司',
    'evil。com',
    'evil｡com',
    'ｅｖｉｌ．ｃｏｍ',
    'evil․com',
    'i❤.ws',
    '❤️.ws',
    '192.168.1.1',
    'at 10.0.0.1:80/x',
    'mailto:a',
    'tel:+491234',
    'javascript:alert(1)',
    'evil.com.',
    '(evil.com)',
  ])('refuses web addresses: %s', async (message) => {
    expect(await send({ binding_message: message })).toMatchObject({
      ...invalid,
      description: expect.stringContaining('web address'),
    });
  });

  it('refuses half a character, which no form can hold', () => {
    expect(judge('a\ud83d')).toContain('control characters');
  });

  it('reads 100 kB in no time', async () => {
    const large = await endpoint({ policy: bindingMessage(), bodyLimit: 1_000_000 });
    for (const text of ['x', 'é', '👨‍👩‍👧‍👦', 'a\u0301']) {
      expect(await large({ binding_message: text.repeat(100_000 / text.length) })).toMatchObject(invalid);
    }
  });
});

describe('the options of bindingMessage', () => {
  it('may require a message', async () => {
    const send = await endpoint({ policy: bindingMessage({ required: true }) });
    expect(await send({})).toMatchObject({ ...invalid, description: 'a binding message is required' });
    expect(await send({ binding_message: 'W4SCT' })).toEqual({ status: 200 });
  });

  it('may ask for a form, whatever flags its pattern has', async () => {
    for (const pattern of [/^[A-Z0-9]{4}$/, /^[A-Z0-9]{4}$/g, /[A-Z0-9]{4}$/y]) {
      const send = await endpoint({ policy: bindingMessage({ pattern }) });
      for (let i = 0; i < 3; i += 1) expect(await send({ binding_message: 'W4SC' })).toEqual({ status: 200 });
      expect(await send({ binding_message: 'w4sc' })).toMatchObject(invalid);
    }
  });

  it('may set the length', () => {
    expect(judge('x'.repeat(40), { maxLength: 40 })).toBeUndefined();
    expect(judge('👍🏽👍🏽👍🏽', { maxLength: 2 })).toContain('longer than 2');
  });

  it('may allow each deception by itself', () => {
    const messages = {
      control: 'a\nb',
      bidi: 'a\u200fb',
      invisible: 'a\u200cb',
      combining: 'a\u0336b',
      url: 'evil.com',
    };
    for (const [allowed, allowedMessage] of Object.entries(messages)) {
      const allow = [allowed] as BindingMessageOptions['allow'];
      for (const message of Object.values(messages)) {
        expect(judge(message, { allow }) === undefined).toBe(message === allowedMessage);
      }
    }
  });

  it('allows the joiners of the languages that need them', () => {
    for (const message of ['می\u200cخواهم', 'ශ්\u200dරී ලංකා', 'ರ\u200d್ಕ']) {
      expect(judge(message)).toContain('invisible');
      expect(judge(message, { allow: ['invisible'] })).toBeUndefined();
    }
  });

  it('finds a web address between invisible characters that are allowed', () => {
    expect(judge('evil\u200c.\u200dcom', { allow: ['invisible'] })).toContain('web address');
  });

  it.each([
    [{ required: 'yes' }, 'required'],
    [{ maxLength: 0 }, 'maxLength'],
    [{ maxLength: 1.5 }, 'maxLength'],
    [{ pattern: '^x$' }, 'pattern'],
    [{ allow: ['emoji'] }, 'allow'],
    [{ allow: 'url' }, 'allow'],
  ])('are checked at construction: %j', (options, name) => {
    expect(() => bindingMessage(options as BindingMessageOptions)).toThrow(name);
  });
});

describe('bindingMessage, whatever it is given', () => {
  const text = fc.oneof(
    anyText,
    fc.string({ unit: 'grapheme' }),
    fc.string({
      unit: fc.constantFrom('a', '.', '\u0301', '\u200d', '\ufe0f', '\u202e', '👩', '🇩', '1', ' ', '\ud800'),
    }),
  );

  it('gives a rejection or nothing', () => {
    fc.assert(fc.property(text, (message) => void judge(message)));
  });

  it('never lets a refused character pass, wherever it stands', () => {
    const refused = fc.constantFrom(
      '\n',
      '\0',
      '\u202e',
      '\u2066',
      '\u200b',
      '\u00ad',
      '\u{e0061}',
      '\u3164',
      '\ud800',
    );
    fc.assert(
      fc.property(text, refused, text, (before, character, after) => {
        // Half a character and the other half make a whole one.
        fc.pre(character !== '\ud800' || !/^[\udc00-\udfff]/.test(after));
        expect(judge(before + character + after, { maxLength: 1000 })).toBeDefined();
      }),
    );
  });

  it('never lets a domain pass, whatever stands around it', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        expect(judge(`${before} evil.example ${after}`, { maxLength: 1000 })).toBeDefined();
      }),
    );
  });

  it('lets every code of letters and digits pass that is short enough, and none that is longer', () => {
    const code = (constraints: object) =>
      fc.string({ unit: fc.constantFrom(...'ABCDEFGHJKLMNPQRSTUVWXYZ23456789-'), ...constraints });
    fc.assert(fc.property(code({ minLength: 1, maxLength: 20 }), (message) => expect(judge(message)).toBeUndefined()));
    fc.assert(fc.property(code({ minLength: 21, maxLength: 99 }), (message) => expect(judge(message)).toBeDefined()));
  });

  it('counts as Unicode counts: no more characters than the limit ever pass', () => {
    const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 30 }),
        fc.integer({ min: 1, max: 30 }),
        (message, maxLength) => {
          if (judge(message, { maxLength }) === undefined) {
            expect([...segmenter.segment(message)].length).toBeLessThanOrEqual(maxLength);
          }
        },
      ),
    );
  });
});
