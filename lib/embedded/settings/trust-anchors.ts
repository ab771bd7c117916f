import { X509Certificate } from 'node:crypto';

/** Certificates that are trusted without further proof. */
export type TrustAnchors = readonly X509Certificate[];

/** @throws TypeError when it is not PEM */
export function readTrustAnchors(trustAnchors: unknown): TrustAnchors | undefined {
  if (trustAnchors === undefined) return undefined;
  const anchors = [trustAnchors].flat().flatMap(certificatesIn);
  if (anchors.length === 0) throw new TypeError('trustAnchors must hold a certificate');
  return anchors;
}

function certificatesIn(bundle: unknown): X509Certificate[] {
  const pems = typeof bundle === 'string' && bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  if (!pems) throw new TypeError('trustAnchors must be certificates in PEM');
  try {
    return pems.map((pem) => new X509Certificate(pem));
  } catch (cause) {
    throw new TypeError('trustAnchors holds a certificate that does not parse', { cause });
  }
}

/**
 * Whether a client's certificate leads to a trust anchor (RFC 5280, section 6; without the checks for which Node gives no
 * data: constraints on path length and names, and revocation).
 *
 * @param path certificates that may be on the way, in any order
 * @param now milliseconds since the epoch
 */
export function isTrusted(
  leaf: X509Certificate,
  path: readonly X509Certificate[],
  anchors: TrustAnchors,
  now: number,
): boolean {
  if (!isForClients(leaf)) return false;
  // Each is visited once, even if they point at each other.
  const unvisited = new Set(path);
  const reached = [leaf];
  for (const certificate of reached) {
    if (!isInTime(certificate, now)) continue;
    const isAnchored = anchors.some(
      (anchor) =>
        certificate.fingerprint256 === anchor.fingerprint256 || (isInTime(anchor, now) && issued(anchor, certificate)),
    );
    if (isAnchored) return true;
    for (const candidate of unvisited) {
      if (!issued(candidate, certificate)) continue;
      unvisited.delete(candidate);
      reached.push(candidate);
    }
  }
  return false;
}

/** Names, key identifiers and key usage, by `checkIssued`; then the signature. */
function issued(issuer: X509Certificate, certificate: X509Certificate): boolean {
  try {
    return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  } catch {
    // The key is of a kind that Node does not know.
    return false;
  }
}

function isInTime({ validFrom, validTo }: X509Certificate, now: number): boolean {
  return Date.parse(validFrom) <= now && now <= Date.parse(validTo);
}

const clientAuthentication = '1.3.6.1.5.5.7.3.2';
const anyPurpose = '2.5.29.37.0';

/** Extended key usage (RFC 5280, section 4.2.1.12). */
function isForClients({ keyUsage }: X509Certificate): boolean {
  return keyUsage === undefined || keyUsage.includes(clientAuthentication) || keyUsage.includes(anyPurpose);
}
