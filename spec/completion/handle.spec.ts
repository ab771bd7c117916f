import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { CompactEncrypt } from 'jose';
import { type HandleContents, handles, handlesOfThisProcess } from '../../lib/completion/handle.js';

const older = 'an older secret of at least 32 bytes';
const newer = randomBytes(32);

function contents(expiresAt = Date.now() + 60_000): HandleContents {
  return {
    id: 'transaction-7',
    ticket: 'ticket-7',
    subject: 'alice',
    clientId: '12345678901234567890',
    clientIdAlias: 'teller',
    deliveryMode: 'PING',
    claimNames: ['name', 'family_name#ja'],
    expiresAt,
  };
}

/** What it throws. */
function problemOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('a handle', () => {
  it('gives back what completing needs, and nothing more', async () => {
    const { seal, unseal } = handles([newer]);
    const handle = seal({ ...contents(1e15), user: { iban: 'x' } } as HandleContents);
    expect(unseal(handle)).toEqual(contents(1e15));
  });

  it('is a compact JWE of dir and A256GCM that names its key', async () => {
    const parts = handles([newer]).seal(contents()).split('.');
    expect(parts).toHaveLength(5);
    const header = JSON.parse(Buffer.from(parts[0] ?? '', 'base64url').toString());
    expect(header).toEqual({ alg: 'dir', enc: 'A256GCM', kid: expect.stringMatching(/^[\w-]{11}$/) });
  });

  it('is opaque', async () => {
    const decoded = handles([newer])
      .seal(contents())
      .split('.')
      .map((part) => Buffer.from(part, 'base64url'));
    expect(Buffer.concat(decoded).toString('latin1')).not.toMatch(/ticket|alice|1234567890|name/);
  });

  it('opens in any process that has the key', async () => {
    const handle = handles([older]).seal(contents(1e15));
    expect(handles([older]).unseal(handle)).toEqual(contents(1e15));
  });

  it('takes the same secret as a string and as bytes', async () => {
    const handle = handles([older]).seal(contents(1e15));
    expect(handles([new TextEncoder().encode(older)]).unseal(handle)).toEqual(contents(1e15));
  });
});

describe('key rotation', () => {
  it('seals with the first key and opens with all', async () => {
    const before = handles([older]);
    const during = handles([newer, older]);
    const after = handles([newer]);
    expect(during.unseal(before.seal(contents(1e15)))).toEqual(contents(1e15));
    expect(after.unseal(during.seal(contents(1e15)))).toEqual(contents(1e15));
    expect(problemOf(() => after.unseal(before.seal(contents())))).toMatchObject({ code: 'ERR_HANDLE_UNKNOWN_KEY' });
  });
});

describe('without keys', () => {
  it('a random key per process is used', async () => {
    const handle = handlesOfThisProcess().seal(contents(1e15));
    expect(handlesOfThisProcess().unseal(handle)).toEqual(contents(1e15));

    jest.resetModules();
    const elsewhere = await import('../../lib/completion/handle.js');
    expect(problemOf(() => elsewhere.handlesOfThisProcess().unseal(handle))).toMatchObject({
      code: 'ERR_HANDLE_UNKNOWN_KEY',
    });
  });
});

describe('handleKeys', () => {
  it.each<[string, unknown, string]>([
    ['one key that is not in an array', older, 'handleKeys must be an array'],
    ['no key', [], 'handleKeys must be an array'],
    ['null', null, 'handleKeys must be an array'],
    ['a short string', [newer, 'x'.repeat(31)], 'handleKeys[1] must be a string or bytes of at least 32 bytes'],
    ['too few bytes', [randomBytes(31)], 'handleKeys[0] must be'],
    ['an unset environment variable', [undefined], 'handleKeys[0] must be'],
    ['an object', [{ length: 32 }], 'handleKeys[0] must be'],
  ])('may not be %s', (_kind, keys, message) => {
    expect(() => handles(keys as never)).toThrow(expect.objectContaining({ name: 'TypeError' }));
    expect(() => handles(keys as never)).toThrow(message);
  });

  it('are measured in bytes', () => {
    expect(() => handles(['é'.repeat(16)])).not.toThrow();
  });

  it('do not show in an error', () => {
    expect(() => handles(['short secret'])).toThrow(expect.not.stringContaining('short secret'));
  });
});

