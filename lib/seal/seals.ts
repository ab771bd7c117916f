import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomFillSync,
} from 'node:crypto';

/** A secret to seal with: a string or bytes, of at least 32 bytes. */
export type SealKey = string | Uint8Array;

/** Why something that should have been sealed cannot be unsealed. */
export type SealErrorCode =
  /** It is not a compact JWE of the kind that this module makes. */
  | 'ERR_SEAL_MALFORMED'
  /** It names one of the keys, but its content was not sealed with that key. */
  | 'ERR_SEAL_TAMPERED'
  /** It was sealed with another key, or for another purpose. */
  | 'ERR_SEAL_UNKNOWN_KEY';

const messages: Record<SealErrorCode, (option: string) => string> = {
  ERR_SEAL_MALFORMED: (option) => `this was not sealed with ${option}: it is not sealed text at all`,
  ERR_SEAL_TAMPERED: (option) => `this was changed after it was sealed with a key of ${option}`,
  ERR_SEAL_UNKNOWN_KEY: (option) => `this was sealed with a key that is not in ${option}`,
};

/** What {@link Seals.unseal} throws; contains nothing of the sealed text. */
export class SealError extends Error {
  readonly code: SealErrorCode;

  /** @param option the name of the option with the keys */
  constructor(code: SealErrorCode, option: string, cause?: unknown) {
    super(messages[code](option), cause === undefined ? undefined : { cause });
    this.name = 'SealError';
    this.code = code;
  }
}

/** Seals and unseals text. Synchronous: Web Crypto takes seven times as long for texts of this size. */
export interface Seals {
  /** A compact JWE (RFC 7516), sealed with the first key. */
  seal(text: string): string;
  /** @throws SealError */
  unseal(sealed: string): string;
}

/**
 * Creates seals of compact JWEs: `dir` and `A256GCM` (RFC 7518, sections 4.5 and 5.3), with a `kid` that names the
 * key. Key and `kid` are derived from the secret and the purpose (RFC 5869), so a text that is sealed for one purpose cannot
 * be used for another.
 *
 * @param keys the first seals, all unseal
 * @param purpose such as `handle` or `job`
 * @param option the name of the option with the keys
 * @throws TypeError that names the option, when there is no key, or one is too short
 */
export function seals(keys: readonly SealKey[], purpose: string, option: string): Seals {
  if (!Array.isArray(keys) || keys.length === 0) {
    throw new TypeError(`${option} must be an array of keys, the one to seal with first`);
  }
  const sealers = keys.map((secret, i) => sealer(secretBytes(secret, `${option}[${i}]`), purpose));
  const [first] = sealers as [Sealer];
  const byHeader = new Map(sealers.map((each) => [each.header, each]));

  return {
    seal: (text) => encrypt(first, text),
    unseal(sealed) {
      const parts = typeof sealed === 'string' ? sealed.split('.') : [];
      if (parts.length !== 5) throw new SealError('ERR_SEAL_MALFORMED', option);
      const [header, encryptedKey, iv, ciphertext, tag] = parts as [string, string, string, string, string];
      const by = byHeader.get(header);
      if (by === undefined) throw new SealError(codeFor(header, sealers), option);
      try {
        if (encryptedKey !== '') throw new SyntaxError('an encrypted key');
        return decrypt(by, fromBase64url(iv, ivLength), fromBase64url(ciphertext), fromBase64url(tag, tagLength));
      } catch (error) {
        throw new SealError('ERR_SEAL_TAMPERED', option, error);
      }
    },
  };
}

interface Sealer {
  /** Names the key, and reveals nothing about it. */
  kid: string;
  /** The protected header, the same in everything that this key seals. */
  header: string;
  /** The header as bytes: the additional authenticated data. */
  aad: Buffer;
  key: KeyObject;
}

const algorithm = 'aes-256-gcm';
const ivLength = 12;
const tagLength = 16;

function secretBytes(secret: unknown, name: string): Uint8Array {
  const bytes = typeof secret === 'string' ? Buffer.from(secret) : secret;
  if (!ArrayBuffer.isView(bytes) || bytes.byteLength < 32) {
    throw new TypeError(`${name} must be a string or bytes of at least 32 bytes`);
  }
  return bytes as Uint8Array;
}

function sealer(secret: Uint8Array, purpose: string): Sealer {
  const derive = (what: string, length: number) =>
    Buffer.from(hkdfSync('sha256', secret, '', `ciba-backchannel ${purpose} ${what}`, length));
  const kid = derive('kid', 8).toString('base64url');
  const header = Buffer.from(JSON.stringify({ alg: 'dir', enc: 'A256GCM', kid })).toString('base64url');
  return { kid, header, aad: Buffer.from(header), key: createSecretKey(derive('key', 32)) };
}

function encrypt({ header, aad, key }: Sealer, text: string): string {
  const iv = nextIv();
  const cipher = createCipheriv(algorithm, key, iv, { authTagLength: tagLength }).setAAD(aad);
  const ciphertext = cipher.update(text, 'utf8').toString('base64url');
  cipher.final(); // nothing is left by then
  const tag = cipher.getAuthTag().toString('base64url');
  return `${header}..${iv.toString('base64url')}.${ciphertext}.${tag}`;
}

function decrypt({ aad, key }: Sealer, iv: Buffer, ciphertext: Buffer, tag: Buffer): string {
  const decipher = createDecipheriv(algorithm, key, iv, { authTagLength: tagLength }).setAAD(aad).setAuthTag(tag);
  return decipher.update(ciphertext, undefined, 'utf8') + decipher.final('utf8');
}

const ivs = Buffer.alloc(256 * ivLength);
let used = ivs.length;

/** Random (NIST SP 800-38D, section 8.2.2), and fetched in bulk: asking for twelve bytes costs as much as for thousands. */
function nextIv(): Buffer {
  if (used === ivs.length) {
    randomFillSync(ivs);
    used = 0;
  }
  used += ivLength;
  return ivs.subarray(used - ivLength, used);
}

/** Decoders ignore characters that are not base64url, and bits beyond the last byte; here each text has one spelling only. */
function fromBase64url(part: string, length?: number): Buffer {
  const bytes = Buffer.from(part, 'base64url');
  if (bytes.toString('base64url') !== part) throw new SyntaxError('not base64url');
  if (length !== undefined && bytes.length !== length) throw new SyntaxError(`not ${length} bytes`);
  return bytes;
}

/** What is wrong with a header that none of the keys would write. */
function codeFor(header: string, sealers: readonly Sealer[]): SealErrorCode {
  try {
    const { alg, enc, kid } = JSON.parse(Buffer.from(header, 'base64url').toString());
    if (alg !== 'dir' || enc !== 'A256GCM' || typeof kid !== 'string') return 'ERR_SEAL_MALFORMED';
    return sealers.some((each) => each.kid === kid) ? 'ERR_SEAL_TAMPERED' : 'ERR_SEAL_UNKNOWN_KEY';
  } catch {
    return 'ERR_SEAL_MALFORMED';
  }
}
