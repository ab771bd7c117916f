// What a, b and c keep until the user has decided: the ticket, by the auth_req_id. d, e and f need no such store, since
// a transaction's handle holds what completion needs. With `--sealed`, a, b and c keep nothing either.

import { createCipheriv, createSecretKey, randomBytes, randomFillSync } from 'node:crypto';

const lifetime = 120_000;
const pending = new Map();
const key = createSecretKey(randomBytes(32));
/** Random bytes for many seals, since asking for twelve costs as much as asking for thousands. */
const ivs = Buffer.alloc(256 * 12);
let used = ivs.length;

const ways = {
  /** With `--without-hook`, d, e and f ask no user either. */
  none: () => '',
  sealed: seal,
};

/** Returns what the phone is sent. */
export const remember = ways[process.env.HOOK] ?? keep;

function keep(authReqId, ticket, subject) {
  const now = Date.now();
  pending.set(authReqId, { ticket, subject, expiresAt: now + lifetime });
  // The oldest come first.
  for (const [id, { expiresAt }] of pending) {
    if (expiresAt > now) break;
    pending.delete(id);
  }
  return authReqId;
}

function seal(authReqId, ticket, subject) {
  const iv = nextIv();
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  const sealed = cipher.update(
    JSON.stringify({ authReqId, ticket, subject, expiresAt: Date.now() + lifetime }),
    'utf8',
  );
  cipher.final();
  return `${iv.toString('base64url')}.${sealed.toString('base64url')}.${cipher.getAuthTag().toString('base64url')}`;
}

function nextIv() {
  if (used === ivs.length) {
    randomFillSync(ivs);
    used = 0;
  }
  used += 12;
  return ivs.subarray(used - 12, used);
}
