import type { IncomingMessage } from 'node:http';
import type { AuthenticationRequest } from '../authlete/authentication-request.js';
import type { Exchange } from '../endpoint/exchange.js';
import type { Logger } from '../telemetry/logger.js';
import type { HookContext, Policy, User } from './hooks.js';
import { rejectionOf } from './identify.js';
import { isRejection, type Rejection } from './rejection.js';

/**
 * Step 4, second half: the host's policies, one after the other; the first rejection wins. They fail closed: what is
 * neither nothing nor a `Rejection` is a mistake, and a mistake lets nobody through.
 *
 * @throws Interrupted when they took too long
 */
export async function applyPolicies<U extends User, R extends IncomingMessage>(
  policies: readonly Policy<U, R>[],
  request: AuthenticationRequest,
  user: U,
  context: HookContext<R>,
  exchange: Exchange,
  logger: Logger,
): Promise<Rejection | undefined> {
  try {
    for (const policy of policies) {
      const verdict: unknown = await exchange.until(policy(request, user, context));
      if (isRejection(verdict)) return verdict;
      if (verdict instanceof Error) throw verdict;
      if (verdict !== undefined && verdict !== null) {
        throw new TypeError(`a policy must return undefined, null or a Rejection, not ${typeof verdict}`);
      }
    }
  } catch (error) {
    return rejectionOf(error, 'policy', logger);
  }
}
