import { createHash } from 'node:crypto';
import { requestView } from '../../request-view/request-view.js';
import type { RequestTexts } from '../../request-view/texts.js';
import type { RequestView } from '../../request-view/types.js';
import type { Entry } from '../store/rows.js';

/** What the page shows, parsed: members are in this order in the string that is signed. */
export interface Shown extends RequestView {
  /** The transaction's id. */
  transaction: string;
  /** Random, base64url. */
  nonce: string;
  /** Milliseconds since the epoch. */
  issuedAt: number;
  expiresAt: number;
  subject: string;
  /** BCP 47 tag of the language of the wording. */
  language: string;
}

/**
 * The exact string that the page shows and the passkey signs. A function of the row and the texts: it is made anew to
 * check an approval, so a page can have shown nothing else.
 *
 * @throws RequestViewError when it cannot be shown whole
 */
export function shownString(entry: Pick<Entry<'request'>, 'id' | 'subject' | 'contents'>, texts: RequestTexts): string {
  const { id: transaction, subject, contents } = entry;
  const { nonce, issuedAt, expiresAt, request, payment } = contents;
  const view = requestView(request, texts, payment);
  const { language } = texts;
  return JSON.stringify({ transaction, nonce, issuedAt, expiresAt, subject, ...view, language } satisfies Shown);
}

/** What the passkey signs to approve: its challenge, base64url. */
export function approvalChallenge(shown: string): string {
  return createHash('sha256').update(`ciba-backchannel/approval/1\0${shown}`).digest('base64url');
}
