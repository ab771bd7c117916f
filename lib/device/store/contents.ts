import type { ApprovalRecord } from '../settings/approval-record.js';
import type { DenialRecord } from '../settings/denial-record.js';

// What is sealed in the rows of the store, by their kind.

/** A browser that a user has set up as a phone. */
export interface Phone {
  /** Its name in the lists. */
  name: string;
  /** The host's name for the user, which the page shows as the account. */
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

/** The phone that a push address belongs to: the browser's last to subscribe. The row's id is a hash of the address. */
export interface Endpoint {
  phone: string;
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
  /** Our own random value: with the host's, an authenticator would replace the user's login passkey by this one. */
  userHandle: string;
  createdAt: number;
  lastUsedAt: number;
  /** The host does not know of it yet, so it proves nothing. */
  isPending?: true;
}

/** A transaction that the user is asked about. */
export interface Asked {
  /** Empty once it has completed. */
  handle: string;
  clientId: string;
  clientIdAlias?: string;
  /** A hash of the request: a client that asks the same again has the same hash. */
  question: string;
  issuedAt: number;
  expiresAt: number;
  /** What is shown and signed, by the language: the JSON of a `Shown`. A new deployment with other texts changes nothing. */
  shown: Record<string, string>;
  state: 'waiting' | 'decided' | 'recorded' | 'told' | 'completed';
  /** From `decided` on; absent if it has ended elsewhere. */
  verdict?: Verdict;
  /** With `completed`. */
  ending?: Ending;
  /** When it was decided, or ended elsewhere. */
  endedAt?: number;
  /** Attempts to record it and to tell Authlete that have failed. */
  attempts: number;
}

/** What became of a request: Authlete has taken the decision or refused it; or it ended without one. */
export type Ending = 'taken' | 'refused' | 'elsewhere' | 'expired';

/** How it was decided. */
export type Verdict =
  | { decision: 'denied'; record: DenialRecord }
  | {
      decision: 'approved';
      record: ApprovalRecord;
      /** Seconds since the epoch. */
      authTime: number;
      acr?: string;
    }
  /** Not by the user. */
  | { decision: 'failed'; why: 'withdrawn' | 'replaced' };

/** By the kind of row. */
export interface Contents {
  phone: Phone;
  passkey: Passkey;
  request: Asked;
  challenge: Record<string, never>;
  endpoint: Endpoint;
}
