import type { AuthleteApi } from '../authlete/api.js';
import type { EventListener } from '../host/events.js';
import type { Logger } from '../host/logger.js';
import type { ClaimsHook } from './claims.js';
import type { Decision } from './decision.js';
import type { HandleKey } from './handle.js';
import type { NotificationOptions, NotificationOutcome } from './notification-types.js';

export type { ClaimsHook } from './claims.js';
export type { HandleKey } from './handle.js';
export type { NotificationOptions } from './notification-types.js';

/** What is needed to complete a transaction. */
export interface Pending<U> {
  ticket: string;
  subject: string;
  clientId: string;
  /** Names of the claims that the client requested. */
  claimNames: string[];
  /** When the `auth_req_id` expires, milliseconds since the epoch. */
  expiresAt: number;
  /** For the `claims` hook; not in the handle. */
  user: U;
}

/** Everything that the factories hand over; checked by `checkCompletionOptions`. */
export interface CompleterOptions<U extends { subject: string }> {
  authlete: Pick<AuthleteApi, 'backchannelAuthenticationComplete'>;
  handleKeys?: readonly HandleKey[];
  claims?: ClaimsHook<U>;
  notifications?: NotificationOptions;
  logger: Logger;
  emit: EventListener;
  /** Milliseconds for the `claims` hook, and as many for Authlete's answer; 10,000 by default. */
  timeout?: number;
}

/** What became of a decision. */
export interface CompletionResult {
  /** `NO_ACTION` (the client polls), or `NOTIFICATION` (it is pinged or pushed to). */
  action: 'NO_ACTION' | 'NOTIFICATION';
  /** How delivery to the client ended. It never rejects. */
  notification?: Promise<NotificationOutcome>;
}

export interface Completer<U extends { subject: string }> {
  /** Makes the handle. */
  seal(pending: Pending<U>): Promise<string>;
  /** Completes with a handle, from this process or another. */
  complete(handle: string, decision: Decision): Promise<CompletionResult>;
  /** Completes without a handle. Works after `close()` has begun, too. */
  settle(pending: Pending<U>, decision: Decision): Promise<CompletionResult>;
  /** Waits for what is in flight; resolves to the number of deliveries left undone. */
  close(options: { deadline: number }): Promise<number>;
}

/** Makes the part that both `cibaBackchannel` and `cibaCompletion` complete with. */
export function completer<U extends { subject: string }>(_options: CompleterOptions<U>): Completer<U> {
  throw new Error('not here yet');
}
