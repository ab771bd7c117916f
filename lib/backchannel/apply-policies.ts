import type { AuthenticationRequest } from '../authlete/authentication-request.js';
import { isRejection } from '../authlete/rejection.js';
import type { Exchange } from '../endpoint/exchange.js';
import type { Refusal } from '../endpoint/refusal.js';
import type { PackageLogger } from '../telemetry/logger.js';
import { refusalBy, refusalByMistake } from './hook-refusal.js';
import type { Policy, User } from './hooks.js';

/**
 * Step 4, second half: the host's policies, one after the other; the first rejection wins. They fail closed: any result other
 * than nothing or a `Rejection` is a mistake, and a mistake refuses the request.
 */
export async function applyPolicies<U extends User, R>(
  policies: readonly Policy<U, R>[],
  request: AuthenticationRequest,
  user: U,
  exchange: Exchange<R>,
  logger: PackageLogger,
): Promise<Refusal | undefined> {
  try {
    for (const policy of policies) {
      const verdict: unknown = await exchange.until(policy(request, user, exchange.context));
      if (isRejection(verdict)) return refusalBy(verdict);
      if (verdict instanceof Error) throw verdict;
      if (verdict !== undefined && verdict !== null) {
        throw new TypeError(`a policy must return undefined, null or a Rejection, not ${typeof verdict}`);
      }
    }
  } catch (error) {
    return refusalByMistake(error, 'policy', exchange, logger);
  }
}
