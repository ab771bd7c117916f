import { type webcrypto, X509Certificate } from 'node:crypto';
import { PemConverter, SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509';

/** PEM. */
export interface KeyAndCertificate {
  key: string;
  cert: string;
}

const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };

/** Makes an RSA key of 2048 bits, which takes a while. */
export function makeRsaKeys(): Promise<webcrypto.CryptoKeyPair> {
  const size = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
  return crypto.subtle.generateKey({ ...algorithm, ...size }, true, ['sign', 'verify']);
}

/**
 * Makes a self-signed certificate that lasts ten years.
 *
 * @param keys default: new ones
 */
export async function makeSelfSigned(
  name: string,
  hosts: string[] = [],
  keys?: webcrypto.CryptoKeyPair,
): Promise<KeyAndCertificate> {
  keys ??= await makeRsaKeys();
  const notBefore = new Date();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    notBefore,
    notAfter: new Date(notBefore.getTime() + 10 * 365 * 86_400_000),
    keys,
    signingAlgorithm: algorithm,
    extensions:
      hosts.length === 0 ? [] : [new SubjectAlternativeNameExtension(hosts.map((value) => ({ type: 'dns', value })))],
  });
  return {
    key: PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY'),
    cert: new X509Certificate(Buffer.from(certificate.rawData)).toString(),
  };
}
