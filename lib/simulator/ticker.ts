/** One timer for all periodic work. */
export interface Ticker {
  /** Starts it, unless it runs already. */
  start(): void;
  stop(): void;
}

/**
 * Creates a timer that runs only while there is work.
 *
 * @param period milliseconds
 * @param tick returns whether there still is work
 */
export function ticker(period: number, tick: () => boolean): Ticker {
  let timer: NodeJS.Timeout | undefined;
  const stop = () => {
    clearInterval(timer);
    timer = undefined;
  };
  const start = () => {
    if (timer !== undefined) return;
    timer = setInterval(() => tick() || stop(), period);
    // The timer must not keep a process alive that has nothing else to do.
    timer.unref();
  };
  return { start, stop };
}
