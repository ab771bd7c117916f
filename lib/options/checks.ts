// Checks of options, made at construction: each throws a TypeError that names the option.

export function requireOptions(options: unknown, factory: string): asserts options is Record<string, unknown> {
  if (typeof options !== 'object' || options === null) throw new TypeError(`${factory} needs an object of options`);
}

export function requireMethods(authlete: unknown, methods: readonly string[]): void {
  if (typeof authlete !== 'object' || authlete === null) {
    throw new TypeError('authlete must be an AuthleteApi, such as authleteClient() returns');
  }
  const api = authlete as Record<string, unknown>;
  if (api.constructor?.name === 'Authlete' && 'pushedAuthorization' in api) {
    throw new TypeError(
      "authlete is an instance of Authlete's SDK (@authlete/typescript-sdk), which has other methods: give it " +
        'authleteClient({ baseUrl, serviceId, accessToken }) instead',
    );
  }
  for (const method of methods) {
    if (typeof api[method] === 'function') continue;
    // embeddedAuthlete() returns a promise, which is easily forgotten.
    const advice = typeof api.then === 'function' ? ': is it a promise? await it' : '';
    throw new TypeError(`authlete must have a method ${method}()${advice}`);
  }
}

export function requireFunction(value: unknown, option: string): void {
  if (typeof value !== 'function') throw new TypeError(`${option} must be a function`);
}

export function optionalFunction(value: unknown, option: string): void {
  if (value !== undefined) requireFunction(value, option);
}

export function optionalBoolean(value: unknown, option: string): void {
  if (value !== undefined && typeof value !== 'boolean') throw new TypeError(`${option} must be true or false`);
}

export function requireStrings(value: unknown, option: string): void {
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
    throw new TypeError(`${option} must be an array of strings`);
  }
}

export function optionalStrings(value: unknown, option: string): void {
  if (value !== undefined) requireStrings(value, option);
}

export function requireCount(value: unknown, option: string): void {
  if (!Number.isSafeInteger(value) || (value as number) < 1) {
    throw new TypeError(`${option} must be a whole number above 0`);
  }
}

export function optionalCount(value: unknown, option: string): void {
  if (value !== undefined) requireCount(value, option);
}

/** Timers above 2^31-1 ms fire at once, so that is the limit. */
export const maxTimeout = 2 ** 31 - 1;

export function optionalTimeout(value: unknown, option: string, least = 1): void {
  if (value === undefined) return;
  if (typeof value !== 'number' || !(value >= least) || value > maxTimeout) {
    throw new TypeError(`${option} must be a number of milliseconds from ${least} to ${maxTimeout}`);
  }
}

export function requireLogger(value: unknown, option: string): void {
  for (const level of ['debug', 'info', 'warn', 'error']) {
    if (typeof (value as Record<string, unknown> | null)?.[level] !== 'function') {
      throw new TypeError(`${option} must have a method ${level}()`);
    }
  }
}

/** `false` silences the package. */
export function optionalLogger(value: unknown): void {
  if (value !== undefined && value !== false) requireLogger(value, 'logger');
}
