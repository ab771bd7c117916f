import { optionalTimeout } from '../options/checks.js';
import { requireKnownOptions } from '../options/known-options.js';
import { Deadline } from './deadline.js';

/**
 * A `close()` that may be called again: the earliest timeout counts, and every call resolves to the same.
 *
 * @param closeAll called once
 */
export function closeOnce<T>(
  closeAll: (deadline: Deadline) => Promise<T>,
): (options?: { timeout?: number }) => Promise<T> {
  let closing: { deadline: Deadline; result: Promise<T> } | undefined;
  return (options = {}) => {
    requireKnownOptions(options, { timeout: true }, 'close');
    const { timeout = 10_000 } = options;
    optionalTimeout(timeout, 'timeout', 0);
    if (closing === undefined) {
      const deadline = new Deadline(timeout);
      closing = { deadline, result: closeAll(deadline) };
    }
    closing.deadline.bringForward(timeout);
    return closing.result;
  };
}
