import { setTimeout as wait } from 'node:timers/promises';
import type { Transaction, User } from '../../backchannel/hooks.js';
import { maxTimeout } from '../../options/checks.js';
import type { Pushes } from '../pushes/pushes.js';
import { callHost } from '../settings/host-call.js';
import type { CheckedOptions } from '../settings/options.js';
import type { Entry, Rows } from '../store/rows.js';
import type { Request } from './states.js';

/** Milliseconds within which a push service must accept a push; otherwise the link is sent as well. */
const patience = 10_000;
/** Seconds for which push services keep the news that a request has ended. */
const endedTtl = 24 * 3600;

/** Reaches users about their requests: by push, or else by the link. */
export interface Reach<U extends User> {
  /** Sends the link. @throws Error when the host's hook fails */
  sendLink(transaction: Transaction<U>, id: string): Promise<void>;
  /** Tells the user's phones that a request waits, in the background. Never throws. */
  remind(transaction: Transaction<U>, id: string, phones: readonly Entry<'phone'>[]): void;
  /** Sends no more pushes for it. */
  stop(id: string): void;
  /** Makes the user's phones close its notifications. Never throws. */
  closeNotifications(request: Pick<Request, 'id' | 'subject'>): void;
  close(): void;
}

export function reach<U extends User>(
  rows: Rows,
  pushes: Pushes | undefined,
  { origin, path, link, logger }: Pick<CheckedOptions<U, never>, 'origin' | 'path' | 'link' | 'logger'>,
): Reach<U> {
  /** Pushes that are on their way, by the id of the request. */
  const reminders = new Map<string, AbortController>();

  const stillWaits = async (id: string) => (await rows.find('request', id))?.contents.state === 'waiting';

  async function sendLink({ user, expiresAt }: Transaction<U>, id: string): Promise<void> {
    // In the fragment: it reaches no server, and software that fetches the link in advance gets only the page.
    const url = `${origin}${path}#request=${id}`;
    await callHost('link', () => link?.({ user, url, expiresAt: new Date(expiresAt) }));
  }

  /** @returns whether a push service has taken a push, as soon as that is known; `false` after {@link patience} */
  async function push(
    transaction: Transaction<U>,
    id: string,
    phones: readonly Entry<'phone'>[],
    signal: AbortSignal,
  ): Promise<boolean> {
    if (pushes === undefined) return false;
    const until = transaction.expiresAt.getTime();
    const times = { ttl: (until - Date.now()) / 1000, until, signal, isWanted: () => stillWaits(id) };
    const taken = phones.map(async (phone) => {
      if ((await pushes.send(phone, { request: id }, times)) !== 'sent') throw new Error('it was not taken');
      return true;
    });
    const noneInTime = wait(patience, false, { signal, ref: false }).catch(() => true);
    return Promise.race([Promise.any(taken).catch(() => false), noneInTime]);
  }

  async function remind(transaction: Transaction<U>, id: string, phones: readonly Entry<'phone'>[]): Promise<void> {
    const reminder = new AbortController();
    reminders.set(id, reminder);
    closeWhenExpired(transaction, id, reminder.signal);
    try {
      const isTaken = await push(transaction, id, phones, reminder.signal);
      if (!isTaken && link && (await stillWaits(id))) await sendLink(transaction, id);
    } catch (error) {
      logger.error('link failed: the user has to open the page', { id, subject: transaction.subject, error });
    }
  }

  async function closeWhenExpired(
    { expiresAt, subject }: Transaction<U>,
    id: string,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await wait(Math.min(expiresAt.getTime() - Date.now(), maxTimeout), undefined, { signal, ref: false });
      reminders.delete(id);
      if (await stillWaits(id)) closeNotifications({ id, subject });
    } catch {
      // It was decided before.
    }
  }

  function closeNotifications({ id, subject }: Pick<Request, 'id' | 'subject'>): void {
    stop(id);
    if (pushes === undefined) return;
    const times = { ttl: endedTtl, until: Date.now() + patience };
    rows.list('phone', subject).then(
      (phones) => {
        for (const phone of phones) pushes.send(phone, { ended: id }, times);
      },
      (error) =>
        logger.error('the notifications of a request that has ended could not be closed', { id, subject, error }),
    );
  }

  function stop(id: string): void {
    reminders.get(id)?.abort();
    reminders.delete(id);
  }

  return {
    sendLink,
    remind(transaction, id, phones) {
      remind(transaction, id, phones);
    },
    stop,
    closeNotifications,
    close() {
      for (const id of [...reminders.keys()]) stop(id);
    },
  };
}
