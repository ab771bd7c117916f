import { describe, expect, it } from '@jest/globals';
import { type AuthenticationDeviceOptions, authenticationDevice, englishDeviceTexts } from 'ciba-backchannel/device';
import { german } from '../../examples/phone/german.js';

const options: AuthenticationDeviceOptions = {
  origin: 'https://login.bank.example',
  rp: { id: 'bank.example', name: 'Example Bank' },
  user: () => null,
  stepUp: () => false,
  complete: async () => {},
};

function start(texts: unknown): void {
  void authenticationDevice({ ...options, texts } as AuthenticationDeviceOptions).close();
}

/** The keys of a record of texts, and the placeholders in each text: `{client}`. */
function shape(texts: object): unknown {
  return Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [
      key,
      String(text)
        .match(/\{\w+\}/g)
        ?.sort() ?? [],
    ]),
  );
}

describe('The texts of the phone', () => {
  it('may be in several languages', () => {
    expect(() => start([german, englishDeviceTexts])).not.toThrow();
  });

  it('are complete in the German of the examples, with the same placeholders', () => {
    expect(shape(german.page)).toEqual(shape(englishDeviceTexts.page));
    for (const key of ['standardScopes', 'members', 'details'] as const) {
      expect(Object.keys(german.request[key])).toEqual(Object.keys(englishDeviceTexts.request[key]));
    }
  });

  it.each([
    ['no language', [], /texts must be an array/],
    ['something that is not an array', german, /texts must be an array/],
    ['no texts', [null], /texts\[0\] must be an object/],
    ['no texts of the page', [english({ page: undefined })], /texts\[0\]\.page must be an object/],
    [
      'a text that is missing',
      [german, english({ page: { ...german.page, deny: undefined } })],
      /texts\[1\]\.page\.deny/,
    ],
    ['a text that is empty', [english({ page: { ...german.page, approve: '' } })], /texts\[0\]\.page\.approve/],
    [
      'a language that is not a BCP 47 tag',
      [english({ request: { ...german.request, language: 'de_AT' } })],
      /language must be/,
    ],
  ])('are refused with %s', (_, texts, message) => {
    expect(() => start(texts)).toThrow(message);
    expect(() => start(texts)).toThrow(expect.objectContaining({ name: 'TypeError' }));
  });

  function english(changes: object): object {
    return { ...englishDeviceTexts, ...changes };
  }
});
