import { MalformedCertificateError } from './error.js';

const beginning = '-----BEGIN CERTIFICATE-----';
const end = '-----END CERTIFICATE-----';

/**
 * Reads URL-encoded PEM, one certificate or several: nginx's `$ssl_client_escaped_cert`, the values of Envoy's `Cert`
 * and `Chain`, the headers of the AWS Application Load Balancer. That balancer does not encode `+`, so a
 * `+` never means a space here.
 *
 * @returns the certificates, DER
 */
export function parseEscapedPem(value: string): Buffer[] {
  const [before, ...blocks] = decoded(value).split(beginning);
  if (before?.trim() !== '' || blocks.length === 0) throw notPem();
  return blocks.map((block) => {
    const [body, after, ...more] = block.split(end);
    const base64 = body?.replace(/\s+/g, '') ?? '';
    if (after?.trim() !== '' || more.length > 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw notPem();
    return Buffer.from(base64, 'base64');
  });
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch (cause) {
    throw notPem({ cause });
  }
}

function notPem(options?: ErrorOptions): MalformedCertificateError {
  return new MalformedCertificateError('the client certificate is not URL-encoded PEM', options);
}
