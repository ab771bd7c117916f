import { createHash } from 'node:crypto';
import { decodeJwt } from 'jose';

/**
 * The parameters of an authentication request (CIBA Core, 7.1; RFC 9396; RFC 8707 for one `resource`).
 * Objects and arrays are sent as JSON.
 */
export interface AskParameters {
  /** `openid` and further scopes. */
  scope: string;
  login_hint?: string | undefined;
  login_hint_token?: string | undefined;
  id_token_hint?: string | undefined;
  binding_message?: string | undefined;
  acr_values?: string | undefined;
  user_code?: string | undefined;
  /** Seconds. */
  requested_expiry?: number | undefined;
  authorization_details?: readonly object[] | undefined;
  claims?: object | undefined;
  resource?: string | undefined;
  /** Other parameters that the server knows. */
  [parameter: string]: unknown;
}

/** The parameters as they are sent. */
export type Form = Readonly<Record<string, string>>;

/** Parameters that the client sets itself. */
const own = ['client_notification_token', 'request', 'request_uri', 'client_id', 'client_secret', 'client_assertion'];

/**
 * @returns the parameters as they are sent in a form
 * @throws TypeError that names the parameter
 */
export function formParameters(parameters: AskParameters): Form {
  if (typeof parameters !== 'object' || parameters === null) throw new TypeError('ask needs an object of parameters');
  if (typeof parameters.scope !== 'string' || !parameters.scope.split(' ').includes('openid')) {
    throw new TypeError('scope must be a string with `openid` in it');
  }
  const form: Record<string, string> = {};
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) continue;
    if (own.includes(name)) throw new TypeError(`${name} is set by the client: leave it out`);
    form[name] = textOf(name, value);
  }
  return form;
}

function textOf(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'object' && value !== null) return JSON.stringify(value);
  throw new TypeError(`${name} must be a string, a number, an object or an array`);
}

/** Parameters that are signed JWTs. They expire within minutes, and a process that starts again signs new ones. */
const statements: ReadonlySet<string> = new Set(['actor_token', 'login_hint_token', 'id_token_hint']);

/**
 * A hash that recognises the same request, even after a crash: members may be in another order, as some databases store them,
 * and statements may have been signed anew.
 */
export function fingerprint(parameters: AskParameters): string {
  const meant = Object.entries(parameters).map(([name, value]) => [
    name,
    statements.has(name) ? claimsOf(value) : value,
  ]);
  return createHash('sha256')
    .update(JSON.stringify(Object.fromEntries(meant), withSortedMembers))
    .digest('base64url');
}

/** The statement's claims, without those that differ from one signing to the next. */
function claimsOf(value: unknown): unknown {
  try {
    const { iat, nbf, exp, jti, ...claims } = decodeJwt(value as string);
    return claims;
  } catch {
    // Opaque, or encrypted.
    return value;
  }
}

function withSortedMembers(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
