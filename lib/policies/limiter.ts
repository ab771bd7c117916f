import { requireFunction } from '../options/checks.js';
import type { Logger } from '../telemetry/logger.js';

/**
 * Counts for several processes. A policy needs only this part of a limiter of `rate-limiter-flexible`: its
 * `RateLimiterRedis`, `RateLimiterPostgres` and all others fit.
 */
export interface Limiter {
  /**
   * Counts points.
   *
   * @param options `customDuration`: seconds for which the count is kept, if not the limiter's own
   * @returns how many there are now
   * @throws an object with `msBeforeNext` when the limiter's own limit is exceeded
   */
  consume(key: string, points: number, options: { customDuration?: number }): Promise<{ consumedPoints: number }>;
  /** Takes points back. */
  reward(key: string, points: number): Promise<unknown>;
}

/** What to do when the limiter's store cannot be reached. */
export type LimiterFailureOptions =
  | {
      /**
       * `'refuse'`, the default: the error is thrown, so that the middleware logs it and answers `SERVER_ERROR`.
       * `'allow'`: it is logged here, as a warning, and the request goes on as if the limit were not reached.
       */
      whenLimiterFails?: 'refuse' | undefined;
      logger?: undefined;
    }
  | {
      whenLimiterFails: 'allow';
      /** Mandatory with `'allow'`: the host must know when the protection is off. */
      logger: Logger;
    };

// A limiter that knows what to do when its store is down.
export interface GuardedLimiter {
  /**
   * Counts one.
   *
   * @param limit how many are allowed, if fewer than the limiter allows
   * @param duration seconds for which the count is kept, if not the limiter's own
   * @returns whether the limit is exceeded
   */
  isPassed(key: string, limit?: number, duration?: number): Promise<boolean>;
  /** Takes back one. */
  giveBack(key: string): Promise<void>;
}

/** @throws TypeError when an option is wrong */
export function guardedLimiter(limiter: Limiter, options: LimiterFailureOptions): GuardedLimiter {
  const { whenLimiterFails = 'refuse', logger } = options;
  requireFunction(limiter?.consume, 'limiter.consume');
  if (whenLimiterFails !== 'refuse' && whenLimiterFails !== 'allow') {
    throw new TypeError("whenLimiterFails must be 'refuse' or 'allow'");
  }
  if (whenLimiterFails === 'allow') requireFunction(logger?.warn, 'logger.warn');

  function failed(error: unknown): false {
    if (whenLimiterFails === 'refuse') throw new Error('the limiter failed', { cause: error });
    logger?.warn('the limiter failed, its limit is not enforced', { error });
    return false;
  }

  return {
    async isPassed(key, limit = Number.POSITIVE_INFINITY, duration) {
      try {
        const customDuration = duration === undefined ? {} : { customDuration: duration };
        const { consumedPoints } = await limiter.consume(key, 1, customDuration);
        return consumedPoints > limit;
      } catch (error) {
        return isLimitReached(error) || failed(error);
      }
    },
    async giveBack(key) {
      try {
        await limiter.reward(key, 1);
      } catch (error) {
        failed(error);
      }
    },
  };
}

/** When the limit is reached, a limiter rejects with a RateLimiterRes, which is not an Error. */
function isLimitReached(error: unknown): boolean {
  return typeof (error as { msBeforeNext?: unknown } | null)?.msBeforeNext === 'number';
}
