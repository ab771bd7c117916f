import type { IncomingMessage } from 'node:http';
import type { Devices } from '../settings/api.js';
import { CallError } from '../settings/errors.js';
import type { Entry, Rows } from '../store/rows.js';
import type { Callers } from './callers.js';
import type { Confirm } from './confirmation.js';
import { changedPasskey } from './enrolment.js';
import type { TellOfChange } from './tell-of-change.js';

/** The lists of phones and passkeys, and what removes them. */
export interface DeviceLists {
  /** @throws CallError `no_phone`, `step_up_required` */
  list(req: IncomingMessage): Promise<Devices>;
  /** Renames a phone. @throws CallError as `list` does, and `not_found` */
  rename(req: IncomingMessage, id: string, name: string): Promise<Devices>;
  /** @throws CallError as {@link Confirm} does, and `no_phone`, `not_found`, `not_recorded` */
  remove(req: IncomingMessage, kind: 'phone' | 'passkey', id: string, confirmation: unknown): Promise<Devices>;
}

export function deviceLists(rows: Rows, callers: Callers, confirm: Confirm, tellOfChange: TellOfChange): DeviceLists {
  async function listOf(subject: string, current: Entry<'phone'> | undefined): Promise<Devices> {
    const [phones, all] = await Promise.all([rows.list('phone', subject), rows.list('passkey', subject)]);
    const passkeys = all.filter(({ contents }) => !contents.isPending);
    const byAge = (a: Entry<'phone' | 'passkey'>, b: Entry<'phone' | 'passkey'>) =>
      a.contents.createdAt - b.contents.createdAt;
    return {
      phones: phones.sort(byAge).map(({ id, contents: { name, subscription, createdAt, lastUsedAt, passkey } }) => ({
        id,
        name,
        current: id === current?.id,
        push: subscription !== undefined,
        createdAt,
        lastUsedAt,
        passkey: passkeys.some((each) => each.id === passkey) ? passkey : null,
      })),
      passkeys: passkeys.sort(byAge).map(({ id, contents: { name, deviceBound, createdAt, lastUsedAt } }) => ({
        id,
        name,
        deviceBound,
        createdAt,
        lastUsedAt,
        phones: phones.filter(({ contents }) => contents.passkey === id).map((phone) => phone.id),
      })),
    };
  }

  /** The phone's user, or else the user who is signed in at the host. Being signed in alone allows nothing. */
  async function subjectOf(req: IncomingMessage, phone: Entry<'phone'> | undefined): Promise<string> {
    const subject = phone?.subject ?? (await callers.session(req))?.subject;
    if (subject === undefined) throw new CallError('no_phone', 'this browser is not a phone, and nobody is signed in');
    return subject;
  }

  /** The caller that may see the lists: the phone, or a session that has stepped up. */
  async function requireReader(req: IncomingMessage) {
    const phone = await callers.phone(req);
    const subject = await subjectOf(req, phone);
    if (phone === undefined && !(await callers.isSteppedUp(req, subject))) {
      throw new CallError('step_up_required', 'sign in with the host again');
    }
    return { subject, phone };
  }

  return {
    async list(req) {
      const { subject, phone } = await requireReader(req);
      return listOf(subject, phone);
    },
    async rename(req, id, name) {
      const { subject, phone } = await requireReader(req);
      for (;;) {
        const entry = await rows.find('phone', id);
        if (entry?.subject !== subject) throw new CallError('not_found', 'the user has no such phone');
        if (await rows.replace(entry, { contents: { ...entry.contents, name } })) return listOf(subject, phone);
      }
    },
    async remove(req, kind, id, confirmation) {
      const phone = await callers.phone(req);
      const subject = await subjectOf(req, phone);
      const by = await confirm(req, subject, `confirm-removal-of-${kind}-${id}`, confirmation);
      const entry = kind === 'phone' ? await rows.find(kind, id) : await rows.find(kind, id);
      if (entry?.subject !== subject) throw new CallError('not_found', `the user has no such ${kind}`);
      await tellOfChange({ subject, at: new Date(), by, ...removal(entry) });
      await rows.remove(entry);
      return listOf(subject, phone);
    },
  };
}

function removal(entry: Entry<'phone'> | Entry<'passkey'>) {
  if (entry.kind === 'passkey') return { type: 'passkeyRemoved', passkey: changedPasskey(entry.contents) } as const;
  return { type: 'phoneRemoved', phone: { id: entry.id, name: entry.contents.name } } as const;
}
