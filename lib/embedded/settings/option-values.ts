import type { Pair } from '../../authlete/types/common-types.js';

/*
 * Readers of options, and of members of a client's registration, that are plain values. Each throws a TypeError that names
 * the option.
 */

export function readStrings(value: unknown, option: string): readonly string[] {
  if (!Array.isArray(value) || value.some((entry) => typeof entry !== 'string' || entry === '')) {
    throw new TypeError(`${option} must be an array of strings that are not empty`);
  }
  return value;
}

/** Names and values; copied, since callers get them. */
export function readPairs(pairs: unknown = [], option: string): readonly Pair[] {
  if (!Array.isArray(pairs)) throw new TypeError(`${option} must be an array`);
  return pairs.map((pair: Partial<Pair> | null) => {
    if (typeof pair?.key !== 'string' || typeof pair.value !== 'string') {
      throw new TypeError(`${option} must hold objects with a key and a value that are strings`);
    }
    return { key: pair.key, value: pair.value };
  });
}

export function readBoolean(value: unknown, option: string): boolean {
  if (typeof value !== 'boolean') throw new TypeError(`${option} must be a boolean`);
  return value;
}

export function readInteger(value: unknown, option: string, least: number): number {
  if (!Number.isInteger(value) || (value as number) < least || (value as number) > 2 ** 31 - 1) {
    throw new TypeError(`${option} must be an integer from ${least} to 2147483647`);
  }
  return value as number;
}
