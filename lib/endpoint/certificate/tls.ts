import type { Socket } from 'node:net';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { type ClientCertificate, clientCertificate, maxChain } from './chain.js';

/**
 * What was read from each connection, so that a kept-alive one is read once. The absence of a certificate is not kept:
 * the host may ask for one later (`tlsSocket.renegotiate`).
 */
const certificates = new WeakMap<object, ClientCertificate>();

/**
 * The peer's certificate and chain of a TLS connection, whether or not they were validated: self-signed certificates
 * are as good as others (RFC 8705, section 2.2). Nothing on a plain connection, or when the client presented none.
 */
export function certificateFromTls(socket: Socket | TLSSocket): ClientCertificate | undefined {
  const known = certificates.get(socket);
  if (known !== undefined) return known;
  // Not getPeerX509Certificate(): it removes the chain from the connection, so that only its first caller sees it.
  const peer = (socket as Partial<TLSSocket>).getPeerCertificate?.(true);
  if (!peer?.raw) return undefined;
  const certificate = clientCertificate(upwards(peer));
  certificates.set(socket, certificate);
  return certificate;
}

/** The certificate and its issuers; `issuerCertificate` of a self-signed one leads back to itself. */
function upwards(peer: DetailedPeerCertificate): Buffer[] {
  const chain = new Set<DetailedPeerCertificate>();
  let next: DetailedPeerCertificate | undefined = peer;
  while (next !== undefined && !chain.has(next) && chain.size <= maxChain) {
    chain.add(next);
    next = next.issuerCertificate;
  }
  return [...chain].map(({ raw }) => raw);
}
