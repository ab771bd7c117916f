import type { TokenRequest } from '../authlete/types/token.js';
import type { EndpointRequest } from '../endpoint/request.js';
import type { PackageLogger } from '../telemetry/logger.js';

/** What a token request has of DPoP. */
type DpopParameters = Pick<TokenRequest, 'dpop' | 'htm' | 'htu'>;

/**
 * The reader of the DPoP proof and of what it has to match (RFC 9449, section 4.3).
 *
 * @param htu the public URL, where the host has configured it
 */
export function dpopReader(
  htu: string | undefined,
  logger: PackageLogger,
): (request: EndpointRequest) => DpopParameters | undefined {
  let warned = false;

  function urlOf(request: EndpointRequest): string {
    if (!warned) {
      warned = true;
      const details = { htu: request.url };
      logger.warn('DPoP: without the option htu any Host is believed; set it to the public URL', details, 'host');
    }
    return request.url;
  }

  return (request) => {
    const { dpop } = request.headers;
    return typeof dpop === 'string' ? { dpop, htm: request.method, htu: htu ?? urlOf(request) } : undefined;
  };
}
