import { createHash, timingSafeEqual } from 'node:crypto';
import { ClientAuthMethod, type ClientCredentials } from '../../authlete/common-types.js';
import type { Client } from '../client/client.js';
import type { Form } from '../request/form.js';
import { ProtocolError } from '../request/protocol-error.js';
import type { Engine } from '../state/engine.js';
import { clientIdIn, presentedAssertion, verifyAssertion } from './assertion.js';
import { verifyCertificate } from './certificate.js';

/** A client that proved who it is. */
export interface AuthenticatedClient {
  readonly client: Client;
  /** The client id that the request used: the number or the alias. */
  readonly id: string;
}

/**
 * Authenticates the client (RFC 6749, section 2.3; CIBA Core 1.0, section 7.1): by the method that it registered, and
 * by no other. The certificate of a connection is not a method: clients with bound tokens send one anyway.
 *
 * @throws ProtocolError `invalid_client`, or `invalid_request` where more than one method is used
 */
export async function authenticateClient(
  engine: Engine,
  credentials: ClientCredentials,
  form: Form,
): Promise<AuthenticatedClient> {
  const { clients } = engine;
  const presented = presentedCredential(credentials, form);
  const formId = form.values.get('client_id');
  const id = credentials.clientId ?? formId ?? presented.clientId;
  if (id === undefined) throw invalidClient('E010301', 'the request does not name a client');
  const client = clients.get(id);
  if (client === undefined) throw invalidClient('E010302', 'the client is unknown');
  if (formId !== undefined && formId !== id && clients.get(formId) !== client) {
    throw invalidClient('E010303', 'client_id names another client than the credentials');
  }
  await verifyCredential(engine, client, presented, credentials);
  return { client, id };
}

/** What the client proves its identity with: one of these. */
interface Credential {
  readonly method?: 'CLIENT_SECRET_BASIC' | 'CLIENT_SECRET_POST';
  readonly secret?: string;
  readonly assertion?: string;
  readonly clientId?: string;
}

function presentedCredential({ clientSecret }: ClientCredentials, form: Form): Credential {
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

function verifyCredential(
  engine: Engine,
  client: Client,
  presented: Credential,
  credentials: ClientCredentials,
): Promise<void> | void {
  switch (client.authMethod) {
    case ClientAuthMethod.NONE:
      throw invalidClient('E010304', 'public clients may not use this endpoint');
    case ClientAuthMethod.CLIENT_SECRET_BASIC:
    case ClientAuthMethod.CLIENT_SECRET_POST:
      return verifySecret(client, presented);
    case ClientAuthMethod.CLIENT_SECRET_JWT:
    case ClientAuthMethod.PRIVATE_KEY_JWT:
      if (presented.assertion === undefined) throw wrongMethod(presented);
      return verifyAssertion(engine, client, presented.assertion);
    case ClientAuthMethod.TLS_CLIENT_AUTH:
    case ClientAuthMethod.SELF_SIGNED_TLS_CLIENT_AUTH:
      if (presented.secret !== undefined || presented.assertion !== undefined) throw wrongMethod(presented);
      return verifyCertificate(engine, client, credentials);
  }
}

function verifySecret({ authMethod, secretHash }: Client, presented: Credential): void {
  const { method, secret } = presented;
  if (method !== authMethod || secret === undefined) throw wrongMethod(presented);
  if (secretHash === undefined || !isSecret(secret, secretHash)) {
    throw invalidClient('E010307', 'the client secret is wrong');
  }
}

function wrongMethod({ secret, assertion }: Credential): ProtocolError {
  return secret === undefined && assertion === undefined
    ? invalidClient('E010305', 'the request has no client authentication')
    : invalidClient('E010306', 'the client authentication method is not the one that the client registered');
}

/** Compares in constant time, whatever the lengths. */
function isSecret(presented: string, secretHash: Buffer): boolean {
  return timingSafeEqual(createHash('sha256').update(presented).digest(), secretHash);
}

function invalidClient(resultCode: string, description: string): ProtocolError {
  return new ProtocolError(resultCode, 'invalid_client', description);
}
