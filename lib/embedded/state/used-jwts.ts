import { createHash } from 'node:crypto';
import type { Client } from '../client/clients.js';
import { ProtocolError } from '../protocol-error.js';
import type { Engine } from './engine.js';
import type { Expiring, ExpiringMap } from './expiring-map.js';

/** JWTs that have been used and have not expired yet. */
export type UsedJwts = ExpiringMap<Expiring>;

/**
 * Takes a JWT for used (RFC 7523, section 3).
 *
 * @param use what it is: a client may have the same `jti` in JWTs for different uses
 * @param until milliseconds since the epoch; from then on it is refused for its age
 * @returns `false` when it had been used before
 * @throws ProtocolError when there is no room to remember it
 */
export function useOnce({ usedJwts }: Engine, use: string, { number }: Client, jti: string, until: number): boolean {
  const id = `${use} ${number} ${jti.length > 64 ? hashOf(jti) : jti}`;
  if (usedJwts.get(id) !== undefined) return false;
  if (!usedJwts.set(id, { expiresAt: until })) {
    throw new ProtocolError('E010101', 'server_error', 'the embedded engine is full');
  }
  return true;
}

/** What is remembered is bounded, whatever clients send. */
function hashOf(jti: string): string {
  return createHash('sha256').update(jti).digest('base64url');
}
