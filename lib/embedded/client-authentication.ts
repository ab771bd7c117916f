import { createHash, timingSafeEqual } from 'node:crypto';
import { ClientAuthMethod, type ClientCredentials } from '../authlete/common-types.js';
import type { Client, Clients } from './clients.js';
import type { Form } from './form.js';
import { ProtocolError } from './protocol-error.js';

/** A client that proved who it is. */
export interface AuthenticatedClient {
  readonly client: Client;
  /** The client id that the request used: the number or the alias. */
  readonly id: string;
}

/**
 * Authenticates the client (RFC 6749, section 2.3; CIBA Core 1.0, section 7.1): by the method that it registered, and
 * by no other.
 *
 * @throws ProtocolError `invalid_client`, or `invalid_request` where more than one method is used
 */
export function authenticateClient(clients: Clients, credentials: ClientCredentials, form: Form): AuthenticatedClient {
  const presented = presentedSecret(credentials, form);
  const id = credentials.clientId ?? form.values.get('client_id');
  if (id === undefined) throw invalidClient('E010301', 'the request does not name a client');
  const client = clients.get(id);
  if (client === undefined) throw invalidClient('E010302', 'the client is unknown');
  const formId = form.values.get('client_id');
  if (formId !== undefined && formId !== id && clients.get(formId) !== client) {
    throw invalidClient('E010303', 'client_id names another client than the credentials');
  }
  if (client.authMethod === ClientAuthMethod.NONE) {
    throw invalidClient('E010304', 'public clients may not use this endpoint');
  }
  if (presented === undefined) throw invalidClient('E010305', 'the request has no client authentication');
  if (presented.method !== client.authMethod) {
    throw invalidClient('E010306', 'the client authentication method is not the one that the client registered');
  }
  if (client.secretHash === undefined || !isSecret(presented.secret, client.secretHash)) {
    throw invalidClient('E010307', 'the client secret is wrong');
  }
  return { client, id };
}

function presentedSecret({ clientSecret }: ClientCredentials, form: Form) {
  const formSecret = form.values.get('client_secret');
  if (clientSecret !== undefined && formSecret !== undefined) {
    throw new ProtocolError('E010308', 'invalid_request', 'more than one client authentication method is used');
  }
  if (clientSecret !== undefined) return { method: ClientAuthMethod.CLIENT_SECRET_BASIC, secret: clientSecret };
  if (formSecret !== undefined) return { method: ClientAuthMethod.CLIENT_SECRET_POST, secret: formSecret };
  return undefined;
}

/** Compares in constant time, whatever the lengths. */
function isSecret(presented: string, secretHash: Buffer): boolean {
  return timingSafeEqual(createHash('sha256').update(presented).digest(), secretHash);
}

function invalidClient(resultCode: string, description: string): ProtocolError {
  return new ProtocolError(resultCode, 'invalid_client', description);
}
