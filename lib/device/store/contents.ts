import type { ReadableRequest } from '../../request-view/request-view.js';
import type { ApprovalRecord } from '../settings/approval-record.js';

// What is sealed in the rows of the store, by their kind.

/** A browser that a user has made a phone of. */
export interface Phone {
  /** What the lists call it. */
  name: string;
  /** The user's name with the host, for the page's greeting. */
  user: string;
  /** Row of the passkey that made it a phone. */
  passkey: string;
  createdAt: number;
  lastUsedAt: number;
  subscription?: Subscription;
}

/** A push subscription (RFC 8030, RFC 8291), as browsers give it. */
export interface Subscription {
  endpoint: string;
  keys: { p256dh: string; auth: string };
}

/** A WebAuthn credential. Binary members in base64url. */
export interface Passkey {
  name: string;
  user: string;
  credentialId: string;
  /** COSE_Key. */
  publicKey: string;
  counter: number;
  transports: string[];
  /** Kept by one device: it is not eligible for backup (WebAuthn Level 3, section 6.1.3). */
  deviceBound: boolean;
  /** Ours, and random: an authenticator replaces what it has under the same one, a login passkey of the host's included. */
  userHandle: string;
  createdAt: number;
  lastUsedAt: number;
}

/** A transaction that the user is asked about. */
export interface Asked {
  handle: string;
  nonce: string;
  issuedAt: number;
  expiresAt: number;
  /** As much of the request as is shown. */
  request: ReadableRequest;
  payment?: { amount: string; payee: string };
  state: 'waiting' | 'decided' | 'completed' | 'refused';
  verdict?: Verdict;
  /** Attempts to tell Authlete. */
  attempts: number;
  /** Authlete may have been told: an attempt is under way, or nobody knows how one ended. */
  told?: boolean;
}

/** How the user has decided. */
export type Verdict =
  | { decision: 'denied' }
  | {
      decision: 'approved';
      record: ApprovalRecord;
      /** Whether `onApproval` has taken the record. */
      recorded: boolean;
      /** Seconds since the epoch. */
      authTime: number;
      acr?: string;
    };

/** By the kind of row. */
export interface Contents {
  phone: Phone;
  passkey: Passkey;
  request: Asked;
  challenge: Record<string, never>;
}
