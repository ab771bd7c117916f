/** One timer for everything that has to be looked at from time to time. */
export interface Ticker {
  /** Starts it, unless it runs already. */
  start(): void;
  stop(): void;
}

/**
 * Creates a timer that runs only while there is something to look at.
 *
 * @param period milliseconds
 * @param tick tells whether there still is
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
    // What it looks at must not keep a process alive that has nothing else to do.
    timer.unref();
  };
  return { start, stop };
}
