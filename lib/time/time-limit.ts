import { maxTimeout } from '../options/checks.js';

/**
 * Stops waiting for work that takes too long. The work goes on, and its result is ignored here.
 *
 * @param limit milliseconds
 * @param lateError makes the error
 */
export function withTimeLimit<T>(limit: number, work: () => PromiseLike<T>, lateError: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(lateError()), Math.min(limit, maxTimeout));
    work().then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
