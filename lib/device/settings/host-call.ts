import { withTimeLimit } from '../../time/time-limit.js';

/** Milliseconds for one of the host's hooks. */
const timeout = 10_000;

/** Runs a hook: it may throw or be late, and is awaited in either style. */
export function callHost<T>(name: string, run: () => T | PromiseLike<T>): Promise<T> {
  return withTimeLimit(
    timeout,
    async () => run(),
    () => new Error(`${name} did not answer within ${timeout} ms`),
  );
}
