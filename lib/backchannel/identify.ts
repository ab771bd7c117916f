import { types } from 'node:util';
import type { AuthenticationRequest } from '../authlete/authentication-request.js';
import { isRejection, reject } from '../authlete/rejection.js';
import type { Exchange } from '../endpoint/exchange.js';
import type { Refusal } from '../endpoint/refusal.js';
import type { PackageLogger } from '../telemetry/logger.js';
import { refusalBy, refusalByMistake } from './hook-refusal.js';
import type { IdentifyUser, User } from './hooks.js';

/** Step 4, first half: the host finds the user whom the hint means. */
export async function identify<U extends User, R>(
  identifyUser: IdentifyUser<U, R>,
  request: AuthenticationRequest,
  exchange: Exchange<R>,
  logger: PackageLogger,
): Promise<U | Refusal> {
  try {
    const user = await exchange.until(identifyUser(request, exchange.context));
    if (isRejection(user)) return refusalBy(user);
    if (user instanceof Error || types.isNativeError(user)) throw user;
    if (typeof user?.subject !== 'string' || user.subject === '') return refusalBy(reject('UNKNOWN_USER_ID'));
    exchange.account.subject = user.subject;
    return user;
  } catch (error) {
    return refusalByMistake(error, 'identifyUser', exchange, logger);
  }
}
