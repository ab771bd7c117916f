import { randomBytes } from 'node:crypto';

/** A ticket, `auth_req_id` or token: 32 random bytes, base64url. */
export function randomId(): string {
  return randomBytes(32).toString('base64url');
}
