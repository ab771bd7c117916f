import { ClientAuthMethod, type ClientCredentials } from '../../authlete/types/common-types.js';
import { readString } from '../request/call-parameters.js';
import type { Form } from '../request/form.js';
import { ProtocolError } from '../request/protocol-error.js';
import { clientIdIn, presentedAssertion } from './assertion.js';

/** What a client proves its identity with: a secret, an assertion, or neither. */
export interface Credential {
  readonly method?: 'CLIENT_SECRET_BASIC' | 'CLIENT_SECRET_POST';
  readonly secret?: string;
  readonly assertion?: string;
  readonly clientId?: string;
}

/**
 * Finds the credential of a request.
 *
 * @throws ProtocolError `invalid_request` if there is more than one
 */
export function presentedCredential(credentials: ClientCredentials, form: Form): Credential {
  const clientSecret = readString(credentials, 'clientSecret');
  const formSecret = form.values.get('client_secret');
  const assertion = presentedAssertion(form);
  if ([clientSecret, formSecret, assertion].filter((value) => value !== undefined).length > 1) {
    throw new ProtocolError('E010308', 'invalid_request', 'more than one client authentication method is used');
  }
  if (clientSecret !== undefined) return { method: ClientAuthMethod.CLIENT_SECRET_BASIC, secret: clientSecret };
  if (formSecret !== undefined) return { method: ClientAuthMethod.CLIENT_SECRET_POST, secret: formSecret };
  if (assertion === undefined) return {};
  return { assertion, clientId: form.values.has('client_id') ? undefined : clientIdIn(assertion) };
}

/** The error of a client that authenticates with a method that it did not register, or not at all. */
export function wrongMethodError({ secret, assertion }: Credential): ProtocolError {
  return secret === undefined && assertion === undefined
    ? invalidClientError('E010305', 'the request has no client authentication')
    : invalidClientError('E010306', 'the client authentication method is not the one that the client registered');
}

export function invalidClientError(resultCode: string, description: string): ProtocolError {
  return new ProtocolError(resultCode, 'invalid_client', description);
}
