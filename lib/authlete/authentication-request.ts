import type { BackchannelAuthenticationResponse } from './backchannel-authentication.js';
import type { DeliveryMode, Scope, UserIdentificationHintType } from './common-types.js';

type Hidden = 'ticket' | 'clientNotificationToken' | 'responseContent' | 'action';
type Known<T> = { [K in keyof T]?: NonNullable<T[K]> };

/**
 * A valid backchannel authentication request, as hooks see it: Authlete's parsed request without what no hook needs and
 * no log should see (`ticket`, `clientNotificationToken`). Fields without a value are absent, never `null`.
 */
export interface AuthenticationRequest extends Known<Omit<BackchannelAuthenticationResponse, Hidden>> {
  /** All digits of the client's number; a textual id is in `clientIdAlias`. */
  clientId: string;
  /** Which hint the client sent. */
  hintType: UserIdentificationHintType;
  /** The hint's value. */
  hint: string;
  /** The requested scopes that are registered. */
  scopes: Scope[];
  /** How the client wants to hear of the decision. */
  deliveryMode: DeliveryMode;
}

/** Makes what hooks see of Authlete's answer. */
export function authenticationRequest(response: BackchannelAuthenticationResponse): AuthenticationRequest {
  const request: Record<string, unknown> = {
    clientId: '',
    hintType: 'LOGIN_HINT',
    hint: '',
    scopes: [],
    deliveryMode: 'POLL',
  };
  for (const name of Object.keys(response)) {
    const value = response[name as keyof BackchannelAuthenticationResponse];
    if (value !== null && value !== undefined && !hidden.has(name)) request[name] = value;
  }
  // An API that is not ours may hand out the number itself.
  request.clientId = String(request.clientId);
  return request as unknown as AuthenticationRequest;
}

const hidden: ReadonlySet<string> = new Set<Hidden>(['ticket', 'clientNotificationToken', 'responseContent', 'action']);