describe('a handle that cannot be used', () => {
  const { seal, unseal } = handles([newer]);

  afterEach(() => {
    jest.useRealTimers();
  });

  async function foreignJwe(header: object, key = randomBytes(32)): Promise<string> {
    return new CompactEncrypt(Buffer.from('{}'))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', ...header })
      .encrypt(key);
  }

  it.each<[string, () => unknown]>([
    ['nothing', () => undefined],
    ['an object', () => ({})],
    ['an empty string', () => ''],
    ['any text', () => 'handle'],
    ['four dots', () => '....'],
    ['a signed token', () => 'eyJhbGciOiJIUzI1NiJ9.e30.c2ln'],
    ['a header that is no JSON', () => `${Buffer.from('{').toString('base64url')}..a.b.c`],
    ['a header that is null', () => `${Buffer.from('null').toString('base64url')}..a.b.c`],
    ['a JWE without kid', () => foreignJwe({})],
    ['a JWE of another encryption', () => foreignJwe({ enc: 'A128GCM', kid: 'x' }, randomBytes(16))],
    ['a JWE in pieces', async () => seal(contents()).split('.').slice(0, 4).join('.')],
  ])('is malformed: %s', async (_kind, make) => {
    const handle = (await make()) as string;
    expect(problemOf(() => unseal(handle))).toMatchObject({
      name: 'HandleError',
      code: 'ERR_HANDLE_MALFORMED',
    });
  });

  it('is from elsewhere', async () => {
    for (const handle of [handles([older]).seal(contents()), await foreignJwe({ kid: 'theirs' })]) {
      expect(problemOf(() => unseal(handle))).toMatchObject({ name: 'HandleError', code: 'ERR_HANDLE_UNKNOWN_KEY' });
    }
  });

  it('is sealed with another key under the name of ours', async () => {
    const [header = ''] = seal(contents()).split('.');
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString());
    const handle = await foreignJwe({ kid });
    expect(problemOf(() => unseal(handle))).toMatchObject({ code: 'ERR_HANDLE_TAMPERED' });
  });

  it('is tampered, wherever a character was changed', async () => {
    const handle = seal(contents());
    const [header = ''] = handle.split('.');
    for (let i = 0; i < handle.length; i += 1) {
      if (handle[i] === '.') continue;
      const changed = `${handle.slice(0, i)}${handle[i] === 'A' ? 'B' : 'A'}${handle.slice(i + 1)}`;
      const codes = i < header.length ? /^ERR_HANDLE_(MALFORMED|UNKNOWN_KEY|TAMPERED)$/ : /^ERR_HANDLE_TAMPERED$/;
      expect(problemOf(() => unseal(changed))).toMatchObject({ code: expect.stringMatching(codes) });
    }
  });

  it('is tampered: cut short, made longer, or with parts of another', async () => {
    const handle = seal(contents());
    const other = seal(contents()).split('.');
    const mixed = [...handle.split('.').slice(0, 4), other[4]].join('.');
    const padded = handle.replace('..', '.AAAA.');
    for (const changed of [handle.slice(0, -1), `${handle}A`, `${handle}=`, `${handle}\n`, mixed, padded]) {
      expect(problemOf(() => unseal(changed))).toMatchObject({ code: 'ERR_HANDLE_TAMPERED' });
    }
  });

  it('has expired, without leeway', async () => {
    const expiresAt = Date.now() + 60_000;
    const handle = seal(contents(expiresAt));
    jest.useFakeTimers({ now: expiresAt - 1, doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'setTimeout'] });
    expect(unseal(handle)).toMatchObject({ ticket: 'ticket-7' });
    jest.setSystemTime(expiresAt);
    expect(problemOf(() => unseal(handle))).toMatchObject({ name: 'HandleError', code: 'ERR_HANDLE_EXPIRED' });
  });

  it('is not in the error', async () => {
    const handle = seal(contents());
    const changed = `${handle.slice(0, -2)}AA`;
    const error = problemOf(() => unseal(changed));
    expect(inspect(error)).not.toContain(handle.slice(100, 120));
  });
});
