import { createHash, createHmac, hkdfSync } from 'node:crypto';
import type { SealKey } from './seals.js';

/** Hashes that nobody can compute without one of the keys, not even to test guesses: subjects can be guessed. */
export interface KeyedHash {
  /** With the first key. */
  (...parts: string[]): string;
  /** With each of the keys. */
  all(...parts: string[]): string[];
}

export function keyedHash(keys: readonly SealKey[], purpose: string): KeyedHash {
  const derived = keys.map((key) => Buffer.from(hkdfSync('sha256', key, '', `ciba-backchannel ${purpose} hash`, 32)));
  const hash = (key: Buffer, parts: string[]) =>
    createHmac('sha256', key).update(JSON.stringify(parts)).digest('base64url');
  return Object.assign((...parts: string[]) => hash(derived[0] as Buffer, parts), {
    all: (...parts: string[]) => derived.map((key) => hash(key, parts)),
  });
}

/** For values that are already random. */
export function plainHash(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('base64url');
}
