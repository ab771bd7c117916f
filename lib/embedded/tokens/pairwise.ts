import { createHmac } from 'node:crypto';
import type { Client } from '../client/client.js';
import type { SigningKeys } from '../settings/signing-keys.js';

/** `sub` of a user for a client with pairwise identifiers (OpenID Connect Core 1.0, section 8.1); `undefined` for others. */
export function pairwiseSubject(
  [{ pairwiseSecret }]: SigningKeys,
  { sector }: Client,
  subject: string,
): string | undefined {
  if (sector === undefined) return undefined;
  return createHmac('sha256', pairwiseSecret).update(`${sector}\0${subject}`).digest('base64url');
}
