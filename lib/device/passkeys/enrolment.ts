import type { IncomingMessage } from 'node:http';
import type { SetUpOptions, SetUpRequest, SignInOptions, SignInRequest } from '../settings/api.js';
import type { ChangedPasskey, DeviceChange } from '../settings/device-change.js';
import { CallError } from '../settings/errors.js';
import type { Passkey, Phone } from '../store/contents.js';
import type { Entry, NewEntry, Rows } from '../store/rows.js';
import type { Callers } from './callers.js';
import type { Ceremonies } from './ceremonies.js';
import type { Confirm } from './confirmation.js';
import { type Passkeys, passkeyId } from './passkeys.js';
import type { TellOfChange } from './tell-of-change.js';

/** Maximum number of each, for one user. */
const maxPhones = 20;
const maxPasskeys = 20;
/** Milliseconds for which a new passkey is kept while the host is being told of it; longer than a hook may take. */
const pendingLifetime = 60_000;

/** An answer, and the cookies that come with it. */
export interface WithCookies<T> {
  body: T;
  setCookies: string[];
}

/** How a browser becomes a phone. */
export interface Enrolment {
  signInOptions(): WithCookies<SignInOptions>;
  signIn(req: IncomingMessage, request: SignInRequest): Promise<{ phone: Entry<'phone'>; setCookies: string[] }>;
  setUpOptions(req: IncomingMessage, confirmation: unknown): Promise<WithCookies<SetUpOptions>>;
  setUp(req: IncomingMessage, request: SetUpRequest): Promise<{ phone: Entry<'phone'>; setCookies: string[] }>;
}

