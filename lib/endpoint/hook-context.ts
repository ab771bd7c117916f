import type { IncomingMessage } from 'node:http';

/** What hooks get with the request. */
export interface HookContext<R = IncomingMessage> {
  /** The host's own request object; a `Request` where the endpoint is served by `fetch`. */
  req: R;
  /** Aborted when the client goes away or the deadline (`timeout`) passes. */
  signal: AbortSignal;
  /**
   * A parameter of the client's request that Authlete does not parse; `undefined` if it is absent, empty or sent
   * twice. In a signed request it is what the client has signed: text as it is, anything else as JSON.
   *
   * @example
   * ```ts
   * identifyUser: (request, { parameter }) => users.findByAccount(parameter('account_hint')),
   * ```
   */
  parameter(name: string): string | undefined;
}
