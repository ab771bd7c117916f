import { reject } from '../authlete/rejection.js';
import type { UserIdentificationHintType } from '../authlete/types/common-types.js';
import type { AnyHostPolicy } from '../backchannel/hooks.js';
import { requireStrings } from '../options/checks.js';
import { type OptionNames, requireKnownOptions } from '../options/known-options.js';

/** The clients that may use hints of a type: all (`true`), or these, by number or alias. */
export type HintUsers = true | readonly string[];

/** Which clients may use which hints: at least one of the three. No client may use a type that is not named. */
export interface HintTypesOptions {
  loginHint?: HintUsers | undefined;
  loginHintToken?: HintUsers | undefined;
  idTokenHint?: HintUsers | undefined;
}

const names: OptionNames<HintTypesOptions> = { loginHint: true, loginHintToken: true, idTokenHint: true };

const optionOf = {
  LOGIN_HINT: 'loginHint',
  LOGIN_HINT_TOKEN: 'loginHintToken',
  ID_TOKEN_HINT: 'idTokenHint',
} as const satisfies Record<UserIdentificationHintType, keyof HintTypesOptions>;

const parameterOf: Record<UserIdentificationHintType, string> = {
  LOGIN_HINT: 'login_hint',
  LOGIN_HINT_TOKEN: 'login_hint_token',
  ID_TOKEN_HINT: 'id_token_hint',
};

/**
 * Lets clients use some types of hints and refuses the others as `UNAUTHORIZED_CLIENT`: an `id_token_hint` shows that the
 * user has been at the client before, while a `login_hint` can name anybody.
 *
 * @throws TypeError when no option is given, or one is neither `true` nor an array of strings
 * @see CIBA Core 1.0, section 7.1
 * @example
 * ```ts
 * policy: hintTypes({ idTokenHint: true, loginHint: ['call-centre', '26478243745571'] }),
 * ```
 */
export function hintTypes(options: HintTypesOptions): AnyHostPolicy {
  requireKnownOptions(options, names, 'hintTypes');
  const users = Object.values(optionOf).map((name) => {
    const value = options[name];
    if (value !== undefined && value !== true) requireStrings(value, name);
    return [name, value === true ? true : new Set(value)] as const;
  });
  if (Object.values(optionOf).every((name) => options[name] === undefined)) {
    throw new TypeError('hintTypes needs at least one of loginHint, loginHintToken, idTokenHint');
  }
  const allowed = Object.fromEntries(users);

  return ({ hintType, clientId, clientIdAlias }) => {
    const clients = allowed[optionOf[hintType]];
    if (clients === true || clients?.has(clientId) || (clientIdAlias && clients?.has(clientIdAlias))) return;
    return reject('UNAUTHORIZED_CLIENT', { description: `this client may not use ${parameterOf[hintType]}` });
  };
}
