import type { TokenRequest } from '../authlete/token.js';
import type { EndpointRequest } from '../endpoint/request.js';

/**
 * The DPoP proof and what it has to match (RFC 9449, section 4.3), when the client sent one.
 *
 * @param htu the public URL, where the host has configured it
 */
export function dpopOf(
  request: EndpointRequest,
  htu: string | undefined,
): Pick<TokenRequest, 'dpop' | 'htm' | 'htu'> | undefined {
  const { dpop } = request.headers;
  return typeof dpop === 'string' ? { dpop, htm: request.method, htu: htu ?? request.url } : undefined;
}
