import { createHash, type webcrypto, X509Certificate } from 'node:crypto';
import {
  BasicConstraintsExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { exportJWK, type JWK } from 'jose';
import { keyPair } from './key-pairs.js';

/** A certificate made for a spec, with its key; PEM wherever a server or client takes it. */
export interface TestCertificate {
  /** The certificate. */
  cert: string;
  /** Its private key, PKCS #8. */
  key: string;
  /** The certificate, then those of its issuers up to the root: what a client presents. */
  chain: string;
  /** `x5t#S256` (RFC 8705, section 3.1). */
  thumbprint: string;
  subject: string;
  /** Its public key. */
  publicJwk: JWK;
  keys: webcrypto.CryptoKeyPair;
  /** Who issued it; itself, when self-signed. */
  issuer: TestCertificate;
}

export interface TestCertificateOptions {
  /** Distinguished name, in the order of the certificate: `C=PT, O=Bank, CN=teller`, RFC 4514 the other way round. */
  subject?: string;
  /** Subject alternative names. */
  san?: { type: 'dns' | 'email' | 'ip' | 'url'; value: string }[];
  /**
   * `EC` (P-256, default), `RSA` of 2048 bits (so slow to make that there is one for all), or a key that another
   * certificate has.
   */
  key?: 'EC' | 'RSA' | webcrypto.CryptoKeyPair;
  /** Who signs; self-signed without. */
  issuer?: TestCertificate;
  /** Whether it may issue others. Default: false. */
  ca?: boolean;
  /** Default: an hour ago. */
  notBefore?: Date;
  /** Default: in a day. */
  notAfter?: Date;
}

/** Makes a certificate and its key. */
export async function makeCertificate(options: TestCertificateOptions = {}): Promise<TestCertificate> {
  const { subject = 'CN=teller', san = [], key = 'EC', issuer, ca = false } = options;
  const keys = typeof key === 'object' ? key : await makeKeys(key);
  const extensions: Extension[] = [new BasicConstraintsExtension(ca, undefined, true)];
  if (ca) extensions.push(new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true));
  if (san.length > 0) extensions.push(new SubjectAlternativeNameExtension(san));
  const signer = issuer?.keys ?? keys;
  const made = await X509CertificateGenerator.create({
    subject,
    issuer: issuer?.subject ?? subject,
    notBefore: options.notBefore ?? new Date(Date.now() - 3_600_000),
    notAfter: options.notAfter ?? new Date(Date.now() + 86_400_000),
    publicKey: keys.publicKey,
    signingKey: signer.privateKey,
    signingAlgorithm: { ...signer.privateKey.algorithm, hash: 'SHA-256' },
    extensions,
  });
  const der = Buffer.from(made.rawData);
  const cert = new X509Certificate(der).toString();
  const certificate: Omit<TestCertificate, 'issuer'> = {
    cert,
    key: PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY'),
    chain: issuer === undefined ? cert : cert + issuer.chain,
    thumbprint: createHash('sha256').update(der).digest('base64url'),
    subject,
    publicJwk: await exportJWK(keys.publicKey),
    keys,
  };
  return Object.assign(certificate, { issuer: issuer ?? (certificate as TestCertificate) });
}

/** A root, an intermediate that it issued, and a leaf of that one, made with `options`. */
export async function makeChain(options: TestCertificateOptions = {}): Promise<{
  root: TestCertificate;
  intermediate: TestCertificate;
  leaf: TestCertificate;
}> {
  const root = await makeCertificate({ subject: 'CN=Test Root', ca: true });
  const intermediate = await makeCertificate({ subject: 'CN=Test Intermediate', ca: true, issuer: root });
  return { root, intermediate, leaf: await makeCertificate({ ...options, issuer: intermediate }) };
}

function makeKeys(type: 'EC' | 'RSA'): Promise<webcrypto.CryptoKeyPair> {
  if (type === 'RSA') return keyPair('RS256');
  return crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
}