/** @param tellOfChange awaits the host's `onChange` and tells the user's phones; when it rejects, nothing is changed */
export function enrolment(
  rows: Rows,
  passkeys: Passkeys,
  ceremonies: Ceremonies,
  callers: Callers,
  confirm: Confirm,
  tellOfChange: TellOfChange,
): Enrolment {
  async function requireSession(req: IncomingMessage) {
    const session = await callers.session(req);
    if (session === undefined) throw new CallError('no_session', 'nobody is signed in with the host');
    return session;
  }

  /** @throws CallError `too_many`; `passkey_refused` if it exists already: what is stored is never replaced */
  async function insert<K extends 'phone' | 'passkey'>(entry: NewEntry<K>, max: number): Promise<Entry<K>> {
    const outcome = await rows.insert(entry, { perOwner: max });
    if (outcome === 'full') throw tooMany(entry.kind, max);
    if (outcome === 'exists') throw new CallError('passkey_refused', 'it exists already');
    return { version: 1, open: true, dueAt: null, expiresAt: null, ...entry } as Entry<K>;
  }

  /**
   * Stores the phone; the browser does not have its cookie yet. If the browser was a phone of the same user before, that one
   * does not count, since it is about to be removed.
   */
  async function addPhone(
    former: Entry<'phone'> | undefined,
    entry: Pick<Entry<'phone'>, 'id' | 'subject'>,
    contents: Pick<Phone, 'name' | 'user' | 'passkey'>,
  ): Promise<Entry<'phone'>> {
    const now = Date.now();
    const max = former?.subject === entry.subject ? maxPhones + 1 : maxPhones;
    const phone = { kind: 'phone', ...entry, contents: { ...contents, createdAt: now, lastUsedAt: now } } as const;
    return insert<'phone'>(phone, max);
  }

  /** One browser is one phone, so that pushes for one user do not reach another. */
  async function removeFormer(former: Entry<'phone'> | undefined, subject: string): Promise<void> {
    if (former === undefined) return;
    await rows.remove(former);
    if (former.subject === subject) return;
    const phone = { id: former.id, name: former.contents.name };
    await tellOfChange({ type: 'phoneRemoved', subject: former.subject, at: new Date(), by: 'replaced', phone });
  }

  /** Tells the host before the new rows take effect; when that fails they are removed. */
  async function unlessRefused(change: DeviceChange, added: readonly Entry<'phone' | 'passkey'>[]): Promise<void> {
    try {
      await tellOfChange(change);
    } catch (error) {
      await Promise.all(added.map((entry) => rows.remove(entry)));
      throw error;
    }
  }

  async function requireRoom(kind: 'phone' | 'passkey', subject: string, max: number): Promise<void> {
    if ((await rows.list(kind, subject)).length >= max) throw tooMany(kind, max);
  }

  return {
    signInOptions() {
      const { challenge, setCookie } = ceremonies.begin('sign-in');
      return { body: { publicKey: { challenge, ...passkeys.requestOptions([]) } }, setCookies: [setCookie] };
    },

    async signIn(req, { credential, name }) {
      const { passkey } = await ceremonies.answer(req, 'sign-in', undefined, (challenge) =>
        passkeys.assert(credential, challenge),
      );
      const { subject, contents } = passkey;
      const former = await callers.phone(req);
      const { id, setCookie } = callers.newPhone();
      const phone = await addPhone(former, { id, subject }, { name, user: contents.user, passkey: passkey.id });
      const changed = { phone: { id, name }, passkey: changedPasskey(contents) };
      await unlessRefused({ type: 'phoneSignedIn', subject, at: new Date(), ...changed }, [phone]);
      await removeFormer(former, subject);
      return { phone, setCookies: [setCookie, ceremonies.clearCookie] };
    },

    async setUpOptions(req, confirmation) {
      const { subject, name } = await requireSession(req);
      await requireRoom('passkey', subject, maxPasskeys);
      const by = await confirm(req, subject, 'confirm-set-up', confirmation);
      const creation = passkeys.creationOptions({ name }, await passkeys.list(subject));
      const { challenge, setCookie } = ceremonies.begin('set-up', subject, { userHandle: creation.user.id, by });
      return { body: { publicKey: { challenge, ...creation } }, setCookies: [setCookie] };
    },

    async setUp(req, { credential, name }) {
      const { subject, name: user } = await requireSession(req);
      const { attested, registration } = await ceremonies.answer(req, 'set-up', subject, async (challenge, begun) => {
        if (begun === undefined) throw new CallError('passkey_refused', 'nothing is being set up');
        return { attested: await passkeys.attest(credential, challenge), registration: begun };
      });
      await requireRoom('phone', subject, maxPhones);

      const now = Date.now();
      const { userHandle, by } = registration;
      const passkey: Passkey = { ...attested, name, user, userHandle, createdAt: now, lastUsedAt: now };
      const passkeyRow = passkeyId(passkey.credentialId);
      const former = await callers.phone(req);
      const { id, setCookie } = callers.newPhone();
      // Without attestation nothing proves that the key belongs to the id: a stored id is never given to another key.
      const pending = { ...passkey, isPending: true } as const;
      const expiresAt = now + pendingLifetime;
      const entry = { kind: 'passkey', id: passkeyRow, subject, contents: pending, expiresAt } as const;
      const added = await insert<'passkey'>(entry, maxPasskeys);
      const phone = await addPhone(former, { id, subject }, { name, user, passkey: passkeyRow }).catch(
        async (error) => {
          await rows.remove(added);
          throw error;
        },
      );
      const changed = { phone: { id, name }, passkey: changedPasskey(passkey) };
      await unlessRefused({ type: 'passkeySetUp', subject, at: new Date(now), by, ...changed }, [added, phone]);
      const settled = await rows.replace(added, { contents: passkey, expiresAt: null });
      if (settled === undefined) throw new CallError('unavailable', 'the passkey was removed meanwhile');
      await removeFormer(former, subject);
      return { phone, setCookies: [setCookie, ceremonies.clearCookie] };
    },
  };
}

/** The public description of a passkey. */
export function changedPasskey({ credentialId, name, publicKey, deviceBound }: Passkey): ChangedPasskey {
  return { credentialId, name, publicKey, deviceBound };
}

function tooMany(kind: 'phone' | 'passkey', max: number): CallError {
  return new CallError('too_many', `the user has ${max} ${kind}s already: one has to be removed first`);
}
