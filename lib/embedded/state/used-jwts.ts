import { createHash } from 'node:crypto';
import type { Expiring, ExpiringMap } from './expiring-map.js';

/** JWTs of clients that have been used and have not expired yet. */
export type UsedJwts = ExpiringMap<Expiring>;

/**
 * Marks a JWT as used (RFC 7523, section 3).
 *
 * @param use its purpose: a client may use the same `jti` in JWTs for different purposes
 * @param owner the client that sent it, or the key that signed it
 * @param until milliseconds since the epoch; from then on it is refused because it is too old
 * @returns `used` when it had been used before, `full` when there is no room to remember it
 */
export function useOnce(
  usedJwts: UsedJwts,
  use: string,
  owner: string,
  jti: string,
  until: number,
): 'fresh' | 'used' | 'full' {
  const id = `${use} ${owner} ${jti.length > 64 ? hashOf(jti) : jti}`;
  if (usedJwts.get(id) !== undefined) return 'used';
  return usedJwts.set(id, { expiresAt: until }) ? 'fresh' : 'full';
}

/** Bounds the memory, whatever clients send. */
function hashOf(jti: string): string {
  return createHash('sha256').update(jti).digest('base64url');
}
