import type { Scope } from '../../authlete/types/common-types.js';

/** The claims that each scope asks for (OpenID Connect Core 1.0, section 5.4). */
const claimsOfScope: Readonly<Record<string, readonly string[]>> = {
  profile: [
    'name',
    'family_name',
    'given_name',
    'middle_name',
    'nickname',
    'preferred_username',
    'profile',
    'picture',
    'website',
    'gender',
    'birthdate',
    'zoneinfo',
    'locale',
    'updated_at',
  ],
  email: ['email', 'email_verified'],
  address: ['address'],
  phone: ['phone_number', 'phone_number_verified'],
};

/** The names of the claims that the scopes ask for. */
export function claimNames(scopes: Iterable<string>): string[] {
  const names: string[] = [];
  for (const scope of scopes) if (Object.hasOwn(claimsOfScope, scope)) names.push(...(claimsOfScope[scope] ?? []));
  return names;
}

/** A copy of a scope for a response, which its receiver may change. */
export function copyOfScope(scope: Scope): Scope {
  return scope.descriptions || scope.attributes ? structuredClone(scope) : { ...scope };
}

const defaultScopes = ['openid', 'offline_access', 'profile', 'email', 'phone', 'address'];

/** RFC 6749, section 3.3. */
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** @throws TypeError naming the option */
export function readScopes(scopes: unknown): ReadonlyMap<string, Scope> {
  const registered = new Map<string, Scope>([['openid', { name: 'openid', defaultEntry: false }]]);
  if (scopes !== undefined && !Array.isArray(scopes)) throw new TypeError('scopes must be an array');
  for (const entry of scopes ?? defaultScopes) {
    const scope = (typeof entry === 'string' ? { name: entry } : entry) as Scope | null;
    if (typeof scope?.name !== 'string' || !scopeToken.test(scope.name)) {
      throw new TypeError('scopes must hold scope names, or objects that have one as their name');
    }
    registered.set(scope.name, { ...scope, defaultEntry: scope.defaultEntry ?? false });
  }
  return registered;
}
