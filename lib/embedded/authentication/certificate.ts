import type { X509Certificate } from 'node:crypto';
import { ClientAuthMethod, type ClientCredentials } from '../../authlete/types/common-types.js';
import { jwksUriFailure } from '../../jwt/jwks-uri.js';
import type { Client } from '../client/client.js';
import { ProtocolError } from '../request/protocol-error.js';
import { isTrusted } from '../settings/trust-anchors.js';
import type { Engine } from '../state/engine.js';
import { presentedCertificate, presentedPath } from './presented-certificate.js';

/**
 * Verifies the certificate of a client that authenticates with it: `tls_client_auth` trusts a subject that an authority
 * has certified, `self_signed_tls_client_auth` a registered key (RFC 8705, section 2).
 *
 * @throws ProtocolError `invalid_client`
 */
export async function verifyCertificate(engine: Engine, client: Client, credentials: ClientCredentials): Promise<void> {
  const certificate = presentedCertificate(credentials, refuse);
  if (certificate === undefined) throw refuse('is missing');
  if (client.authMethod === ClientAuthMethod.SELF_SIGNED_TLS_CLIENT_AUTH) {
    if (!(await isClientKey(client, certificate))) throw refuse('has a key that the client has not registered');
    return;
  }
  const { trustAnchors, now } = engine.settings;
  if (trustAnchors === undefined) throw refuse('cannot be verified: the engine has no trustAnchors');
  if (!isTrusted(certificate, presentedPath(credentials, refuse), trustAnchors, now())) {
    throw refuse('does not lead to a trust anchor');
  }
  if (!client.isSubject?.(certificate)) throw refuse('has a subject that the client has not registered');
}

async function isClientKey({ keys }: Client, certificate: X509Certificate): Promise<boolean | undefined> {
  try {
    return await keys?.holds(certificate.publicKey);
  } catch (error) {
    throw refuse(`cannot be verified: ${jwksUriFailure(error) ?? 'its key cannot be used'}`);
  }
}

function refuse(description: string): ProtocolError {
  return new ProtocolError('E010311', 'invalid_client', `the client certificate ${description}`);
}
