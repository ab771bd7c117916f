import { reject } from '../authlete/rejection.js';
import type { AnyHostPolicy } from '../backchannel/hooks.js';
import { requireStrings } from '../options/checks.js';
import { type OptionNames, requireKnownOptions } from '../options/known-options.js';

/** Options of {@link resources}. */
export interface ResourcesOptions {
  /** The resources that clients may ask tokens for, compared character by character. */
  allow: readonly string[];
}

const names: OptionNames<ResourcesOptions> = { allow: true };

/**
 * Refuses a request for tokens for any resource but the known ones as `INVALID_TARGET`. A request without `resource`
 * passes.
 *
 * @throws TypeError when `allow` is not an array of strings
 * @see RFC 8707, section 2
 * @example
 * ```ts
 * policy: resources({ allow: ['https://accounts.example.com/', 'https://payments.example.com/'] }),
 * ```
 */
export function resources(options: ResourcesOptions): AnyHostPolicy {
  requireKnownOptions(options, names, 'resources');
  const { allow } = options;
  requireStrings(allow, 'allow');
  const allowed = new Set(allow);
  return (request) => {
    if (request.resources?.some((resource) => !allowed.has(resource))) return reject('INVALID_TARGET');
  };
}
