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
  /** The crash log; without it, what is under way is lost with the process. */
  queue?: JobQueue | undefined;
  /** Whether this process takes over what others have left in the queue; default `true`. */
  work?: boolean | undefined;
  /** Needed with a queue. */
  handleKeys?: readonly SealKey[] | undefined;
  poster: Poster;
  onGiveUp: CheckedNotificationOptions['onGiveUp'];
  logger: PackageLogger;
  emit: EventListener;
  /** Told of each transaction that has ended in this process: Authlete has taken its decision, or has refused it for good. */
  ended(transaction: IssuedTransaction, taken: boolean): void;
  /** Counts what this process does. */
  running: InFlight;
  trace?: Trace | undefined;
}

/** What became of a decision. */
export type Decided =
  /** Authlete has taken it; with a notification where the client is to be told. */
  | { end: 'taken'; notification?: Promise<NotificationOutcome> }
  /** Authlete has taken it, and its answer does not say what the client is to be told. */
  | { end: 'incomplete'; error: AuthleteError }
  /** Authlete has refused it: the ticket is unknown, used or expired. */
  | { end: 'refused'; resultCode?: string; resultMessage?: string }
  /** Authlete is told again. */
  | { end: 'putOff'; error: AuthleteError }
  /** Authlete is not told again. */
  | { end: 'failed'; error: AuthleteError }
  /** There is a decision of the transaction already. */
  | { end: 'duplicate' }
  /** The queue could not store it. */
  | { end: 'unstored'; error: unknown }
  /** Authlete has not answered yet. In a durable queue the decision stays. */
  | { end: 'late' };

/** What was left undone, or has an end that nobody knows. */
export interface Undone {
  /** The tickets of transactions whose decision it is. */
  tickets: string[];
  /** Pings and pushes that were given up. */
  deliveries: number;
}

/** How transactions end, once somebody has decided, or nobody has. */
export interface Jobs {
  /** Whether what is to be done survives this process. */
  readonly durable: boolean;
  /** Does a decision, for someone who can decide again. @param limit milliseconds */
  decide(contents: DecisionContents, limit: number): Promise<Decided>;
  /** Does a decision, for nobody: Authlete is told until it answers. */
  settle(contents: DecisionContents): Promise<Decided>;
  /** Has the transaction fail, should nobody have decided by then. @param dueIn milliseconds */
  expire(contents: ExpiryContents, dueIn: number): void;
  /** Waits for what this process does; then what is durable is left to others, and what is not is given up. */
  close(deadline: Deadline): Promise<Undone>;
}
