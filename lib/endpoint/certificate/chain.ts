import { X509Certificate } from 'node:crypto';
import { MalformedCertificateError } from './error.js';

/** The certificate that a client presented, in the form that Authlete takes it. */
export interface ClientCertificate {
  /** The client's own certificate, PEM (RFC 7468). */
  clientCertificate: string;
  /** The certificates that came with it, PEM, in their order; the client's own is not among them. Absent if none came. */
  clientCertificatePath?: string[] | undefined;
}

/**
 * The most certificates that a request may bring, the client's own included. Chains on the public internet have two to
 * four; each certificate costs time to parse here and again at the engine.
 */
export const maxChain = 10;

/**
 * The certificates as Authlete takes them; some proxies repeat the client's own certificate in the chain.
 *
 * @param certificates DER, the client's own first
 */
export function clientCertificate(certificates: readonly Buffer[]): ClientCertificate {
  const [own, ...others] = certificates.map(toPem) as [string, ...string[]];
  const path = others.filter((certificate) => certificate !== own);
  if (path.length >= maxChain) {
    throw new MalformedCertificateError(`the client certificate chain is longer than ${maxChain} certificates`);
  }
  return path.length === 0 ? { clientCertificate: own } : { clientCertificate: own, clientCertificatePath: path };
}

/** Refuses anything but X.509 certificates. */
export function assertCertificates({ clientCertificate, clientCertificatePath = [] }: ClientCertificate): void {
  for (const pem of [clientCertificate, ...clientCertificatePath]) {
    let parsed: string;
    try {
      parsed = new X509Certificate(pem).toString();
    } catch (cause) {
      throw notCertificate({ cause });
    }
    // The parser ignores what follows the certificate.
    if (parsed !== pem) throw notCertificate();
  }
}

function notCertificate(options?: ErrorOptions): MalformedCertificateError {
  return new MalformedCertificateError('the client certificate, or one in its chain, cannot be parsed', options);
}

function toPem(der: Buffer): string {
  const lines = der.toString('base64').replace(/.{1,64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`;
}
