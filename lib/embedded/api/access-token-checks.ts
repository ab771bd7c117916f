import { IntrospectionAction, type IntrospectionRequest } from '../../authlete/types/introspection.js';
import { readInteger, readString, readStrings } from '../request/call-parameters.js';
import type { AccessToken } from '../state/tokens.js';
import { isBoundTo } from '../tokens/binding.js';

/** Why a resource may not be given; for `WWW-Authenticate` (RFC 6750, section 3). */
export interface Challenge {
  readonly action: IntrospectionAction;
  readonly resultCode: string;
  /** Of `error_description`. */
  readonly message: string;
  /** Value of the header. */
  readonly responseContent: string;
}

/**
 * Judges a living access token by what the resource server demands of it.
 *
 * @returns `undefined` when it is good
 */
export function judgeAccessToken(
  token: AccessToken,
  request: IntrospectionRequest,
  now: number,
): Challenge | undefined {
  const { grant, resources = [] } = token;
  const { UNAUTHORIZED, FORBIDDEN } = IntrospectionAction;

  const bound = token.certificateThumbprint;
  if (bound !== undefined && !isBoundTo(request, bound)) {
    return challenge(UNAUTHORIZED, 'E080308', 'invalid_token', 'the access token is bound to another certificate');
  }
  const target = readStrings(request, 'resources');
  if (target !== undefined && !target.some((resource) => resources.includes(resource))) {
    return challenge(UNAUTHORIZED, 'E080303', 'invalid_token', 'the access token is for other resources');
  }
  if (!covers(token, readStrings(request, 'scopes'))) {
    const scope = { scope: request.scopes?.join(' ') };
    const message = 'the access token does not cover the scopes';
    return challenge(FORBIDDEN, 'E080304', 'insufficient_scope', message, scope);
  }
  const subject = readString(request, 'subject');
  if (subject !== undefined && subject !== grant.subject) {
    return challenge(FORBIDDEN, 'E080305', 'invalid_request', 'the access token is of another subject');
  }
  // RFC 9470, section 3.
  const acrValues = readStrings(request, 'acrValues');
  if (acrValues !== undefined && !(grant.acr !== undefined && acrValues.includes(grant.acr))) {
    const message = 'the user did not authenticate strongly enough';
    const needed = { acr_values: acrValues.join(' ') };
    return challenge(UNAUTHORIZED, 'E080306', 'insufficient_user_authentication', message, needed);
  }
  const maxAge = readInteger(request, 'maxAge');
  if (maxAge !== undefined && (grant.authTime ?? 0) + maxAge < now / 1000) {
    const message = 'the user authenticated too long ago';
    const needed = { max_age: String(maxAge) };
    return challenge(UNAUTHORIZED, 'E080307', 'insufficient_user_authentication', message, needed);
  }
  return undefined;
}

/** Whether the token has all the scopes. */
export function covers({ scopes }: AccessToken, needed: readonly string[] = []): boolean {
  return needed.every((scope) => scopes.includes(scope));
}

export function challenge(
  action: IntrospectionAction,
  resultCode: string,
  error: string,
  message: string,
  more: Readonly<Record<string, string | undefined>> = {},
): Challenge {
  const parameters = Object.entries({ error, error_description: message, ...more });
  const responseContent = `Bearer ${parameters.map(([name, value]) => `${name}="${quotable(value)}"`).join(',')}`;
  return { action, resultCode, message, responseContent };
}

/** RFC 6750, section 3. */
function quotable(value = ''): string {
  return value.replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?');
}
