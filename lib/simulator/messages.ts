import type { RequestView } from '../request-view/types.js';
import type { Client, Mode } from './client.js';

// The messages to the page, as server-sent events: each has the name of its member of `Messages`.

export interface Messages {
  /** First on every connection: the whole state. */
  snapshot: Snapshot;
  /** A request waits for its user. */
  pending: TransactionView;
  /** A request waits no longer. */
  gone: { authReqId: string; outcome: Outcome };
  /** A request cannot be shown, and has failed. */
  refused: { clientName: string; reason: string };
  /** A flow of the consumption device is new, or has changed. */
  flow: Flow;
  /** A finished flow has made room for a new one. */
  dropped: { id: number };
}

export interface Snapshot {
  /** The server's time, milliseconds since the epoch. */
  now: number;
  pending: TransactionView[];
  /** The secrets stay on the server. */
  clients: Pick<Client, 'id' | 'name' | 'mode' | 'scope'>[];
  loginHints: string[];
  flows: Flow[];
}

/** A transaction that waits: what its user needs, and what its developer wants to see; no handle, no hint. */
export interface TransactionView {
  authReqId: string;
  subject: string;
  request: RequestView;
  /** The names of the scopes, as the client sent them. */
  scopes: string[];
  /** The ACR that will be reported as satisfied. */
  acr?: string;
  /** Milliseconds since the epoch. */
  receivedAt: number;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

/** How a transaction left the page; `ended` when the server shut down, or the hook's signal said so. */
export type Outcome = 'approved' | 'denied' | 'expired' | 'ended';

/** One line of what happened. Equal lines in a row, such as polls, are one line with a count. */
export interface Step {
  /** `sent` by the client, `received` by it, or its own remark. */
  direction: 'sent' | 'received' | 'note';
  text: string;
  /** What an error code means. */
  explanation?: string;
  /** The HTTP message, without its secrets; of equal lines, the last message. */
  http?: string;
  /** The command that sends the message. */
  curl?: string;
  /** When it last happened, milliseconds since the epoch. */
  at: number;
  count: number;
}

/** `refused`: the provider refused the request, or gave no tokens for a reason other than the user's denial. */
export type FlowStatus = 'waiting' | 'approved' | 'denied' | 'expired' | 'refused' | 'failed';

/** One backchannel authentication, as the page shows it. No secret and no token is in it. */
export interface Flow {
  id: number;
  clientName: string;
  mode: Mode;
  /** The hint's value, as the client sent it. */
  hint: string;
  bindingMessage?: string;
  status: FlowStatus;
  steps: Step[];
  /** What the client got: the token response without the tokens. */
  tokens?: { accessToken: boolean; refreshToken: boolean; expiresIn?: number; scope?: string };
  /** Claims of the verified ID token. */
  claims?: Record<string, unknown>;
}
