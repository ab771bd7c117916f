import type { Property } from '../../authlete/types/common-types.js';
import { isTooDeep } from '../../jwt/json-depth.js';
import { ProtocolError } from './protocol-error.js';

/*
 * Readers of the parameters with which the server tells the engine what to do. Absent, null, empty and 0 mean the same,
 * since libraries differ in what they send for no value. A wrong parameter is the server's mistake: `server_error`.
 */

export function readString<T extends object>(call: T, name: keyof T & string): string | undefined {
  const value = call[name] ?? '';
  if (typeof value !== 'string') throw wrongParameter(name);
  return value === '' ? undefined : value;
}

export function readInteger<T extends object>(call: T, name: keyof T & string): number | undefined {
  const value: unknown = call[name] || 0;
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw wrongParameter(name);
  return (value as number) || undefined;
}

/** A number of seconds so small that its end is a date that JavaScript can represent. */
export function readDuration<T extends object>(call: T, name: keyof T & string): number | undefined {
  const value = readInteger(call, name);
  if (value !== undefined && value > 2 ** 31 - 1) throw wrongParameter(name);
  return value;
}

export function readStrings<T extends object>(call: T, name: keyof T & string): string[] | undefined {
  const value: unknown = call[name] || [];
  if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'string')) throw wrongParameter(name);
  return value.length === 0 ? undefined : [...value];
}

/** An object as JSON in a string. */
export function readObject<T extends object>(call: T, name: keyof T & string): Record<string, unknown> | undefined {
  const text = readString(call, name);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrongParameter(name);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isTooDeep(value)) {
    throw wrongParameter(name);
  }
  return value as Record<string, unknown>;
}

export function readProperties({ properties }: { properties?: Property[] | null }): readonly Property[] {
  if (!properties) return [];
  if (!Array.isArray(properties)) throw wrongParameter('properties');
  return properties.map((property: Property | null) => {
    if (typeof property?.key !== 'string' || typeof property.value !== 'string') throw wrongParameter('properties');
    return { ...property };
  });
}

export function wrongParameter(name: string): ProtocolError {
  return new ProtocolError('E010202', 'server_error', `the parameter ${name} of the call is missing or invalid`);
}
