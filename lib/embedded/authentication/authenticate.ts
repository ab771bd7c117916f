import { ClientAuthMethod, type ClientCredentials } from '../../authlete/types/common-types.js';
import type { Client } from '../client/client.js';
import { readString } from '../request/call-parameters.js';
import type { Form } from '../request/form.js';
import type { Engine } from '../state/engine.js';
import { verifyAssertion } from './assertion.js';
import { verifyCertificate } from './certificate.js';
import { type Credential, invalidClientError, presentedCredential, wrongMethodError } from './credential.js';
import { verifySecret } from './secret.js';

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
 * @throws ProtocolError `invalid_client`, or `invalid_request` if the request uses more than one method
 */
export async function authenticateClient(
  engine: Engine,
  credentials: ClientCredentials,
  form: Form,
): Promise<AuthenticatedClient> {
  const { clients } = engine;
  const presented = presentedCredential(credentials, form);
  const formId = form.values.get('client_id');
  const id = readString(credentials, 'clientId') ?? formId ?? presented.clientId;
  if (id === undefined) throw invalidClientError('E010301', 'the request does not name a client');
  const client = clients.get(id);
  if (client === undefined) throw invalidClientError('E010302', 'the client is unknown');
  if (formId !== undefined && formId !== id && clients.get(formId) !== client) {
    throw invalidClientError('E010303', 'client_id names another client than the credentials');
  }
  await verifyCredential(engine, client, presented, credentials);
  return { client, id };
}

function verifyCredential(
  engine: Engine,
  client: Client,
  presented: Credential,
  credentials: ClientCredentials,
): Promise<void> | void {
  switch (client.authMethod) {
    case ClientAuthMethod.NONE:
      throw invalidClientError('E010304', 'public clients may not use this endpoint');
    case ClientAuthMethod.CLIENT_SECRET_BASIC:
    case ClientAuthMethod.CLIENT_SECRET_POST:
      return verifySecret(client, presented);
    case ClientAuthMethod.CLIENT_SECRET_JWT:
    case ClientAuthMethod.PRIVATE_KEY_JWT:
      if (presented.assertion === undefined) throw wrongMethodError(presented);
      return verifyAssertion(engine, client, presented.assertion);
    case ClientAuthMethod.TLS_CLIENT_AUTH:
    case ClientAuthMethod.SELF_SIGNED_TLS_CLIENT_AUTH:
      if (presented.secret !== undefined || presented.assertion !== undefined) throw wrongMethodError(presented);
      return verifyCertificate(engine, client, credentials);
  }
}
