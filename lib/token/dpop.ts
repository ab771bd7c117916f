import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { TokenRequest } from '../authlete/token.js';

/** What Express adds to a request, as far as it matters here. */
interface HostRequest extends IncomingMessage {
  originalUrl?: string;
  protocol?: string;
}

/**
 * The DPoP proof and what it has to match (RFC 9449, section 4.3), when the client sent one.
 *
 * @param htu the public URL, where the host has configured it
 */
export function dpopOf(req: IncomingMessage, htu: string | undefined): Pick<TokenRequest, 'dpop' | 'htm' | 'htu'> {
  const { dpop } = req.headers;
  if (typeof dpop !== 'string') return {};
  return { dpop, htm: req.method, htu: htu ?? requestUrl(req) };
}

function requestUrl(req: HostRequest): string {
  const scheme = req.protocol ?? ((req.socket as TLSSocket).encrypted ? 'https' : 'http');
  const path = (req.originalUrl ?? req.url ?? '/').replace(/[?#].*$/s, '');
  return `${scheme}://${req.headers.host ?? ''}${path}`;
}
