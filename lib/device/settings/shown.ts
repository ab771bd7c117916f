import type { RequestView } from '../../request-view/types.js';

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
  /** The host's name for the user when a phone or passkey was last set up or used; absent if there was none. */
  user?: string;
  /** BCP 47 tag of the language of the wording. */
  language: string;
}
