/**
 * What a person reads about a backchannel authentication request, fully worded: pages show this and add nothing. Every
 * text is one line without control characters, and complete: a request that did not fit has been refused.
 */
export interface RequestView {
  /** The client: its textual id if it has one, and its name, or the id again. */
  client: { id: string; name: string };
  /** The client's agent that acts for the user, if the host knows one; its name, or its identifier again. */
  actor?: { sub: string; iss?: string; name: string };
  bindingMessage?: string;
  /** Amount and payee, if the host declares a payment: shown first. */
  payment?: { amount: string; payee: string };
  /** What the client may do, as worded. */
  scopes: string[];
  /** `authorization_details` (RFC 9396), as a person reads them, without what `payment` already says. */
  details: DetailView[];
  /** Where the client wants to use what it gets (RFC 8707). */
  resources: string[];
}

/** One element of `authorization_details`. */
export interface DetailView {
  /** Its type, as worded. */
  title: string;
  lines: DetailLine[];
}

/** Members that belong together are one line: `Amount`, `89.90 EUR`. */
export interface DetailLine {
  name: string;
  value: string;
  /** An amount: a person judges it first, so pages show it above everything else. */
  isAmount?: true;
}
