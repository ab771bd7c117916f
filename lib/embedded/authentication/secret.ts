import { createHash, timingSafeEqual } from 'node:crypto';
import type { Client } from '../client/client.js';
import { type Credential, invalidClientError, wrongMethodError } from './credential.js';

/**
 * Verifies the secret of a client.
 *
 * @throws ProtocolError `invalid_client`
 */
export function verifySecret({ authMethod, secretHash }: Client, presented: Credential): void {
  const { method, secret } = presented;
  if (method !== authMethod || secret === undefined) throw wrongMethodError(presented);
  if (secretHash === undefined || !isSecret(secret, secretHash)) {
    throw invalidClientError('E010307', 'the client secret is wrong');
  }
}

/** Compares in constant time, whatever the lengths. */
function isSecret(presented: string, secretHash: Buffer): boolean {
  return timingSafeEqual(createHash('sha256').update(presented).digest(), secretHash);
}
