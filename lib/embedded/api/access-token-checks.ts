import { IntrospectionAction, type IntrospectionRequest } from '../../authlete/types/introspection.js';
import { readInteger, readString, readStrings } from '../request/call-parameters.js';
import { ProtocolError } from '../request/protocol-error.js';
import { signatureAlgorithms } from '../settings/algorithms.js';
import type { Settings } from '../settings/settings.js';
import type { Engine } from '../state/engine.js';
import type { AccessToken } from '../state/tokens.js';
import { isBoundTo, tokenType } from '../tokens/binding.js';
import { provenKey } from '../tokens/dpop-call.js';

/** Why a request for a resource is refused, for `WWW-Authenticate` (RFC 6750, section 3). */
export interface Challenge {
  readonly action: IntrospectionAction;
  readonly resultCode: string;
  /** The `error_description`. */
  readonly message: string;
  /** Value of the header. */
  readonly responseContent: string;
}

/**
 * Checks that a valid access token satisfies what the resource server demands.
 *
 * @param htu the URL of the resource, if the call does not name it
 * @returns `undefined` if it does
 */
export async function judgeAccessToken(
  engine: Engine,
  token: AccessToken,
  request: IntrospectionRequest,
  htu?: string,
): Promise<Challenge | undefined> {
  const { grant, resources = [] } = token;
  const { UNAUTHORIZED, FORBIDDEN } = IntrospectionAction;
  const refuse = challenger(engine.settings, request, token);

  const unproven = await judgePossession(engine, token, request, htu);
  if (unproven !== undefined) return refuse(UNAUTHORIZED, unproven.resultCode, unproven.error, unproven.message);

  const target = readStrings(request, 'resources');
  if (target !== undefined && !target.some((resource) => resources.includes(resource))) {
    return refuse(UNAUTHORIZED, 'E080303', 'invalid_token', 'the access token is for other resources');
  }
  if (!covers(token, readStrings(request, 'scopes'))) {
    const scope = { scope: request.scopes?.join(' ') };
    const message = 'the access token does not cover the scopes';
    return refuse(FORBIDDEN, 'E080304', 'insufficient_scope', message, scope);
  }
  const subject = readString(request, 'subject');
  if (subject !== undefined && subject !== grant.subject) {
    return refuse(FORBIDDEN, 'E080305', 'invalid_request', 'the access token belongs to another subject');
  }
  // RFC 9470, section 3.
  const acrValues = readStrings(request, 'acrValues');
  if (acrValues !== undefined && !(grant.acr !== undefined && acrValues.includes(grant.acr))) {
    const message = 'the user did not authenticate strongly enough';
    const needed = { acr_values: acrValues.join(' ') };
    return refuse(UNAUTHORIZED, 'E080306', 'insufficient_user_authentication', message, needed);
  }
  const maxAge = readInteger(request, 'maxAge');
  if (maxAge !== undefined && (grant.authTime ?? 0) + maxAge < engine.settings.now() / 1000) {
    const message = 'the user authenticated too long ago';
    const needed = { max_age: String(maxAge) };
    return refuse(UNAUTHORIZED, 'E080307', 'insufficient_user_authentication', message, needed);
  }
  return undefined;
}

/** Whether the caller has what the token is bound to (RFC 8705, section 3; RFC 9449, section 7). */
async function judgePossession(
  engine: Engine,
  { binding }: AccessToken,
  request: IntrospectionRequest,
  htu: string | undefined,
): Promise<ProtocolError | undefined> {
  const { certificateThumbprint: bound, jkt } = binding;
  const invalid = (code: string, description: string) => new ProtocolError(code, 'invalid_token', description);
  if (bound !== undefined && !isBoundTo(request, bound)) {
    return invalid('E080308', 'the access token is bound to another certificate');
  }
  if (jkt === undefined) {
    if (readString(request, 'dpop') === undefined) return undefined;
    return invalid('E080309', 'the access token is not bound to a key: it is a bearer token');
  }
  try {
    const proven = await provenKey(engine, request, { htu, accessToken: request.token });
    if (proven === undefined)
      return invalid('E080310', 'the access token is bound to a key, and there is no DPoP proof');
    return proven === jkt ? undefined : invalid('E080311', 'the access token is bound to another key');
  } catch (error) {
    if (error instanceof ProtocolError && error.error !== 'server_error') return error;
    throw error;
  }
}

/** Whether the token has all the scopes. */
export function covers({ scopes }: AccessToken, needed: readonly string[] = []): boolean {
  return needed.every((scope) => scopes.includes(scope));
}

/** Makes a {@link Challenge}. */
export type Challenger = (
  action: IntrospectionAction,
  resultCode: string,
  error: string,
  message: string,
  more?: Readonly<Record<string, string | undefined>>,
) => Challenge;

/** Challenges in the scheme of the token: `DPoP` for one that is bound to a key, or that came with a proof. */
export function challenger(
  settings: Settings,
  request: Pick<IntrospectionRequest, 'dpop'>,
  token?: AccessToken,
): Challenger {
  const scheme = request.dpop ? 'DPoP' : tokenType(token?.binding ?? {});
  // RFC 9449, section 7.1.
  const algs = scheme === 'DPoP' ? { algs: signatureAlgorithms(settings).join(' ') } : undefined;
  return (action, resultCode, error, message, more) => {
    const parameters = Object.entries({ error, error_description: message, ...more, ...algs });
    const written = parameters.map(([name, value]) => `${name}="${quotable(value)}"`);
    return { action, resultCode, message, responseContent: `${scheme} ${written.join(',')}` };
  };
}

/** RFC 6750, section 3. */
function quotable(value = ''): string {
  return value.replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?');
}
