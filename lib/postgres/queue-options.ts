import { optionalCount, optionalTimeout } from '../options/checks.js';
import { type OptionNames, requireKnownOptions } from '../options/known-options.js';

/** Options of {@link postgresQueue}. */
export interface PostgresQueueOptions {
  /** Name of the queue in pg-boss; default `'ciba'`. Processes that share the work use the same name. */
  name?: string;
  /** Milliseconds after which the jobs of a process that died are another's; default 20 000. */
  lease?: number;
  /** Jobs that one process performs at the same time, at most; default 20. */
  concurrency?: number;
}

const names: OptionNames<PostgresQueueOptions> = { name: true, lease: true, concurrency: true };

/** @throws TypeError that names the option */
export function checkQueueOptions(options: unknown): void {
  requireKnownOptions(options, names, 'postgresQueue');
  const { name, lease, concurrency } = options as Record<keyof PostgresQueueOptions, unknown>;
  // What pg-boss allows.
  if (name !== undefined && (typeof name !== 'string' || !/^[\w./-]+$/.test(name))) {
    throw new TypeError('name must be made of letters, digits, `_`, `-`, `.` and `/`');
  }
  optionalTimeout(lease, 'lease', 100);
  optionalCount(concurrency, 'concurrency');
}
