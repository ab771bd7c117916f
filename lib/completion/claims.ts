import type { PackageLogger } from '../telemetry/logger.js';
import { withTimeLimit } from '../time/time-limit.js';
import type { Decision } from './decision.js';
import { CompletionError } from './errors.js';

/**
 * Returns the values of the requested claims when the decision is `authorized()` without `claims`. It is not called when
 * the client requested no claims. Claims that were not requested are not sent. If it throws or takes longer than `timeout`,
 * `complete()` rejects with `ERR_CLAIMS_FAILED`; a decision that `authenticate` returned becomes `failed()`.
 *
 * @param user what `identifyUser` returned, or only `{ subject }` when a handle completes
 * @param names the requested claims, some perhaps with a language tag (`family_name#ja`)
 * @example
 * ```ts
 * claims: async ({ subject }, names) => users.claimsOf(subject, names),
 * ```
 */
export type ClaimsHook<U extends { subject: string }> = (
  user: Partial<U> & { subject: string },
  names: string[],
) => Claims | PromiseLike<Claims>;

type Claims = Record<string, unknown> | null | undefined;

/** Replaces a missing hook: then the decision itself must have the values of the claims. */
export function withoutClaims(logger: PackageLogger): ClaimsHook<{ subject: string }> {
  return (_user, names) => {
    const message = 'the client requested claims, but neither the decision nor a `claims` hook has their values';
    logger.warn(message, { claims: names }, 'host');
    return undefined;
  };
}

/**
 * The values of claims to send with a decision: its own, as they are; otherwise those of the hook, without any that the
 * client did not request (OpenID Connect Core 1.0, section 5.5).
 *
 * @param limit milliseconds for the hook
 * @throws CompletionError `ERR_CLAIMS_FAILED` when the hook throws, takes too long or returns anything but a JSON object
 */
export async function claimValues<U extends { subject: string }>(
  hook: ClaimsHook<U> | undefined,
  decision: Decision,
  names: readonly string[],
  user: Partial<U> & { subject: string },
  limit: number,
): Promise<Record<string, unknown>> {
  if (decision.result !== 'AUTHORIZED') return {};
  if (decision.claims) return decision.claims;
  if (!hook || names.length === 0) return {};
  const asked = async () => hook(user, [...names]);
  try {
    const lateError = () => new Error(`claims did not answer within ${limit} ms`);
    const values: unknown = await withTimeLimit(limit, asked, lateError);
    if (values === undefined || values === null) return {};
    if (typeof values !== 'object' || Array.isArray(values)) throw new TypeError('claims must return an object');
    return JSON.parse(JSON.stringify(requested(values, names)));
  } catch (error) {
    throw new CompletionError('ERR_CLAIMS_FAILED', 'the claims hook failed', { cause: error });
  }
}

function requested(values: object, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)));
}
