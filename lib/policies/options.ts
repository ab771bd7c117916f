// Checks of options, made at construction: each throws a TypeError that names the option.

export function requireStrings(value: unknown, option: string): void {
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
    throw new TypeError(`${option} must be an array of strings`);
  }
}

export function optionalStrings(value: unknown, option: string): void {
  if (value !== undefined) requireStrings(value, option);
}

export function requireCount(value: unknown, option: string): void {
  if (!Number.isSafeInteger(value) || Number(value) < 1)
    throw new TypeError(`${option} must be a whole number above 0`);
}

export function requireFunction(value: unknown, option: string): void {
  if (typeof value !== 'function') throw new TypeError(`${option} must be a function`);
}
