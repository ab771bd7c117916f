import type { IncomingMessage } from 'node:http';
import type { Actor } from '../authlete/actor.js';
import type { AuthenticationRequest } from '../authlete/authentication-request.js';
import type { Rejection } from '../authlete/rejection.js';
import type { Decision, Later } from '../completion/decision.js';
import type { HookContext } from '../endpoint/hook-context.js';

export type { Actor, HookContext };

/** Hooks may be synchronous or return a promise. */
export type Awaitable<T> = T | PromiseLike<T>;

/**
 * What `identifyUser` returns: at least the subject, and whatever the later hooks need. A member `actor` ({@link Actor}) names
 * the agent that acts for the user, if that is not the client itself.
 */
// `actor` is not an optional member here: with one, TypeScript no longer infers the type of the host's users.
export interface User {
  /** The user's unique identifier at this provider, not empty. */
  subject: string;
}

/**
 * Finds the user that the hint means. If it finds nobody (`null`, `undefined`, or a user without a subject), the client gets
 * `unknown_user_id`; if it throws anything but a `Rejection`, the client gets `server_error`.
 *
 * @see CIBA Core 1.0, section 7.1; Authlete's `USER_IDENTIFICATION`
 * @example
 * ```ts
 * const identifyUser: IdentifyUser<Customer> = (request) => users.findByHint(request.hint);
 * ```
 */
export type IdentifyUser<U extends User, R = IncomingMessage> = (
  request: AuthenticationRequest,
  context: HookContext<R>,
) => Awaitable<U | Rejection | null | undefined>;

/**
 * Decides whether a request for a known user may go on to the authentication device. `undefined` or `null` lets it pass, and
 * a `Rejection`, returned or thrown, refuses it. It fails closed: after any other result or error the client gets
 * `server_error`.
 *
 * @example
 * ```ts
 * const policy: Policy = (request) => (request.bindingMessage ? undefined : reject('INVALID_BINDING_MESSAGE'));
 * ```
 */
export type Policy<U extends User = User, R = IncomingMessage> = (
  request: AuthenticationRequest,
  user: U,
  context: HookContext<R>,
  // biome-ignore lint/suspicious/noConfusingVoidType: a policy that lets the request pass may return nothing at all
) => Awaitable<Rejection | null | undefined | void>;

/**
 * A {@link Policy} that does not use the host's request, and so fits every host, even a Web-standard one (`fetch`). The
 * policies of `ciba-backchannel/policies` are of this type.
 */
export type AnyHostPolicy<U extends User = User> = (
  request: AuthenticationRequest,
  user: U,
  // Not a HookContext: TypeScript would infer from it what the host's request is.
  context?: unknown,
) => ReturnType<Policy<U>>;

/** A request whose client has its `auth_req_id`, and which waits for the user's decision. */
export interface Transaction<U extends User = User> {
  /** The transaction's id, as in events; see `transactionId()`. */
  id: string;
  /** For the device, which cannot read it: `complete(handle, decision)` works in any process with the same `handleKeys`. */
  handle: string;
  subject: string;
  /** What `identifyUser` returned. */
  user: U;
  /** The agent that acts for the user, if `identifyUser` named one; checked, and sealed in the handle. */
  actor?: Actor | undefined;
  request: AuthenticationRequest;
  authReqId: string;
  /** When the `auth_req_id` expires. */
  expiresAt: Date;
  /**
   * Aborted when it is too late to decide, when the transaction has ended in this process without the hook (`complete()`
   * with its handle, say), or when `close()` has run out of time.
   */
  signal: AbortSignal;
}

/**
 * Asks the user on the authentication device, when the client has its `auth_req_id`. It either waits for the user and returns
 * a `Decision`, or returns `later()`: then the decision comes through `complete()`. If it throws, the transaction fails.
 *
 * @example
 * ```ts
 * const authenticate: Authenticate<Customer> = async ({ handle, user }) => {
 *   await push.send(user.device, { handle });
 *   return later();
 * };
 * ```
 */
export type Authenticate<U extends User> = (transaction: Transaction<U>) => Awaitable<Decision | Later>;
