import type { ClientMetadata } from '../settings/client-metadata.js';

/*
 * Readers of the members of a client's registration. Each throws a TypeError that names the client (`where`) and the member.
 */

export function readString(metadata: ClientMetadata, name: string, where: string): string | undefined {
  const value = metadata[name];
  if (value === undefined || (typeof value === 'string' && value !== '')) return value;
  throw new TypeError(`${where}.${name} must be a string that is not empty`);
}

export function readBoolean(metadata: ClientMetadata, name: string, where: string): boolean {
  const value = metadata[name] ?? false;
  if (typeof value !== 'boolean') throw new TypeError(`${where}.${name} must be a boolean`);
  return value;
}

export function readOneOf<T>(
  metadata: ClientMetadata,
  name: string,
  where: string,
  known: Readonly<Record<string, T>>,
): T | undefined {
  const value = metadata[name];
  if (value === undefined) return undefined;
  if (typeof value === 'string' && Object.hasOwn(known, value)) return known[value];
  throw new TypeError(`${where}.${name} must be one of ${Object.keys(known).join(', ')}`);
}
