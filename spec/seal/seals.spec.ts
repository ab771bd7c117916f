import { hkdfSync } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { CompactEncrypt, compactDecrypt, decodeProtectedHeader } from 'jose';
import { SealError, type SealErrorCode, seals } from '../../lib/seal/seals.js';

const secret = 'a secret of at least thirty-two bytes';
const text = JSON.stringify({ ticket: 'ticket-7', name: '愛' });

/** As the documentation of seals() says. */
function derived(purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', Buffer.from(secret), '', `ciba-backchannel ${purpose} key`, 32));
}

function codeOf(open: () => unknown): SealErrorCode | undefined {
  try {
    open();
    return undefined;
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    return error.code;
  }
}

describe('sealed text', () => {
  it.each([0, 1, 2, 3, 15, 16, 17, 300, 5_000])('of %d bytes is a JWE that jose opens', async (length) => {
    const sealed = seals([secret], 'job', 'keys').seal('é'.repeat(length));
    const { plaintext, protectedHeader } = await compactDecrypt(sealed, derived('job'));
    expect(Buffer.from(plaintext).toString()).toBe('é'.repeat(length));
    expect(protectedHeader).toEqual({ alg: 'dir', enc: 'A256GCM', kid: expect.stringMatching(/^[\w-]{11}$/) });
  });

  it('can be sealed by jose as well', async () => {
    const { seal, unseal } = seals([secret], 'job', 'keys');
    const protectedHeader = decodeProtectedHeader(seal('')) as { alg: string; enc: string };
    const sealed = await new CompactEncrypt(Buffer.from(text))
      .setProtectedHeader(protectedHeader)
      .encrypt(derived('job'));
    expect(unseal(sealed)).toBe(text);
  });

  it('is never sealed with the same initialization vector twice', () => {
    const { seal } = seals([secret], 'job', 'keys');
    const vectors = Array.from({ length: 1_000 }, () => seal(text).split('.')[2]);
    expect(new Set(vectors).size).toBe(1_000);
  });

  it('opens with every key, and is sealed with the first', () => {
    const older = seals(['an older secret of at least 32 bytes'], 'job', 'keys');
    const both = seals([secret, 'an older secret of at least 32 bytes'], 'job', 'keys');
    expect(both.unseal(older.seal(text))).toBe(text);
    expect(seals([secret], 'job', 'keys').unseal(both.seal(text))).toBe(text);
    expect(codeOf(() => older.unseal(both.seal(text)))).toBe('ERR_SEAL_UNKNOWN_KEY');
  });

  it('of one purpose does not open for another', () => {
    const sealed = seals([secret], 'handle', 'keys').seal(text);
    expect(codeOf(() => seals([secret], 'job', 'keys').unseal(sealed))).toBe('ERR_SEAL_UNKNOWN_KEY');
  });

  it('shows nothing of itself in an error', () => {
    const { seal, unseal } = seals([secret], 'job', 'keys');
    const sealed = seal(text);
    let error: unknown;
    try {
      unseal(`${sealed.slice(0, -2)}AA`);
    } catch (thrown) {
      error = thrown;
    }
    expect(inspect(error)).not.toContain(sealed.split('.')[3]);
  });
});

