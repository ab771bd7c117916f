import { types } from 'node:util';
import type { Actor } from '../authlete/actor.js';
import type { AuthenticationRequest } from '../authlete/authentication-request.js';
import { isRejection, reject } from '../authlete/rejection.js';
import type { Exchange } from '../endpoint/exchange.js';
import type { Refusal } from '../endpoint/refusal.js';
import type { PackageLogger } from '../telemetry/logger.js';
import { checkedActor } from './checked-actor.js';
import { refusalBy, refusalByMistake } from './hook-refusal.js';
import type { IdentifyUser, User } from './hooks.js';

/** The user that the hint means, and the agent that acts for that user. */
export interface Identified<U extends User> {
  user: U;
  /** As the host returned it, checked. */
  actor: Actor | undefined;
}

/** Step 4, first half: the host finds the user whom the hint means. */
export async function identify<U extends User, R>(
  identifyUser: IdentifyUser<U, R>,
  request: AuthenticationRequest,
  exchange: Exchange<R>,
  logger: PackageLogger,
): Promise<Identified<U> | Refusal> {
  try {
    const user = await exchange.until(identifyUser(request, exchange.context));
    if (isRejection(user)) return refusalBy(user);
    if (user instanceof Error || types.isNativeError(user)) throw user;
    if (typeof user?.subject !== 'string' || user.subject === '') return refusalBy(reject('UNKNOWN_USER_ID'));
    exchange.account.subject = user.subject;
    const actor = checkedActor((user as { actor?: unknown }).actor);
    exchange.account.actor = actor;
    return { user, actor };
  } catch (error) {
    return refusalByMistake(error, 'identifyUser', exchange, logger);
  }
}
