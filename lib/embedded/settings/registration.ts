import { optionalFunction, requireCount } from '../../options/checks.js';
import { type OptionNames, requireKnownOptions } from '../../options/known-options.js';
import type { ClientMetadata } from './client-metadata.js';

/**
 * Who may register clients while the engine runs (RFC 7591 and 7592). Give exactly one of `initialAccessToken`,
 * `softwareStatement` and `open`.
 */
export interface DynamicRegistration {
  /** Anybody with this token. */
  initialAccessToken?: string | undefined;
  /**
   * Anybody with a `software_statement` that this function accepts. It returns the statement's metadata, which
   * override those of the request (RFC 7591, section 2.3), or `undefined` to refuse. It must verify the statement itself.
   */
  softwareStatement?:
    | ((statement: string) => Partial<ClientMetadata> | undefined | PromiseLike<Partial<ClientMetadata> | undefined>)
    | undefined;
  /** Anybody. */
  open?: true | undefined;
  /** Maximum number of registered clients, not counting configured ones. Default 1000. */
  maxClients?: number | undefined;
}

/** {@link DynamicRegistration}, checked and with its default. */
export type RegistrationSettings = DynamicRegistration & { readonly maxClients: number };

const optionNames: OptionNames<DynamicRegistration> = {
  initialAccessToken: true,
  softwareStatement: true,
  open: true,
  maxClients: true,
};

/** @throws TypeError naming the option that is wrong */
export function readDynamicRegistration(options: DynamicRegistration | undefined): RegistrationSettings | undefined {
  if (options === undefined) return undefined;
  requireKnownOptions(options, optionNames, 'registration');
  const { initialAccessToken, softwareStatement, open, maxClients = 1000 } = options;
  if ([initialAccessToken, softwareStatement, open].filter((guard) => guard !== undefined).length !== 1) {
    throw new TypeError('registration needs exactly one of initialAccessToken, softwareStatement and open: true');
  }
  if (initialAccessToken !== undefined && (typeof initialAccessToken !== 'string' || initialAccessToken === '')) {
    throw new TypeError('registration.initialAccessToken must be a string that is not empty');
  }
  optionalFunction(softwareStatement, 'registration.softwareStatement');
  if (open !== undefined && open !== true) throw new TypeError('registration.open must be true');
  requireCount(maxClients, 'registration.maxClients');
  return { initialAccessToken, softwareStatement, open, maxClients };
}
