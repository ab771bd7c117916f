import { AuthleteError } from './errors.js';
import type { BackchannelAuthenticationResponse } from './types/backchannel-authentication.js';
import { DeliveryMode, type Scope, UserIdentificationHintType } from './types/common-types.js';
import { type WithoutNulls, withoutNulls } from './without-nulls.js';

type Hidden = 'ticket' | 'clientNotificationToken' | 'responseContent' | 'action';

/**
 * A valid backchannel authentication request, as hooks see it: the request as Authlete parsed it, without its secrets
 * (`ticket`, `clientNotificationToken`), which no hook needs and no log should show. Fields without a value are absent, never
 * `null`.
 */
export interface AuthenticationRequest extends WithoutNulls<Omit<BackchannelAuthenticationResponse, Hidden>> {
  /** All digits of the client's number; a textual id is in `clientIdAlias`. */
  clientId: string;
  /** Which hint the client sent. */
  hintType: UserIdentificationHintType;
  /** The hint's value. */
  hint: string;
  /** The requested scopes that are registered. */
  scopes: Scope[];
  /** How the client learns of the decision. */
  deliveryMode: DeliveryMode;
}

/**
 * Makes what hooks see of Authlete's answer, and checks the types of the fields that hooks and later steps act on: an unknown
 * type of hint, or an unknown delivery mode, would otherwise be mistaken for a known one.
 *
 * @throws AuthleteError `ERR_AUTHLETE_ANSWER` that names the field
 */
export function authenticationRequest(response: BackchannelAuthenticationResponse): AuthenticationRequest {
  const request: Record<string, unknown> = withoutNulls(response, hidden);
  request.clientId ??= '';
  request.hint ??= '';
  request.scopes ??= [];
  // Another implementation of the API may give the number itself.
  if (typeof request.clientId === 'number' || typeof request.clientId === 'bigint') {
    request.clientId = String(request.clientId);
  }
  for (const [name, check] of checks) if (!check(request[name])) throw unusable(name);
  return request as unknown as AuthenticationRequest;
}

const hidden: ReadonlySet<string> = new Set<Hidden>(['ticket', 'clientNotificationToken', 'responseContent', 'action']);

const isText = (value: unknown) => typeof value === 'string';
const isOptional = (check: (value: unknown) => boolean) => (value: unknown) => value === undefined || check(value);
const isListOf = (check: (value: unknown) => boolean) => (value: unknown) => Array.isArray(value) && value.every(check);
const isOneOf = (values: object) => (value: unknown) => isText(value) && Object.hasOwn(values, value as string);
const hasText = (member: string) => (value: unknown) => isText((value as Record<string, unknown> | null)?.[member]);

const checks: readonly [keyof AuthenticationRequest, (value: unknown) => boolean][] = [
  ['clientId', isText],
  ['clientIdAlias', isOptional(isText)],
  ['hintType', isOneOf(UserIdentificationHintType)],
  ['hint', isText],
  ['deliveryMode', isOneOf(DeliveryMode)],
  ['scopes', isListOf(hasText('name'))],
  ['dynamicScopes', isOptional(isListOf(hasText('value')))],
  ['claimNames', isOptional(isListOf(isText))],
  ['acrs', isOptional(isListOf(isText))],
  ['resources', isOptional(isListOf(isText))],
  ['bindingMessage', isOptional(isText)],
  ['userCode', isOptional(isText)],
];

function unusable(name: string): AuthleteError {
  const api = 'backchannelAuthentication';
  return new AuthleteError('ERR_AUTHLETE_ANSWER', `the answer of ${api} has no usable ${name}`, { api });
}
