import type { IncomingMessage } from 'node:http';
import type { SetUpOptions, SetUpRequest, SignInOptions, SignInRequest } from '../settings/api.js';
import type { ChangedPasskey } from '../settings/change.js';
import { CallError } from '../settings/errors.js';
import type { Passkey, Phone } from '../store/contents.js';
import type { Entry, NewEntry, Rows } from '../store/rows.js';
import type { Callers } from './callers.js';
import type { Ceremonies } from './ceremonies.js';
import type { Announce } from './changes.js';
import type { Confirm } from './confirmation.js';
import { type Passkeys, passkeyId } from './passkeys.js';

/** Of each, for one user. */
const maxPhones = 20;
const maxPasskeys = 20;

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

/** @param tell awaits the host's `onChange` and tells the user's phones; when it rejects, nothing is changed */
export function enrolment(
  rows: Rows,
  passkeys: Passkeys,
  ceremonies: Ceremonies,
  callers: Callers,
  confirm: Confirm,
  tell: Announce,
): Enrolment {
  async function requireSession(req: IncomingMessage) {
    const session = await callers.session(req);
    if (session === undefined) throw new CallError('no_session', 'nobody is signed in with the host');
    return session;
  }

  async function addPhone(subject: string, contents: Omit<Phone, 'createdAt' | 'lastUsedAt'>, id: string) {
    const now = Date.now();
    const entry: NewEntry<'phone'> = {
      kind: 'phone',
      id,
      subject,
      contents: { ...contents, createdAt: now, lastUsedAt: now },
    };
    await insert(entry, maxPhones);
    return { version: 1, open: true, dueAt: null, expiresAt: null, ...entry } satisfies Entry<'phone'>;
  }

  async function insert(entry: NewEntry<'phone' | 'passkey'>, max: number): Promise<void> {
    const outcome = await rows.insert(entry, { perOwner: max });
    if (outcome === 'full') throw tooMany(entry.kind, max);
    if (outcome === 'exists') throw new CallError('passkey_refused', 'it is there already');
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
      const { challenge } = ceremonies.begun(req, 'sign-in');
      const { passkey } = await passkeys.assert(credential, challenge);
      await ceremonies.useUp(challenge);
      const { subject, contents } = passkey;
      // A browser that was a phone of the user already would be listed twice.
      const former = await callers.phone(req);
      if (former?.subject !== subject) await requireRoom('phone', subject, maxPhones);
      const { id, setCookie } = callers.newPhone();
      await tell({
        type: 'phoneSignedIn',
        subject,
        at: new Date(),
        phone: { id, name },
        passkey: changedPasskey(contents),
      });
      if (former?.subject === subject) await rows.remove(former);
      const phone = await addPhone(subject, { name, user: contents.user, passkey: passkey.id }, id);
      return { phone, setCookies: [setCookie, ceremonies.end] };
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
      const { challenge, registration } = ceremonies.begun(req, 'set-up', subject);
      if (registration === undefined) throw new CallError('passkey_refused', 'nothing is being set up');
      const attested = await passkeys.attest(credential, challenge);
      await ceremonies.useUp(challenge);
      await requireRoom('passkey', subject, maxPasskeys);
      await requireRoom('phone', subject, maxPhones);

      const now = Date.now();
      const { userHandle, by } = registration;
      const passkey: Passkey = { ...attested, name, user, userHandle, createdAt: now, lastUsedAt: now };
      const passkeyRow = passkeyId(passkey.credentialId);
      const { id, setCookie } = callers.newPhone();
      const changed = { phone: { id, name }, passkey: changedPasskey(passkey) };
      await tell({ type: 'passkeySetUp', subject, at: new Date(now), by, ...changed });
      await insert({ kind: 'passkey', id: passkeyRow, subject, contents: passkey }, maxPasskeys);
      const phone = await addPhone(subject, { name, user, passkey: passkeyRow }, id);
      return { phone, setCookies: [setCookie, ceremonies.end] };
    },
  };
}

/** What may be told of a passkey. */
export function changedPasskey({ credentialId, name, publicKey, deviceBound }: Passkey): ChangedPasskey {
  return { credentialId, name, publicKey, deviceBound };
}

function tooMany(kind: 'phone' | 'passkey', max: number): CallError {
  return new CallError('too_many', `the user has ${max} ${kind}s already: one has to be removed first`);
}
