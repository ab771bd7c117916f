import { createHash, X509Certificate } from 'node:crypto';
import type { ClientCredentials } from '../../authlete/types/common-types.js';
import { readString, readStrings } from '../request/call-parameters.js';
import type { ProtocolError } from '../request/protocol-error.js';

/** Maximum number of certificates above the leaf; real chains have two or three. */
const maxPath = 10;

/**
 * Parses the certificate that the caller presented.
 *
 * @param refuse makes the error for one that does not parse
 */
export function presentedCertificate(
  call: Pick<ClientCredentials, 'clientCertificate'>,
  refuse: (description: string) => ProtocolError,
): X509Certificate | undefined {
  const pem = readString(call, 'clientCertificate');
  return pem === undefined ? undefined : parse(pem, refuse);
}

/** Parses the certificates that the client presented in addition to its own. */
export function presentedPath(
  call: Pick<ClientCredentials, 'clientCertificatePath'>,
  refuse: (description: string) => ProtocolError,
): X509Certificate[] {
  const path = readStrings(call, 'clientCertificatePath') ?? [];
  if (path.length > maxPath) throw refuse(`has more than ${maxPath} certificates above it`);
  return path.map((pem) => parse(pem, refuse));
}

function parse(pem: string, refuse: (description: string) => ProtocolError): X509Certificate {
  // On their way through headers and configuration, the line breaks of PEM often become spaces, or nothing.
  const [, base64] = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/.exec(pem) ?? [];
  try {
    return new X509Certificate(base64 === undefined ? pem : Buffer.from(base64, 'base64'));
  } catch {
    throw refuse('does not parse');
  }
}

/** `x5t#S256` (RFC 8705, section 3.1). */
export function thumbprint({ raw }: X509Certificate): string {
  return createHash('sha256').update(raw).digest('base64url');
}
