import type { Logger } from '../telemetry/logger.js';

// Checks of options, made at construction: each throws a TypeError that names the option.

export function requireOptions(options: unknown, factory: string): asserts options is Record<string, unknown> {
  if (typeof options !== 'object' || options === null) throw new TypeError(`${factory} needs an object of options`);
}

export function requireMethods(authlete: unknown, methods: readonly string[]): void {
  if (typeof authlete !== 'object' || authlete === null) {
    throw new TypeError('authlete must be an AuthleteApi, such as authleteClient() makes');
  }
  for (const method of methods) {
    if (typeof (authlete as Record<string, unknown>)[method] !== 'function') {
      throw new TypeError(`authlete must have a method ${method}()`);
    }
  }
}

export function requireFunction(value: unknown, option: string): void {
  if (typeof value !== 'function') throw new TypeError(`${option} must be a function`);
}

export function optionalFunction(value: unknown, option: string): void {
  if (value !== undefined) requireFunction(value, option);
}

/** Timers above 2^31-1 ms fire at once, so that is the limit. */
export const longestTimeout = 2 ** 31 - 1;

export function optionalTimeout(value: unknown, option: string, least = 1): void {
  if (value === undefined) return;
  if (typeof value !== 'number' || !(value >= least) || value > longestTimeout) {
    throw new TypeError(`${option} must be a number of milliseconds from ${least} to ${longestTimeout}`);
  }
}

export function optionalLogger(value: unknown): asserts value is Logger | undefined {
  if (value === undefined) return;
  for (const level of ['debug', 'info', 'warn', 'error']) {
    if (typeof (value as Record<string, unknown> | null)?.[level] !== 'function') {
      throw new TypeError(`logger must have a method ${level}()`);
    }
  }
}
