import { randomFillSync } from 'node:crypto';

/** Bytes of an id. */
const length = 32;

/** Random bytes for the next ids: one call for many is several times cheaper than a call for each. */
const pool = Buffer.alloc(128 * length);
let used = pool.length;

/** A ticket, `auth_req_id` or token: 32 random bytes, base64url. */
export function randomId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += length;
  return pool.toString('base64url', used - length, used);
}
