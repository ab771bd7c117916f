import type { IncomingMessage } from 'node:http';
import type { AuthenticationRequest } from '../authlete/authentication-request.js';
import { type Rejection, reject } from '../authlete/rejection.js';
import type { Awaitable, HookContext, IdentifyUser, User } from '../backchannel/hooks.js';
import { type OptionNames, requireKnownOptions } from '../options/known-options.js';

/** Finds the user that a hint of one type means; `null` or `undefined` for nobody. */
export type HintFunction<U extends User, R extends object = IncomingMessage> = (
  hint: string,
  request: AuthenticationRequest,
  context: HookContext<R>,
) => Awaitable<U | Rejection | null | undefined>;

/** One function for each type of hint that this server accepts; at least one. */
export interface HintFunctions<U extends User, R extends object = IncomingMessage> {
  /** Takes a `login_hint`. */
  loginHint?: HintFunction<U, R> | undefined;
  /** Takes a `login_hint_token`. */
  loginHintToken?: HintFunction<U, R> | undefined;
  /** Takes an `id_token_hint`. */
  idTokenHint?: HintFunction<U, R> | undefined;
}

const known: OptionNames<HintFunctions<User>> = { loginHint: true, loginHintToken: true, idTokenHint: true };

const functionNames = {
  LOGIN_HINT: 'loginHint',
  LOGIN_HINT_TOKEN: 'loginHintToken',
  ID_TOKEN_HINT: 'idTokenHint',
} as const;

/**
 * Creates an `identifyUser` from one function for each type of hint. A hint of a type without a function is refused as
 * `UNKNOWN_USER_ID`. A function may throw a `Rejection`, as {@link verifyIdTokenHint} does, or return one.
 *
 * Make it a constant, or name the user type (`identifyBy<Customer>`): TypeScript does not pass the user type of a call
 * inside the options of `cibaBackchannel` on to the other hooks. The host's request is an `IncomingMessage` unless a
 * function's context, or a second type argument, says otherwise (`identifyBy<Customer, Request>` for `fetch`).
 *
 * @throws TypeError when something other than a function is given, or nothing at all
 * @see CIBA Core 1.0, section 7.1
 * @example
 * ```ts
 * const identifyUser = identifyBy({
 *   loginHint: (hint) => users.findByName(hint),
 *   idTokenHint: async (hint, request) => {
 *     const audience = [request.clientId, request.clientIdAlias];
 *     const { subject } = await verifyIdTokenHint(hint, { issuer, audience, jwksUri });
 *     return users.findBySubject(subject);
 *   },
 * });
 * ```
 */
export function identifyBy<U extends User, R extends object = IncomingMessage>(
  functions: HintFunctions<U, R>,
): IdentifyUser<U, R> {
  if (typeof functions !== 'object' || functions === null)
    throw new TypeError('identifyBy needs an object of functions');
  requireKnownOptions(functions, known, 'identifyBy');
  const names = Object.values(functionNames);
  for (const name of names) {
    const type = typeof functions[name];
    if (type !== 'function' && type !== 'undefined') throw new TypeError(`${name} must be a function`);
  }
  if (names.every((name) => functions[name] === undefined)) {
    throw new TypeError(`identifyBy needs at least one of ${names.join(', ')}`);
  }

  return (request, context) => {
    const identify = functions[functionNames[request.hintType]];
    if (identify === undefined) {
      return reject('UNKNOWN_USER_ID', { description: 'hints of this type are not supported' });
    }
    return identify(request.hint, request, context);
  };
}
