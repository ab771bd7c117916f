import type { TokenRequest } from '../authlete/types/token.js';
import type { EndpointRequest } from '../endpoint/request.js';
import type { PackageLogger } from '../telemetry/logger.js';
import type { CibaTokenOptions } from './options.js';

/** The part of a token request that is about DPoP. */
type DpopParameters = Pick<TokenRequest, 'dpop' | 'htm' | 'htu' | 'dpopNonceRequired'>;

/**
 * The reader of the DPoP proof and of the values that it must match (RFC 9449, section 4.3).
 *
 * @param options.htu the public URL, if the host has configured it
 * @param options.dpopNonceRequired whether proofs must carry a nonce
 */
export function dpopReader(
  { htu, dpopNonceRequired }: Pick<CibaTokenOptions, 'htu' | 'dpopNonceRequired'>,
  logger: PackageLogger,
): (request: EndpointRequest) => DpopParameters | undefined {
  let warned = false;

  function urlOf(request: EndpointRequest): string {
    if (!warned) {
      warned = true;
      const details = { htu: request.url };
      logger.warn('DPoP: without the option htu any Host header is trusted; set it to the public URL', details, 'host');
    }
    return request.url;
  }

  return (request) => {
    const { dpop } = request.headers;
    if (typeof dpop !== 'string') return undefined;
    const proof = { dpop, htm: request.method, htu: htu ?? urlOf(request) };
    return dpopNonceRequired ? { ...proof, dpopNonceRequired } : proof;
  };
}
