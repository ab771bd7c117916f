import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { User } from '../../backchannel/hooks.js';
import { plainHash } from '../../seal/keyed-hash.js';
import type { CookieName, Cookies } from '../settings/cookies.js';
import { CallError } from '../settings/errors.js';
import { callHost } from '../settings/host-call.js';
import type { CheckedOptions, SignedIn } from '../settings/options.js';
import type { Entry, Rows } from '../store/rows.js';

/** Seconds; browsers keep no cookie for longer (RFC 6265bis, section 5.5). */
const cookieLifetime = 400 * 24 * 3600;
const cookie: CookieName = 'ciba-device';

/** Milliseconds after which a phone's last use is stored again. */
const lastUseRounding = 3_600_000;

/** Identifies the caller. */
export interface Callers {
  /** The phone whose cookie the browser has, if any. */
  phone(req: IncomingMessage): Promise<Entry<'phone'> | undefined>;
  /** @throws CallError `no_phone` */
  requirePhone(req: IncomingMessage): Promise<Entry<'phone'>>;
  /** The user who is signed in at the host, if anybody. */
  session(req: IncomingMessage): Promise<SignedIn | undefined>;
  /** Whether this user is signed in at the host and `stepUp` returns `true`. An error means no. */
  isSteppedUp(req: IncomingMessage, subject: string): Promise<boolean>;
  /** For a new phone: the id of its row, and the cookie that makes a browser the phone. */
  newPhone(): { id: string; setCookie: string };
  /** A `Set-Cookie` header that makes the phone's cookie last longer. */
  renewed(req: IncomingMessage): string;
}

export function callers<U extends User, R extends IncomingMessage>(
  rows: Rows,
  cookies: Cookies,
  { user, stepUp, logger }: Pick<CheckedOptions<U, R>, 'user' | 'stepUp' | 'logger'>,
): Callers {
  async function phone(req: IncomingMessage): Promise<Entry<'phone'> | undefined> {
    const secret = cookies.get(req, cookie);
    const entry = secret === undefined ? undefined : await rows.find('phone', phoneId(secret));
    if (entry === undefined || Date.now() - entry.contents.lastUsedAt < lastUseRounding) return entry;
    const contents = { ...entry.contents, lastUsedAt: Date.now() };
    return (await rows.replace(entry, { contents })) ?? entry;
  }

  async function session(req: IncomingMessage): Promise<SignedIn | undefined> {
    const signedIn = await callHost('user', () => user(req as R));
    if (!signedIn) return undefined;
    const { subject, name } = signedIn;
    if (typeof subject !== 'string' || subject === '' || typeof name !== 'string') {
      throw new TypeError('user must return { subject, name }, two strings');
    }
    return { subject, name };
  }

  return {
    phone,
    session,
    async requirePhone(req) {
      const entry = await phone(req);
      if (entry === undefined) throw new CallError('no_phone', 'this browser is not a phone');
      return entry;
    },
    async isSteppedUp(req, subject) {
      try {
        const signedIn = await session(req);
        if (signedIn?.subject !== subject) return false;
        return (await callHost('stepUp', () => stepUp(req as R, signedIn))) === true;
      } catch (error) {
        logger.error('stepUp failed, which counts as a no', { subject, error });
        return false;
      }
    },
    newPhone() {
      const secret = randomBytes(32).toString('base64url');
      return { id: phoneId(secret), setCookie: cookies.set(cookie, secret, cookieLifetime) };
    },
    renewed: (req) => cookies.set(cookie, cookies.get(req, cookie) ?? '', cookieLifetime),
  };
}

function phoneId(secret: string): string {
  return plainHash(`phone ${secret}`);
}
