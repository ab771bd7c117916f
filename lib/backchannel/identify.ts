import type { IncomingMessage } from 'node:http';
import { types } from 'node:util';
import type { AuthenticationRequest } from '../authlete/authentication-request.js';
import { type Exchange, Interrupted } from '../endpoint/exchange.js';
import type { Logger } from '../telemetry/logger.js';
import type { HookContext, IdentifyUser, User } from './hooks.js';
import { isRejection, type Rejection, reject } from './rejection.js';

/**
 * Step 4, first half: the host finds the user whom the hint means.
 *
 * @throws Interrupted when the hook took too long
 */
export async function identify<U extends User, R extends IncomingMessage>(
  identifyUser: IdentifyUser<U, R>,
  request: AuthenticationRequest,
  context: HookContext<R>,
  exchange: Exchange,
  logger: Logger,
): Promise<U | Rejection> {
  try {
    const user = await exchange.until(identifyUser(request, context));
    if (isRejection(user)) return user;
    if (user instanceof Error || types.isNativeError(user)) throw user;
    const known = typeof user?.subject === 'string' && user.subject !== '';
    return known ? user : reject('UNKNOWN_USER_ID');
  } catch (error) {
    return rejectionOf(error, 'identifyUser', logger);
  }
}

/** What a hook threw: a refusal of its own, or a mistake that only the logger hears of. */
export function rejectionOf(error: unknown, hook: string, logger: Logger): Rejection {
  if (error instanceof Interrupted) throw error;
  if (isRejection(error)) return error;
  logger.error(`${hook} failed`, { error });
  return reject('SERVER_ERROR');
}
