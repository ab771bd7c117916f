import { DeliveryMode, UserIdentificationHintType } from '../../authlete/types/common-types.js';
import type { Client } from '../client/client.js';
import type { Settings } from '../settings/settings.js';
import type { AcceptedRequest } from '../state/accepted-request.js';
import { judgeAuthorizationDetails } from './authorization-details.js';
import type { Form, RequestParameters } from './form.js';
import { ProtocolError } from './protocol-error.js';
import { type RequestedScopes, requestedScopes, scopeNames } from './requested-scopes.js';
import { judgeResources } from './resources.js';

/**
 * Judges the parameters of an authenticated client's request (CIBA Core 1.0, section 7.1).
 *
 * @throws ProtocolError with the error for the client
 */
export function judgeRequest(settings: Settings, client: Client, form: RequestParameters): AcceptedRequest {
  const parameters = form.values;
  if (parameters.has('request_uri')) throw invalidRequest('E020302', 'request_uri is not supported');
  const hint = readHint(parameters);
  const requested = readScopes(settings, client, parameters);
  const clientNotificationToken = readNotificationToken(client, parameters);
  const requestedExpiry = readRequestedExpiry(parameters);
  const userCode = parameters.get('user_code');
  if (userCode !== undefined && !settings.userCode) throw invalidRequest('E020315', 'user_code is not supported');
  if (client.userCodeRequired && userCode === undefined) {
    throw new ProtocolError('E020303', 'missing_user_code', 'user_code is missing');
  }
  const bindingMessage = parameters.get('binding_message');
  const details = parameters.get('authorization_details');
  const hasContext = details !== undefined || requested.dynamicScopes.length > 0;
  if (settings.fapi && bindingMessage === undefined && !hasContext) {
    // FAPI-CIBA, section 5.2.2: nothing else makes the context of the request unique.
    throw invalidRequest('E020313', 'binding_message is missing');
  }
  const acrs = readAcrs(settings, parameters);
  return {
    hintType: hint.hintType,
    hint: hint.hint,
    scopes: requested.scopes,
    dynamicScopes: requested.dynamicScopes,
    acrs,
    warnings: settings.warnings ? droppedWarnings(parameters, requested, acrs) : [],
    bindingMessage,
    userCode,
    requestedExpiry,
    clientNotificationToken,
    resources: form.resources.length === 0 ? undefined : judgeResources(settings, form.resources),
    requestContext: form.requestContext,
    authorizationDetails: details === undefined ? undefined : judgeAuthorizationDetails(client, details),
  };
}

type Parameters = Form['values'];

const hintTypes = [
  ['login_hint', UserIdentificationHintType.LOGIN_HINT],
  ['login_hint_token', UserIdentificationHintType.LOGIN_HINT_TOKEN],
  ['id_token_hint', UserIdentificationHintType.ID_TOKEN_HINT],
] as const;

function readHint(parameters: Parameters): Pick<AcceptedRequest, 'hintType' | 'hint'> {
  const [only, ...others] = hintTypes.filter(([name]) => parameters.has(name));
  if (only === undefined || others.length > 0) {
    throw invalidRequest('E020304', 'exactly one of login_hint, login_hint_token and id_token_hint is needed');
  }
  const [name, hintType] = only;
  return { hintType, hint: parameters.get(name) ?? '' };
}

function readScopes(settings: Settings, client: Client, parameters: Parameters): RequestedScopes {
  const requested = parameters.get('scope');
  if (requested === undefined) throw invalidRequest('E020305', 'scope is missing');
  const known = requestedScopes(settings, client, requested);
  if (!known.scopes.some(({ name }) => name === 'openid')) {
    throw new ProtocolError('E020306', 'invalid_scope', 'scope does not include openid');
  }
  return known;
}

/** The syntax of bearer tokens (RFC 6750, section 2.1). */
const bearerToken = /^[A-Za-z0-9\-._~+/]+=*$/;

function readNotificationToken(client: Client, parameters: Parameters): string | undefined {
  if (client.deliveryMode === DeliveryMode.POLL) return undefined;
  const token = parameters.get('client_notification_token');
  if (token === undefined) throw invalidRequest('E020307', 'client_notification_token is missing');
  if (token.length > 1024 || !bearerToken.test(token)) {
    throw invalidRequest('E020308', 'client_notification_token is not a bearer token of at most 1024 characters');
  }
  return token;
}

function readRequestedExpiry(parameters: Parameters): number {
  const value = parameters.get('requested_expiry');
  if (value === undefined) return 0;
  if (!/^\d+$/.test(value) || Number(value) === 0) {
    throw invalidRequest('E020309', 'requested_expiry is not a positive integer');
  }
  return Math.min(Number(value), 2 ** 31 - 1);
}

function readAcrs({ acrs }: Settings, parameters: Parameters): string[] | undefined {
  const requested = parameters.get('acr_values')?.split(' ');
  const supported = requested?.filter((acr) => acrs.has(acr)) ?? [];
  return supported.length > 0 ? supported : undefined;
}

function droppedWarnings(parameters: Parameters, requested: RequestedScopes, acrs: readonly string[] = []): string[] {
  const dropped = (name: string, kept: readonly string[]) => {
    const values = (parameters.get(name)?.split(' ') ?? []).filter((value) => !kept.includes(value));
    return values.length === 0 ? [] : [`${name}: ${values.join(' ')} is not registered, or not for this client`];
  };
  return [...dropped('scope', scopeNames(requested)), ...dropped('acr_values', acrs)];
}

function invalidRequest(resultCode: string, description: string): ProtocolError {
  return new ProtocolError(resultCode, 'invalid_request', description);
}
