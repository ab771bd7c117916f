import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { TokenRequest } from '../authlete/token.js';

/** What Express adds to a request, as far as it matters here. */
interface HostRequest extends IncomingMessage {
  originalUrl?: string;
  /** As `trust proxy` has it. */
  protocol?: string;
  app?: { get?(setting: string): unknown };
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
  return `${scheme}://${forwardedHost(req) ?? req.headers.host ?? ''}${path}`;
}

/** Express's `req.hostname` has no port, and its `req.host` is not the same in all versions. */
function forwardedHost(req: HostRequest): string | undefined {
  const host = req.headers['x-forwarded-host'];
  const trusts = req.app?.get?.('trust proxy fn');
  if (host === undefined || typeof trusts !== 'function' || !trusts(req.socket.remoteAddress, 0)) return undefined;
  return String(host).split(',', 1)[0]?.trim();
}
