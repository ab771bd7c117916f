import { reject } from '../authlete/rejection.js';
import type { AnyHostPolicy } from '../backchannel/hooks.js';
import { optionalStrings } from '../options/checks.js';
import { type OptionNames, requireKnownOptions } from '../options/known-options.js';

/** Which clients may send backchannel authentication requests: at least one of the two. */
export interface ClientsOptions {
  /** Only these, by number or alias. */
  allow?: readonly string[] | undefined;
  /** Not these, by number or alias, whatever `allow` says. */
  deny?: readonly string[] | undefined;
}

const names: OptionNames<ClientsOptions> = { allow: true, deny: true };

/**
 * Lets some clients through and refuses the others as `UNAUTHORIZED_CLIENT`. A client is named by its number or its
 * alias, whichever the request used.
 *
 * @throws TypeError when neither option is given, or one is not an array of strings
 * @see CIBA Core 1.0, section 13
 * @example
 * ```ts
 * policy: clients({ allow: ['teller', '26478243745571'] }),
 * ```
 */
export function clients(options: ClientsOptions): AnyHostPolicy {
  requireKnownOptions(options, names, 'clients');
  const { allow, deny } = options;
  optionalStrings(allow, 'allow');
  optionalStrings(deny, 'deny');
  if (allow === undefined && deny === undefined) throw new TypeError('clients needs allow or deny');
  const allowed = allow && new Set(allow);
  const denied = new Set(deny);

  return ({ clientId, clientIdAlias }) => {
    const among = (names: ReadonlySet<string>) =>
      names.has(clientId) || (clientIdAlias !== undefined && names.has(clientIdAlias));
    if (clientId === '' || among(denied) || (allowed && !among(allowed))) return reject('UNAUTHORIZED_CLIENT');
  };
}
