import { createHash } from 'node:crypto';
import { inLanguage } from '../../request-view/language.js';
import { type ReadableRequest, requestView } from '../../request-view/request-view.js';
import type { Payment } from '../settings/options.js';
import type { Shown } from '../settings/shown.js';
import type { DeviceTexts } from '../settings/texts.js';

/** What a request shows in addition to its view. */
type About = Pick<Shown, 'transaction' | 'nonce' | 'issuedAt' | 'expiresAt' | 'subject' | 'user'>;

/**
 * The exact strings that the page shows and the passkey signs, one for each language. They are sealed in the row, so the
 * page cannot have shown anything else.
 *
 * @throws RequestViewError when one of them cannot be shown whole
 */
export function shownStrings(
  about: About,
  request: ReadableRequest,
  payment: Payment | undefined,
  texts: readonly DeviceTexts[],
): Record<string, string> {
  const { transaction, nonce, issuedAt, expiresAt, subject, user } = about;
  return Object.fromEntries(
    texts.map(({ request: { language }, request: words }) => {
      const times = { transaction, nonce, issuedAt, expiresAt, subject, ...(user !== undefined && { user }) };
      const shown: Shown = { ...times, ...requestView(request, words, payment), language };
      return [language, JSON.stringify(shown)];
    }),
  );
}

/** The request in the language of the page, or else in its first language. */
export function shownIn(shown: Readonly<Record<string, string>>, language: string): string {
  const known = Object.keys(shown);
  return shown[inLanguage(language, known, (tag) => tag) ?? (known[0] as string)] as string;
}

/** What the passkey signs to approve: its challenge, base64url. */
export function approvalChallenge(shown: string): string {
  return createHash('sha256').update(`ciba-backchannel/approval/1\0${shown}`).digest('base64url');
}
