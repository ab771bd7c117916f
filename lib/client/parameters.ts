import { createHash } from 'node:crypto';

/**
 * What is asked: the parameters of an authentication request (CIBA Core, 7.1; RFC 9396; RFC 8707 for one `resource`).
 * Objects and arrays are sent as JSON.
 */
export interface AskParameters {
  /** `openid` and what else is asked for. */
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
  /** Others that the server knows. */
  [parameter: string]: unknown;
}

/** Made here, for each request. */
const own = ['client_notification_token', 'request', 'request_uri', 'client_id', 'client_secret', 'client_assertion'];

/**
 * @returns the parameters as they are sent in a form
 * @throws TypeError that names the parameter
 */
export function formParameters(parameters: AskParameters): Record<string, string> {
  if (typeof parameters !== 'object' || parameters === null) throw new TypeError('ask needs an object of parameters');
  if (typeof parameters.scope !== 'string' || !parameters.scope.split(' ').includes('openid')) {
    throw new TypeError('scope must be a string with `openid` in it');
  }
  const form: Record<string, string> = {};
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) continue;
    if (own.includes(name)) throw new TypeError(`${name} is made by the client: leave it out`);
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

/** By which the same request is known again. */
export function fingerprint(form: Readonly<Record<string, string>>): string {
  const entries = Object.entries(form).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(entries)).digest('base64url');
}
