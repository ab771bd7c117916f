import { plainHash } from '../../seal/keyed-hash.js';
import type { Subscription } from '../store/contents.js';
import type { Entry, Rows } from '../store/rows.js';

/**
 * Sets or ends the push subscription of a phone. A browser has one address at its push service, even if several users share
 * the browser: it belongs to the phone that subscribed last, and pushes for other phones do not go there.
 *
 * @returns the phone as it is now, or `undefined` when it has been removed
 */
export async function subscribe(
  rows: Rows,
  phone: Entry<'phone'>,
  subscription: Subscription | undefined,
): Promise<Entry<'phone'> | undefined> {
  if (subscription) await claim(rows, phone.id, subscription.endpoint);
  return replaceSubscription(rows, phone.id, () => true, subscription);
}

/** Removes a subscription that has ended, unless the phone has another one by now. */
export async function unsubscribe(rows: Rows, phone: string, endpoint: string): Promise<void> {
  await replaceSubscription(rows, phone, (former) => former?.endpoint === endpoint, undefined);
}

async function claim(rows: Rows, phone: string, endpoint: string): Promise<void> {
  const id = plainHash(endpoint);
  for (;;) {
    const owned = await rows.find('endpoint', id);
    if (owned?.contents.phone === phone) return;
    if (owned === undefined) {
      // The store is full, or a row cannot be opened: pushes are sent anyway.
      const outcome = await rows.insert({ kind: 'endpoint', id, subject: '', contents: { phone }, open: false });
      if (outcome !== 'exists' || (await rows.find('endpoint', id)) === undefined) return;
    } else if (await rows.replace(owned, { contents: { phone } })) {
      return unsubscribe(rows, owned.contents.phone, endpoint);
    }
  }
}

async function replaceSubscription(
  rows: Rows,
  id: string,
  isMeant: (former: Subscription | undefined) => boolean,
  next: Subscription | undefined,
): Promise<Entry<'phone'> | undefined> {
  for (;;) {
    const phone = await rows.find('phone', id);
    if (phone === undefined || !isMeant(phone.contents.subscription)) return phone;
    const { subscription, ...contents } = phone.contents;
    const changed = await rows.replace(phone, { contents: { ...contents, ...(next && { subscription: next }) } });
    if (changed) return changed;
  }
}
