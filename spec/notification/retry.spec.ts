import { describe, expect, it } from '@jest/globals';
import { backoff, isWorthRetrying, retryAfter } from '../../lib/notification/retry.js';

describe('the wait between two attempts', () => {
  it('is within a second at first', () => {
    const waits = Array.from({ length: 1000 }, () => backoff(1));
    expect(Math.max(...waits)).toBeLessThanOrEqual(1000);
    expect(Math.min(...waits)).toBeGreaterThan(100);
  });

  it.each([1, 2, 3, 4, 5, 6, 7])('doubles after attempt %i, with jitter', (attempts) => {
    const waits = Array.from({ length: 200 }, () => backoff(attempts));
    const longest = 500 * 2 ** (attempts - 1);
    expect(Math.max(...waits)).toBeLessThanOrEqual(longest);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(longest / 2);
    expect(new Set(waits).size).toBeGreaterThan(1);
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-11-22T10:00:00Z');

  it.each<[string, string | string[] | undefined, number]>([
    ['seconds', '120', 120_000],
    ['no seconds', '0', 0],
    ['a date', 'Sun, 22 Nov 2026 10:01:30 GMT', 90_000],
    ['a date of RFC 850', 'Sunday, 22-Nov-26 10:01:30 GMT', 90_000],
    ['a date of asctime()', 'Sun Nov 22 10:01:30 2026', 90_000],
    ['a date in the past', 'Sat, 21 Nov 2026 10:00:00 GMT', 0],
    ['twice', ['30', '60'], 30_000],
    ['none', undefined, 0],
    ['an empty one', '', 0],
    ['a negative one', '-5', 0],
    ['a fraction', '1.5', 0],
    ['another date', '2026-11-22T10:01:30Z', 0],
    ['no date', 'Sunday, maybe', 0],
    ['a word', 'later', 0],
  ])('is understood: %s', (_kind, header, milliseconds) => {
    expect(retryAfter(header, now)).toBe(milliseconds);
  });
});

describe('a status', () => {
  it.each([408, 425, 429, 500, 503, 599])('%i is worth another attempt', (status) => {
    expect(isWorthRetrying(status)).toBe(true);
  });

  it.each([100, 201, 302, 400, 404, 499, 600, 999])('%i is not', (status) => {
    expect(isWorthRetrying(status)).toBe(false);
  });
});
