import type { AuthenticationRequest } from '../authlete/authentication-request.js';
import { isRejection, reject } from '../authlete/rejection.js';
import type { AnyHostPolicy, Awaitable, User } from '../backchannel/hooks.js';
import { requireFunction } from '../options/checks.js';
import { type OptionNames, requireKnownOptions } from '../options/known-options.js';
import { guardedLimiter, type Limiter, type LimiterFailureOptions } from './limiter.js';
import { memoryLimiter } from './memory-limiter.js';

/** Options of {@link userCode}. */
export type UserCodeOptions<U extends User> = LimiterFailureOptions & {
  /** Whether a request for this user needs a code. */
  required: (user: U, request: AuthenticationRequest) => Awaitable<boolean>;
  /** Whether the code is right. {@link constantTimeEqual} compares without revealing how much of it is. */
  verify: (user: U, code: string, request: AuthenticationRequest) => Awaitable<boolean>;
  /** Counts the wrong codes of a user; by default in the memory of this process, five in a quarter of an hour. */
  limiter?: Limiter | undefined;
};

const names: OptionNames<UserCodeOptions<User>> = {
  required: true,
  verify: true,
  limiter: true,
  whenLimiterFails: true,
  logger: true,
};

// In UTF-16 units. Nobody types more: a longer code is wrong, and `verify` need not hash it.
const maxCodeLength = 256;

/**
 * Asks for the user code, the secret that keeps clients from prompting everybody whose name they know:
 * `MISSING_USER_CODE` if one is required and absent, `INVALID_USER_CODE` if it is wrong, whether required or not.
 * Wrong codes are counted for each user; beyond the limiter's `points` every code is refused as `INVALID_USER_CODE`
 * without calling `verify`, until its `duration` is over.
 *
 * @throws TypeError when an option is wrong; at a request, when `required` or `verify` returns anything but a boolean
 * @see CIBA Core 1.0, sections 7.1.2 and 13
 * @example
 * ```ts
 * policy: userCode<Customer>({
 *   required: (user) => user.pin !== undefined,
 *   verify: (user, code) => constantTimeEqual(code, user.pin),
 * }),
 * ```
 */
export function userCode<U extends User>(options: UserCodeOptions<U>): AnyHostPolicy<U> {
  requireKnownOptions(options, names, 'userCode');
  const { required, verify } = options;
  requireFunction(required, 'required');
  requireFunction(verify, 'verify');
  if (options.limiter !== undefined) requireFunction(options.limiter.reward, 'limiter.reward');
  const wrongCodes = guardedLimiter(options.limiter ?? memoryLimiter(900), options);
  // The host's limiter has its own limit.
  const most = options.limiter === undefined ? 5 : undefined;

  return async (request, user) => {
    const code = request.userCode ?? '';
    if (code === '') {
      const isRequired = requireBoolean(await required(user, request), 'required');
      return isRequired ? reject('MISSING_USER_CODE') : undefined;
    }
    // Counted before the code is checked, and taken back if it is right: so guesses at the same time get no more
    // attempts than guesses one after the other.
    const key = `user-code:${user.subject}`;
    if (await wrongCodes.isPassed(key, most)) {
      return reject('INVALID_USER_CODE', { description: 'too many wrong user codes, try again later' });
    }
    let isRight: boolean;
    try {
      isRight = code.length <= maxCodeLength && requireBoolean(await verify(user, code, request), 'verify');
    } catch (error) {
      // A rejection says that the code is wrong; any other failure says nothing about it.
      if (!isRejection(error)) await wrongCodes.giveBack(key);
      throw error;
    }
    if (!isRight) return reject('INVALID_USER_CODE');
    await wrongCodes.giveBack(key);
  };
}

function requireBoolean(value: unknown, hook: string): boolean {
  if (typeof value !== 'boolean') throw new TypeError(`${hook} must return true or false`);
  return value;
}
