/** RFC 9110, section 5.6.7: the three forms of a date begin with the day of the week. */
const httpDate = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /;

/**
 * Milliseconds that a header such as `Retry-After` asks to wait: seconds, or a date by the other side's clock.
 *
 * @returns `undefined` when there is no header, or it says neither
 * @see RFC 9110, section 10.2.3
 */
export function parseRetryAfter(header: string | string[] | undefined, now = Date.now()): number | undefined {
  const [value = ''] = [header ?? ''].flat();
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  if (!httpDate.test(value)) return undefined;
  const date = Date.parse(value.endsWith(' GMT') ? value : `${value} GMT`);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
