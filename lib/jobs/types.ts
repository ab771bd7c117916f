import type { CheckedNotificationOptions } from '../notification/options.js';
import type { SealKey } from '../seal/seals.js';
import type { EventListener } from '../telemetry/events.js';
import type { PackageLogger } from '../telemetry/logger.js';
import type { Trace } from '../telemetry/trace.js';
import type { Deadline } from '../time/deadline.js';
import type { InFlight } from '../time/in-flight.js';
import type { DecisionContents, ExpiryContents } from './contents.js';
import type { DecisionEnd } from './decide.js';
import type { JobQueue } from './queue.js';
import type { CompleteApi } from './tell-authlete.js';

export interface JobsOptions {
  authlete: CompleteApi;
  /** Where jobs are kept; in memory without it. */
  queue?: JobQueue;
  /** Whether jobs of the queue are performed that other processes have left; default `true`. */
  work?: boolean;
  /** Needed with a queue. */
  handleKeys?: readonly SealKey[];
  notifications: CheckedNotificationOptions;
  logger: PackageLogger;
  emit: EventListener;
  /** Told of each decision that Authlete has taken. */
  decided?(transaction: string): void;
  /** Counts what this process does. */
  running: InFlight;
  trace?: Trace | undefined;
}

/** What became of a decision that was to be stored and done. */
export type Decided =
  | DecisionEnd
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

/** Everything that has to be done after a decision, and done again until it has succeeded. */
export interface Jobs {
  /** Whether jobs survive this process. */
  readonly durable: boolean;
  /** Stores a decision and does it, for someone who can decide again. @param limit milliseconds */
  decide(contents: DecisionContents, limit: number): Promise<Decided>;
  /** Stores a decision and does it, for nobody: it is done again until it succeeds. */
  settle(contents: DecisionContents): Promise<Decided>;
  /** Has the transaction fail, should nobody have decided by then. Never rejects. @param dueIn milliseconds */
  expire(contents: ExpiryContents, dueIn: number): Promise<void>;
  /** Waits for what this process does; then what is durable is left to others, and what is not is given up. */
  close(deadline: Deadline): Promise<Undone>;
}
