import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const key = randomBytes(32);

/**
 * Compares two secrets in a time that does not tell how much of them is the same. Character by character: where `é` may
 * come in one character or in two, bring both to one form first (`code.normalize('NFC')`). A code in a database belongs
 * there as a salted hash (`scrypt`), not as it is.
 *
 * @returns `false` also when either is not a string
 * @example
 * ```ts
 * verify: (user, code) => constantTimeEqual(code, user.pin),
 * ```
 */
export function constantTimeEqual(a: string | null | undefined, b: string | null | undefined): boolean {
  if (typeof a !== 'string' || typeof b !== 'string') return false;
  return timingSafeEqual(digest(a), digest(b));
}

/** Of equal length for all texts. UTF-16 keeps apart what UTF-8 cannot say: lone surrogates. */
function digest(text: string): Buffer {
  return createHmac('sha256', key).update(Buffer.from(text, 'utf16le')).digest();
}
