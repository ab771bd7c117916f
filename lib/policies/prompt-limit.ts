import { reject } from '../authlete/rejection.js';
import type { Actor, AnyHostPolicy, User } from '../backchannel/hooks.js';
import { optionalCount, requireCount } from '../options/checks.js';
import { type OptionNames, requireKnownOptions } from '../options/known-options.js';
import { guardedLimiter, type Limiter, type LimiterFailureOptions } from './limiter.js';
import { memoryLimiter } from './memory-limiter.js';

/** Options of {@link promptLimit}. */
export type PromptLimitOptions = LimiterFailureOptions & {
  /** Maximum number of prompts to one user in the window, from all clients together; default 10. */
  perUser?: number | undefined;
  /** Maximum number of prompts from one client to one user in the window; default 5. */
  perClient?: number | undefined;
  /** Maximum number of prompts by one actor (an agent) to one user in the window, through all clients; no limit by default. */
  perActor?: number | undefined;
  /** Seconds, at most 24 days; it begins with the first prompt. Default 600. */
  window?: number | undefined;
  /**
   * Counts the prompts; in the memory of this process by default. Its own `points` apply as well, if they are fewer;
   * its `duration` is not used.
   */
  limiter?: Limiter | undefined;
};

const names: OptionNames<PromptLimitOptions> = {
  perUser: true,
  perClient: true,
  perActor: true,
  window: true,
  limiter: true,
  whenLimiterFails: true,
  logger: true,
};

// Limiters that use timers cannot count for longer: a timer of more than 2^31-1 ms fires at once.
const maxWindow = 24 * 86_400;

/**
 * Protects people from approval bombing, where an attacker sends prompts until the victim approves one to be left alone:
 * it limits the prompts to a user, from one client to a user, and by one agent to a user, in the window. Further requests are
 * refused as `ACCESS_DENIED`. A client that has used up its own share does not use up that of others.
 *
 * Put it last in `policy`: a request that another policy refuses prompts nobody and should not count.
 *
 * @throws TypeError when an option is wrong
 * @see CIBA Core 1.0, section 7.1.2, on unsolicited authentication requests
 * @example
 * ```ts
 * policy: promptLimit({
 *   perUser: 10,
 *   perClient: 5,
 *   window: 600,
 *   limiter: new RateLimiterRedis({ storeClient: redis, points: 10, duration: 600 }),
 * }),
 * ```
 */
export function promptLimit(options: PromptLimitOptions = {}): AnyHostPolicy {
  requireKnownOptions(options, names, 'promptLimit');
  const { perUser = 10, perClient = 5, perActor, window = 600 } = options;
  requireCount(perUser, 'perUser');
  requireCount(perClient, 'perClient');
  optionalCount(perActor, 'perActor');
  if (typeof window !== 'number' || !(window > 0) || window > maxWindow) {
    throw new TypeError(`window must be a number of seconds above 0 and at most ${maxWindow}`);
  }
  const prompts = guardedLimiter(options.limiter ?? memoryLimiter(window), options);

  return async ({ clientId }, user) => {
    const { subject, actor } = user as User & { actor?: Actor | null };
    if (actor && perActor !== undefined) {
      const key = `prompt:actor:${JSON.stringify([actor.iss, actor.sub])}:${subject}`;
      if (await prompts.isPassed(key, perActor, window)) {
        return reject('ACCESS_DENIED', { description: 'too many requests for this user by this actor' });
      }
    }
    if (await prompts.isPassed(`prompt:client:${clientId}:${subject}`, perClient, window)) {
      return reject('ACCESS_DENIED', { description: 'too many requests for this user from this client' });
    }
    if (await prompts.isPassed(`prompt:user:${subject}`, perUser, window)) {
      return reject('ACCESS_DENIED', { description: 'too many requests for this user' });
    }
  };
}
