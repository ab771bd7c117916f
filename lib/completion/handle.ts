import { hkdfSync, randomBytes, webcrypto } from 'node:crypto';
import { CompactEncrypt, type CryptoKey, compactDecrypt } from 'jose';
import { HandleError } from './errors.js';

/** A secret that handles are sealed with: a string or bytes, of at least 32 bytes. */
export type HandleKey = string | Uint8Array;

/** What a handle holds: what completing needs, and nothing more. */
export interface HandleContents {
  ticket: string;
  subject: string;
  clientId: string;
  claimNames: string[];
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

/** Makes and opens handles: compact JWEs, opaque to devices. */
export interface Handles {
  /** Seals with the first key. */
  seal(contents: HandleContents): Promise<string>;
  /** @throws HandleError */
  open(handle: string): Promise<HandleContents>;
}

const encryption = { alg: 'dir', enc: 'A256GCM' };

/**
 * @param keys the first seals, all open
 * @throws TypeError when there is no key, or one is too short
 */
export function handles(keys: readonly HandleKey[]): Handles {
  if (!Array.isArray(keys) || keys.length === 0) {
    throw new TypeError('handleKeys must be an array of keys, the one to seal with first');
  }
  const sealers = keys.map(sealer);
  const [first] = sealers as [Sealer];
  const byKeyId = new Map(sealers.map((sealer) => [sealer.kid, sealer]));

  return {
    async seal({ ticket, subject, clientId, claimNames, expiresAt }) {
      const contents: HandleContents = { ticket, subject, clientId, claimNames, expiresAt };
      return new CompactEncrypt(Buffer.from(JSON.stringify(contents)))
        .setProtectedHeader({ ...encryption, kid: first.kid })
        .encrypt(await first.key());
    },

    async open(handle) {
      const sealer = byKeyId.get(keyIdOf(handle));
      if (sealer === undefined) {
        throw new HandleError('ERR_HANDLE_UNKNOWN_KEY', 'the handle was sealed with a key that is not in handleKeys');
      }
      const contents = contentsOf(await decrypt(handle, await sealer.key()));
      if (Date.now() >= contents.expiresAt) {
        throw new HandleError('ERR_HANDLE_EXPIRED', 'the transaction of the handle has expired');
      }
      return contents;
    },
  };
}

let ofThisProcess: Handles | undefined;

/** The handles of a process that was given no keys: they can be opened in this process only. */
export function handlesOfThisProcess(): Handles {
  ofThisProcess ??= handles([randomBytes(32)]);
  return ofThisProcess;
}

interface Sealer {
  /** Says which key, and tells nothing about it. */
  kid: string;
  /** Imported once. */
  key(): Promise<CryptoKey>;
}

function sealer(secret: HandleKey, index: number): Sealer {
  const bytes = typeof secret === 'string' ? Buffer.from(secret) : secret;
  if (!ArrayBuffer.isView(bytes) || bytes.byteLength < 32) {
    throw new TypeError(`handleKeys[${index}] must be a string or bytes of at least 32 bytes`);
  }
  const derived = derive(bytes, 'key', 32);
  let key: Promise<CryptoKey> | undefined;
  return {
    kid: derive(bytes, 'kid', 8).toString('base64url'),
    key() {
      key ??= webcrypto.subtle.importKey('raw', derived, 'AES-GCM', false, ['encrypt', 'decrypt']);
      return key;
    },
  };
}

function derive(secret: Uint8Array, purpose: string, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `ciba-backchannel handle ${purpose}`, length));
}

/** Tells a handle from anything else, so that one from elsewhere and one that was changed can be told apart. */
function keyIdOf(handle: string): string {
  const parts = typeof handle === 'string' ? handle.split('.') : [];
  if (parts.length === 5) {
    try {
      const header = JSON.parse(Buffer.from(parts[0] as string, 'base64url').toString());
      const { alg, enc, kid } = header;
      if (alg === encryption.alg && enc === encryption.enc && typeof kid === 'string') return kid;
    } catch {
      // Not JSON.
    }
  }
  throw new HandleError('ERR_HANDLE_MALFORMED', 'this is not a handle');
}

async function decrypt(handle: string, key: CryptoKey): Promise<Uint8Array> {
  try {
    if (!handle.split('.').every(isCanonical)) throw new SyntaxError('bits beyond the last byte');
    const { plaintext } = await compactDecrypt(handle, key);
    return plaintext;
  } catch (error) {
    throw new HandleError('ERR_HANDLE_TAMPERED', 'the handle was changed after it was sealed', error);
  }
}

/** Base64url of some lengths has spare bits, which decoders ignore: each handle shall have one spelling. */
function isCanonical(part: string): boolean {
  return Buffer.from(part, 'base64url').toString('base64url') === part;
}

function contentsOf(plaintext: Uint8Array): HandleContents {
  return JSON.parse(Buffer.from(plaintext).toString()) as HandleContents;
}
