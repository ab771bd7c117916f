import type { AuthenticationRequest } from '../authlete/authentication-request.js';
import { reject } from '../authlete/rejection.js';
import type { AnyHostPolicy } from '../backchannel/hooks.js';
import { parseLoginHint } from '../hints/parse-login-hint.js';

const hintTypes: ReadonlySet<string> = new Set(['tel', 'ipport', 'operatortoken']);

const ignored = ['bindingMessage', 'userCode', 'requestedExpiry', 'acrs'] as const;

/**
 * The parts of the CAMARA profile for mobile operators that concern requests: poll mode (`UNAUTHORIZED_CLIENT`); a
 * `login_hint` that is a well-formed `tel:`, `ipport:` or `operatortoken:` (`UNKNOWN_USER_ID`); exactly one purpose, a
 * scope `dpv:<purpose>`, registered or dynamic (`ACCESS_DENIED`).
 *
 * The profile ignores `binding_message`, `user_code`, `requested_expiry` and `acr_values`: they are removed from the
 * request, so the policies after this one and `authenticate` do not see them. Put it first.
 *
 * @see CAMARA Security and Interoperability Profile 4.2, "Client-Initiated Backchannel Authentication Flow" and "Purpose"
 * @example
 * ```ts
 * policy: [camara(), promptLimit({ perUser: 10, perClient: 5, window: 600 })],
 * ```
 */
export function camara(): AnyHostPolicy {
  return (request) => {
    for (const name of ignored) delete request[name];
    if (request.deliveryMode !== 'POLL') {
      return reject('UNAUTHORIZED_CLIENT', { description: 'only poll mode is allowed' });
    }
    if (request.hintType !== 'LOGIN_HINT' || !hintTypes.has(parseLoginHint(request.hint).type)) {
      return reject('UNKNOWN_USER_ID', { description: 'the hint must be a login_hint: tel, ipport or operatortoken' });
    }
    const purposes = purposesOf(request);
    if (purposes.size !== 1 || purposes.has('dpv:')) {
      return reject('ACCESS_DENIED', { description: 'scope must have exactly one purpose, dpv:<purpose>' });
    }
  };
}

/** Authlete gives the scope as requested in the `name` of a registered scope and in the `value` of a dynamic one. */
function purposesOf({ scopes, dynamicScopes = [] }: AuthenticationRequest): Set<string> {
  const requested = [...scopes.map(({ name }) => name), ...dynamicScopes.map(({ value }) => value)];
  return new Set(requested.filter((scope) => scope.startsWith('dpv:')));
}
