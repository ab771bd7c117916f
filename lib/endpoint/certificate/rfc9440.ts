import { MalformedCertificateError } from './error.js';

const byteSequence = /^:([A-Za-z0-9+/]*={0,2}):$/;

/**
 * Reads the fields `Client-Cert` and `Client-Cert-Chain` (RFC 9440, section 2): the first is a byte sequence of structured
 * fields (RFC 8941, section 3.3.5), the second a list of such byte sequences.
 *
 * @returns the certificates, DER, the leaf first
 */
export function parseStructuredFields(certificate: string, chain: string | undefined): Buffer[] {
  return [certificate, ...(chain?.split(',') ?? [])].map((value) => {
    const base64 = byteSequence.exec(value.trim())?.[1];
    if (base64 === undefined) {
      throw new MalformedCertificateError('the client certificate is not a byte sequence, as RFC 9440 requires');
    }
    return Buffer.from(base64, 'base64');
  });
}
