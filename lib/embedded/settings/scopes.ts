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

/** A scope for a response: whoever gets it may change it. */
export function copyOfScope(scope: Scope): Scope {
  return scope.descriptions || scope.attributes ? structuredClone(scope) : { ...scope };
}
