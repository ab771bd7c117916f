import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { plainHash } from '../../seal/keyed-hash.js';
import { type SealKey, seals } from '../../seal/seals.js';
import type { CookieName, Cookies } from '../settings/cookies.js';
import type { ConfirmedBy } from '../settings/device-change.js';
import { CallError } from '../settings/errors.js';
import type { Rows } from '../store/rows.js';

/** Seconds between options and answer. */
const lifetime = 300;
const cookie: CookieName = 'ciba-device-ceremony';

/** What a challenge is for. An answer to a challenge for one purpose is not accepted for another. */
export type Purpose = 'sign-in' | 'set-up' | 'confirm-set-up' | `confirm-removal-of-${'phone' | 'passkey'}-${string}`;

/**
 * WebAuthn ceremonies that have begun. The challenge waits in a sealed cookie: it is bound to the browser that asked, and
 * strangers who ask a thousand times do not fill the store.
 */
export interface Ceremonies {
  /** @param subject the user that it is bound to; `undefined` if the passkey will identify the user */
  begin(purpose: Purpose, subject?: string, registration?: Registration): { challenge: string; setCookie: string };
  /**
   * Verifies the answer to the ceremony that has begun in this browser. A challenge that was answered correctly cannot be
   * answered again.
   *
   * @throws CallError `passkey_refused` if no ceremony has begun for the subject, if it began too long ago, or if its
   * challenge was answered before
   */
  answer<T>(req: IncomingMessage, purpose: Purpose, subject: string | undefined, verify: Verify<T>): Promise<T>;
  /** The `Set-Cookie` header that removes the cookie of the ceremony. */
  readonly clearCookie: string;
}

/** Verifies the answer to a challenge. */
type Verify<T> = (challenge: string, registration: Registration | undefined) => Promise<T>;

/** What is known about a passkey before it is created. */
export interface Registration {
  userHandle: string;
  by: ConfirmedBy;
}

interface Begun {
  random: string;
  subject?: string;
  registration?: Registration;
  expiresAt: number;
}

export function ceremonies(keys: readonly SealKey[], cookies: Cookies, rows: Rows): Ceremonies {
  const { seal, unseal } = seals(keys, 'device ceremony', 'keys');

  function unsealed(req: IncomingMessage): Begun | undefined {
    try {
      return JSON.parse(unseal(cookies.get(req, cookie) ?? ''));
    } catch {
      return undefined;
    }
  }

  function begun(req: IncomingMessage, subject: string | undefined): Begun {
    const ceremony = unsealed(req);
    if (ceremony === undefined || ceremony.subject !== subject || ceremony.expiresAt <= Date.now()) {
      throw new CallError('passkey_refused', 'no ceremony has begun in this browser, or it was too long ago');
    }
    return ceremony;
  }

  async function useUp(challenge: string): Promise<void> {
    const expiresAt = Date.now() + lifetime * 1000;
    const id = plainHash(challenge);
    const outcome = await rows.insert({ kind: 'challenge', id, subject: '', contents: {}, open: false, expiresAt });
    if (outcome === 'full') throw new CallError('unavailable', 'the store is full');
    if (outcome === 'exists') throw new CallError('passkey_refused', 'the challenge has been used before');
  }

  return {
    begin(purpose, subject, registration) {
      const random = randomBytes(32).toString('base64url');
      const expiresAt = Date.now() + lifetime * 1000;
      const value = seal(JSON.stringify({ random, subject, registration, expiresAt }));
      return { challenge: challengeFor(purpose, random), setCookie: cookies.set(cookie, value, lifetime) };
    },
    async answer(req, purpose, subject, verify) {
      const { random, registration } = begun(req, subject);
      const challenge = challengeFor(purpose, random);
      const verified = await verify(challenge, registration);
      await useUp(challenge);
      return verified;
    },
    clearCookie: cookies.set(cookie, '', 0),
  };
}

/** The purpose is part of the challenge, so that the passkey's signature covers it. */
function challengeFor(purpose: Purpose, random: string): string {
  return createHash('sha256').update(`ciba-backchannel/${purpose}/1\0${random}`).digest('base64url');
}
