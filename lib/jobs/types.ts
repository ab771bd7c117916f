import type { AuthleteError } from '../authlete/errors.js';
import type { CheckedNotificationOptions } from '../notification/options.js';
import type { Poster } from '../notification/post.js';
import type { NotificationOutcome } from '../notification/types.js';
import type { SealKey } from '../seal/seals.js';
import type { EventListener } from '../telemetry/events.js';
import type { PackageLogger } from '../telemetry/logger.js';
import type { Trace } from '../telemetry/trace.js';
import type { Deadline } from '../time/deadline.js';
import type { InFlight } from '../time/in-flight.js';
import type { DecisionContents, ExpiryContents, IssuedTransaction } from './contents.js';
import type { JobQueue } from './queue.js';
import type { CompleteApi } from './tell-authlete.js';

export interface JobsOptions {
  authlete: CompleteApi;
  /** The crash log. Without it, work under way is lost when the process dies. */
  queue?: JobQueue | undefined;
  /** Whether this process takes over the work of other processes in the queue; default `true`. */
  work?: boolean | undefined;
  /** The keys that seal the jobs; required with a queue. */
  handleKeys?: readonly SealKey[] | undefined;
  poster: Poster;
  onGiveUp: CheckedNotificationOptions['onGiveUp'];
  logger: PackageLogger;
  emit: EventListener;
  /** Called for each transaction that has ended in this process: Authlete has taken its decision, or has refused it for good. */
  ended(transaction: IssuedTransaction, taken: boolean): void;
  /** Counts the work that this process has under way. */
  running: InFlight;
  trace?: Trace | undefined;
}

/** The result of a decision. */
export type DecisionOutcome =
  /** Authlete has taken it. There is a notification if the client must be told. */
  | { type: 'taken'; notification?: Promise<NotificationOutcome> }
  /** Authlete has taken it, but its answer does not say what to tell the client. */
  | { type: 'incomplete'; error: AuthleteError }
  /** Authlete has refused it: the ticket is unknown, used or expired. */
  | { type: 'refused'; resultCode?: string; resultMessage?: string }
  /** The call to Authlete has failed and will be repeated. */
  | { type: 'putOff'; error: AuthleteError }
  /** The call to Authlete has failed and will not be repeated. */
  | { type: 'failed'; error: AuthleteError }
  /** Somebody has already decided. */
  | { type: 'duplicate' }
  /** The queue could not store it. */
  | { type: 'unstored'; error: unknown }
  /** Authlete has not answered yet. A durable queue keeps the decision. */
  | { type: 'unanswered' };

/** The work that was left undone, or whose outcome nobody knows. */
export interface Undone {
  /** The tickets of the transactions whose decision is such work. */
  tickets: string[];
  /** Number of pings and pushes that were given up. */
  deliveries: number;
}

/** Ends transactions, after a decision or without one. */
export interface Jobs {
  /** Whether the work survives the death of this process. */
  readonly durable: boolean;
  /** Carries out a decision whose caller can try again. @param limit milliseconds */
  decide(contents: DecisionContents, limit: number): Promise<DecisionOutcome>;
  /** Carries out a decision that nobody can try again: the call to Authlete is repeated until it answers. */
  settle(contents: DecisionContents): Promise<DecisionOutcome>;
  /** Makes the transaction fail unless somebody decides in time. @param dueIn milliseconds until it fails */
  expire(contents: ExpiryContents, dueIn: number): void;
  /** Waits for the work of this process, then leaves durable work to other processes and gives up the rest. */
  close(deadline: Deadline): Promise<Undone>;
}
