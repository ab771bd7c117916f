// What a, b and c keep until the user has decided: the ticket, by the auth_req_id. d, e and f need no such store, since
// a transaction's handle holds what completion needs.

const lifetime = 120_000;
const pending = new Map();

/** Nothing with `--without-hook`, where d, e and f ask no user either. */
export const remember = process.env.HOOK === 'none' ? () => {} : keep;

function keep(authReqId, ticket, subject) {
  const now = Date.now();
  pending.set(authReqId, { ticket, subject, expiresAt: now + lifetime });
  // The oldest come first.
  for (const [id, { expiresAt }] of pending) {
    if (expiresAt > now) break;
    pending.delete(id);
  }
}
