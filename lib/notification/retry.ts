/** Whether a status says that the same request may succeed later. */
export function isWorthRetrying(status: number): boolean {
  return (status >= 500 && status <= 599) || status === 408 || status === 425 || status === 429;
}

/** Milliseconds that the first wait takes at most. */
const firstDelay = 500;

/**
 * Milliseconds to wait after so many attempts: twice as long each time, and up to half of it left to chance, so that
 * clients that were away do not get everything at the same moment when they are back.
 */
export function backoff(attempts: number): number {
  return firstDelay * 2 ** (attempts - 1) * (1 - Math.random() / 2);
}

/** RFC 9110, section 5.6.7: the three forms of a date begin with the day of the week. */
const httpDate = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /;

/**
 * Milliseconds that `Retry-After` asks for, 0 where it asks for nothing.
 *
 * @see RFC 9110, section 10.2.3
 */
export function retryAfter(header: string | string[] | undefined, now = Date.now()): number {
  const [value = ''] = [header ?? ''].flat();
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  if (!httpDate.test(value)) return 0;
  const date = Date.parse(value.endsWith(' GMT') ? value : `${value} GMT`);
  return Number.isNaN(date) ? 0 : Math.max(0, date - now);
}
