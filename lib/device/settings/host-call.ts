import { withTimeLimit } from '../../time/time-limit.js';

/** Milliseconds for one of the host's hooks. */
const timeout = 10_000;

/** Runs a hook, synchronous or not. Rejects if it throws, or takes longer than {@link timeout}. */
export function callHost<T>(name: string, run: () => T | PromiseLike<T>): Promise<T> {
  return withTimeLimit(
    timeout,
    async () => run(),
    () => new Error(`${name} did not answer within ${timeout} ms`),
  );
}