describe('text that cannot be unsealed', () => {
  const { seal, unseal } = seals([secret], 'job', 'keys');
  const sealed = seal(text);
  const [header = '', , iv = '', ciphertext = '', tag = ''] = sealed.split('.');
  const headerOf = (fields: object) => Buffer.from(JSON.stringify(fields)).toString('base64url');
  const { kid } = decodeProtectedHeader(sealed);

  it.each<[SealErrorCode, string, unknown]>([
    ['ERR_SEAL_MALFORMED', 'no text', 7],
    ['ERR_SEAL_MALFORMED', 'four parts', `${header}..${iv}.${ciphertext}`],
    ['ERR_SEAL_MALFORMED', 'a header of no JSON', `e30e..${iv}.${ciphertext}.${tag}`],
    [
      'ERR_SEAL_MALFORMED',
      'another algorithm',
      `${headerOf({ alg: 'A256KW', enc: 'A256GCM', kid })}..${iv}.${ciphertext}.${tag}`,
    ],
    ['ERR_SEAL_MALFORMED', 'no kid', `${headerOf({ alg: 'dir', enc: 'A256GCM' })}..${iv}.${ciphertext}.${tag}`],
    [
      'ERR_SEAL_UNKNOWN_KEY',
      'the kid of others',
      `${headerOf({ alg: 'dir', enc: 'A256GCM', kid: 'x' })}..${iv}.${ciphertext}.${tag}`,
    ],
    [
      'ERR_SEAL_TAMPERED',
      'one more parameter',
      `${headerOf({ alg: 'dir', enc: 'A256GCM', kid, zip: 'DEF' })}..${iv}.${ciphertext}.${tag}`,
    ],
    ['ERR_SEAL_TAMPERED', 'an encrypted key', `${header}.AAAA.${iv}.${ciphertext}.${tag}`],
    ['ERR_SEAL_TAMPERED', 'a short vector', `${header}..${iv.slice(4)}.${ciphertext}.${tag}`],
    ['ERR_SEAL_TAMPERED', 'a short tag', `${header}..${iv}.${ciphertext}.${tag.slice(0, 6)}`],
    [
      'ERR_SEAL_TAMPERED',
      'a tag of four bytes',
      `${header}..${iv}.${ciphertext}.${Buffer.from(tag, 'base64url').toString('base64url', 0, 4)}`,
    ],
    ['ERR_SEAL_TAMPERED', 'no text', `${header}..${iv}..${tag}`],
    [
      'ERR_SEAL_TAMPERED',
      'bits beyond the last byte',
      `${header}..${iv}.${ciphertext}.${tag.slice(0, -1)}${tag.endsWith('x') ? 'y' : 'x'}`,
    ],
    ['ERR_SEAL_TAMPERED', 'a line break', `${sealed}\n`],
  ])('is %s: %s', (code, _kind, changed) => {
    expect(codeOf(() => unseal(changed as string))).toBe(code);
  });

  it.each([
    ['ERR_SEAL_UNKNOWN_KEY', seals([`${secret}, another one`], 'job', 'phone.keys').seal(text)],
    ['ERR_SEAL_TAMPERED', `${sealed.slice(0, -2)}AA`],
    ['ERR_SEAL_MALFORMED', 'x'],
  ])('is %s, which names the option', (code, changed) => {
    const { unseal } = seals([secret], 'job', 'handleKeys');
    expect(() => unseal(changed)).toThrow(expect.objectContaining({ name: 'SealError', code }));
    expect(() => unseal(changed)).toThrow(/handleKeys/);
  });

  it('is recognised wherever a character was changed', () => {
    for (let i = 0; i < sealed.length; i += 1) {
      const changed = `${sealed.slice(0, i)}${sealed[i] === 'A' ? 'B' : 'A'}${sealed.slice(i + 1)}`;
      const code = codeOf(() => unseal(changed));
      if (i > header.length + 1 && sealed[i] !== '.') expect(code).toBe('ERR_SEAL_TAMPERED');
      else expect(code).toMatch(/^ERR_SEAL_(MALFORMED|UNKNOWN_KEY|TAMPERED)$/);
    }
  });
});

describe('keys', () => {
  it.each<[string, unknown, string]>([
    ['one that is not in an array', secret, 'phone.keys must be an array'],
    ['none', [], 'phone.keys must be an array'],
    ['a short string', [secret, 'x'.repeat(31)], 'phone.keys[1] must be a string or bytes of at least 32 bytes'],
    ['an unset environment variable', [undefined], 'phone.keys[0] must be'],
  ])('may not be %s', (_kind, keys, message) => {
    expect(() => seals(keys as never, 'job', 'phone.keys')).toThrow(expect.objectContaining({ name: 'TypeError' }));
    expect(() => seals(keys as never, 'job', 'phone.keys')).toThrow(message);
  });
});
