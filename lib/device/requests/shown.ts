import { createHash } from 'node:crypto';
import { requestView } from '../../request-view/request-view.js';
import type { RequestTexts } from '../../request-view/texts.js';
import type { Shown } from '../settings/shown.js';
import type { Entry } from '../store/rows.js';

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
