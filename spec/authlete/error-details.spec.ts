import { describe, expect, it } from '@jest/globals';
import { reject } from 'ciba-backchannel';
import fc from 'fast-check';
import { errorDetails } from '../../lib/authlete/error-details.js';
import { anyText } from '../support/any-text.js';

describe('A description', () => {
  it.each([
    ['no such customer', 'no such customer'],
    ['', ''],
    ['the "teller"', "the 'teller'"],
    ['must match /^\\d{1,6}\\.\\d\\d$/', 'must match /^%5Cd{1,6}%5C.%5Cd%5Cd$/'],
    ['line\r\nbreak\tand tab', 'line break and tab'],
    ['naïve, “ﬁne” and at most 5 €', "naive, 'fine' and at most 5 %E2%82%AC"],
    ['銀行', '%E9%8A%80%E8%A1%8C'],
    ['😀', '%F0%9F%98%80'],
    ['half a pair \ud83d', 'half a pair ?'],
    ['\u007f\u0000', '??'],
    [" ~!#$%&'()*+,-./09:;<=>?@AZ[]^_`az{|}", " ~!#$%&'()*+,-./09:;<=>?@AZ[]^_`az{|}"],
  ])('of %j is sent as %j', (description, sent) => {
    expect(errorDetails({ description })).toEqual({ description: sent });
  });

  it('has only characters that may be sent, whatever it was (RFC 6749, section 5.2)', () => {
    fc.assert(
      fc.property(anyText, (description) => {
        expect(errorDetails({ description }).description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/);
      }),
    );
  });

  it.each([42, true, {}, ['text']])('of %j is a TypeError', (description) => {
    expect(() => errorDetails({ description: description as never })).toThrow(
      expect.objectContaining({ name: 'TypeError', message: 'description must be a string' }),
    );
  });
});

describe('A uri', () => {
  it.each([
    'https://as.example.com/errors#unknown_user',
    'http://localhost:3000/',
    'https://as.example.com/%E9%8A%80?a=b&c=d',
    'urn:example:error',
  ])('of %s is sent as it is', (uri) => {
    expect(errorDetails({ uri })).toEqual({ uri });
  });

  it.each([
    '',
    '/errors',
    'as.example.com',
    'https://',
    'https://as.example.com/a b',
    'https://as.example.com/"',
    'https://as.example.com/\\',
    'https://as.example.com/銀行',
    'https://as.example.com/\n',
    42,
    new URL('https://as.example.com'),
  ])('of %p is a TypeError', (uri) => {
    expect(() => errorDetails({ uri: uri as string })).toThrow(
      expect.objectContaining({ name: 'TypeError', message: 'uri must be an absolute URL' }),
    );
  });
});

describe('Details', () => {
  it.each([[undefined], [{}], [{ description: undefined, uri: undefined }], [{ description: null, uri: null }]])(
    'of %j are none',
    (details) => {
      expect(errorDetails(details as object)).toEqual({});
    },
  );

  it('are those of a Rejection', () => {
    const uri = 'https://as.example.com/errors';
    expect(reject('UNKNOWN_USER_ID', { description: 'no "alice"', uri })).toMatchObject({
      code: 'ERR_REJECTED',
      reason: 'UNKNOWN_USER_ID',
      description: "no 'alice'",
      uri,
    });
  });
});
