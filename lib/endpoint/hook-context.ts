import type { IncomingMessage } from 'node:http';

/** What hooks of the request get besides the request itself. */
export interface HookContext<R = IncomingMessage> {
  /** The host's own request object; a `Request` where the endpoint is served by `fetch`. */
  req: R;
  /** Aborted when the client goes away or the deadline (`timeout`) passes. */
  signal: AbortSignal;
}
