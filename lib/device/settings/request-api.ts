import type { AssertionJson, RequestOptionsJson } from './webauthn-json.js';

// The part of `api.ts` that lists, shows and decides requests.

/** `requests`: lists them. */
export interface ListRequest {
  /** As for `request`; the host's first language by default. */
  language?: string;
}

/**
 * Answer of `requests`: those that wait, the newest first; then those that were decided on a phone, the latest first: at
 * most 50, of the last 30 days. A request that ends in another way leaves the list.
 */
export interface RequestList {
  requests: RequestSummary[];
  now: number;
}

/** One line of the list. */
export interface RequestSummary {
  /** The transaction's id, as in a push and in the fragment of a link (`#request=<id>`). */
  id: string;
  clientName: string;
  /** The client's agent that acts for the user, if there is one. */
  agentName?: string;
  bindingMessage?: string;
  /** Amount and payee, if the host declares a payment. */
  payment?: { amount: string; payee: string };
  /** Without `payment`: the amounts that were found in the details. */
  amounts?: string[];
  /** Milliseconds since the epoch. */
  issuedAt: number;
  expiresAt: number;
  state: RequestState;
  /** With every state but `waiting`. */
  decision?: 'approved' | 'denied';
  /** When it was decided, milliseconds since the epoch. */
  endedAt?: number;
}

/**
 * `waiting`: nobody has decided. `decided`: Authlete does not have the decision yet, and gets it as soon as possible; the
 * page says "not yet delivered". `completed`: Authlete has taken it. `refused`: Authlete has not (too late, most likely);
 * nothing was approved. `ended`: it has ended without a decision on the phone, see {@link RequestEnd}; nothing was approved
 * here.
 */
export type RequestState = 'waiting' | 'decided' | 'completed' | 'refused' | 'ended';

/**
 * How a request ended that was not decided on the phone. `elsewhere`: the host completed it. `withdrawn`: the client no
 * longer asks. `replaced`: the client asked the same again, and the newer request waits in its place. `expired`: nobody
 * decided in time.
 */
export type RequestEnd = 'elsewhere' | 'withdrawn' | 'replaced' | 'expired';

/** `request`: shows one. */
export interface DetailsRequest {
  id: string;
  /** BCP 47 tag of the page's language; the host's first by default. Scopes and details are worded in it if possible. */
  language?: string;
  /** The state that the page shows: the answer is held back for up to ten seconds until it changes. */
  seen?: RequestState;
}

/** Answer of `request`. 404 `not_found`, 410 `expired`. */
export interface Details {
  state: RequestState;
  /** With every state but `waiting` and `ended`. */
  decision?: 'approved' | 'denied';
  /** With `ended`. */
  end?: RequestEnd;
  /** When it was decided or ended, milliseconds since the epoch. */
  endedAt?: number;
  /**
   * The page shows exactly the contents of this string: the JSON of a `Shown`. To approve, its passkey
   * signs SHA-256 of the UTF-8 bytes of `ciba-backchannel/approval/1`, one zero byte and this very string.
   */
  shown: string;
  /** `publicKey` of `navigator.credentials.get()` without the challenge, which the page computes from `shown`. */
  publicKey: Omit<RequestOptionsJson, 'challenge'>;
  now: number;
}

/** `deny` and `report`. */
export interface DenyRequest {
  id: string;
}

/** `approve`. */
export interface ApproveRequest {
  id: string;
  /** As for `request`. */
  language: string;
  credential: AssertionJson;
}

/**
 * Answer of `deny`, `report` and `approve`. `decided` means "approved, not yet delivered": look again with `request`.
 * Otherwise 404 `not_found`, 409 `already_decided` (with `decision`), 410 `ended` (with `end`), 410 `expired`,
 * 403 `passkey_refused`, 503 `not_recorded` (try again).
 */
export interface Outcome {
  state: 'decided' | 'completed' | 'refused';
  decision: 'approved' | 'denied';
}
