/**
 * What a person reads of a backchannel authentication request, in words already: pages show this and add nothing. Every
 * text is one line without control characters, and complete: what did not fit has been refused.
 */
export interface RequestView {
  /** Who asks: its textual id where it has one, and its name, or the id once more. */
  client: { id: string; name: string };
  /** The client's agent that acts for the user, where the host knows one; its name, or its identifier once more. */
  actor?: { sub: string; iss?: string; name: string };
  bindingMessage?: string;
  /** What is paid and to whom, where the host declares it: shown first. */
  payment?: { amount: string; payee: string };
  /** What the client may do, as worded. */
  scopes: string[];
  /** `authorization_details` (RFC 9396), as a person reads them; what `payment` says already is not repeated. */
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
  /** Says how much: a person judges it first, so pages show it above everything else. */
  isAmount?: true;
}
