import { timingSafeEqual } from 'node:crypto';
import type { ClientCredentials } from '../../authlete/types/common-types.js';
import { presentedCertificate, thumbprint } from '../authentication/presented-certificate.js';
import type { Client } from '../client/client.js';
import { ProtocolError } from '../request/protocol-error.js';

/**
 * Finds the certificate that the access token of a token request is bound to (RFC 8705, section 3).
 *
 * @returns its thumbprint; `undefined` when the client's tokens are not bound
 * @throws ProtocolError `invalid_request` when there is no certificate to bind to
 */
export function bindingOf(client: Client, request: ClientCredentials): string | undefined {
  if (!client.boundTokens) return undefined;
  const certificate = presentedCertificate(request, refuse);
  if (certificate === undefined) throw refuse('is missing: the access tokens of this client are bound to it');
  return thumbprint(certificate);
}

/** Whether the certificate, in PEM, is the one with the thumbprint. */
export function isBoundTo(call: Pick<ClientCredentials, 'clientCertificate'>, bound: string): boolean {
  try {
    const certificate = presentedCertificate(call, refuse);
    if (certificate === undefined) return false;
    return timingSafeEqual(Buffer.from(thumbprint(certificate)), Buffer.from(bound));
  } catch {
    return false;
  }
}

function refuse(description: string): ProtocolError {
  return new ProtocolError('E070305', 'invalid_request', `the client certificate ${description}`);
}
