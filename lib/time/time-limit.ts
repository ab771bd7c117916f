/**
 * Gives up on work that takes too long, and aborts it.
 *
 * @param limit milliseconds
 * @param late makes the error
 */
export function withTimeLimit<T>(
  limit: number,
  work: (signal: AbortSignal) => Promise<T>,
  late: () => Error,
): Promise<T> {
  const controller = new AbortController();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const error = late();
      reject(error);
      controller.abort(error);
    }, limit);
    work(controller.signal)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}
