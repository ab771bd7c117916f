import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const key = randomBytes(32);

/**
 * Compares two secrets in a time that does not reveal how much of them is equal. It compares code units: since `é` may
 * be one character or two, bring both texts to one form first (`code.normalize('NFC')`). In a database, keep a
 * salted hash (`scrypt`) of a code and not the code itself.
 *
 * @returns `false` too if either is not a string
 * @example
 * ```ts
 * verify: (user, code) => constantTimeEqual(code, user.pin),
 * ```
 */
export function constantTimeEqual(a: string | null | undefined, b: string | null | undefined): boolean {
  if (typeof a !== 'string' || typeof b !== 'string') return false;
  return timingSafeEqual(digest(a), digest(b));
}

/** A hash, so that all have equal length. Of UTF-16, since UTF-8 cannot tell lone surrogates apart. */
function digest(text: string): Buffer {
  return createHmac('sha256', key).update(Buffer.from(text, 'utf16le')).digest();
}
