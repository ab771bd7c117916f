import { X509Certificate } from 'node:crypto';
import { PemConverter, SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509';

/** PEM. */
export interface KeyAndCertificate {
  key: string;
  cert: string;
}

/** Makes an RSA key of 2048 bits and a certificate for it that signs itself and lasts ten years. */
export async function makeSelfSigned(name: string, hosts: string[] = []): Promise<KeyAndCertificate> {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const keys = await crypto.subtle.generateKey(
    { ...algorithm, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
    true,
    ['sign', 'verify'],
  );
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
