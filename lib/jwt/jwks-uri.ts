import type { FetchImplementation } from 'jose';
import { outboundAgent } from '../outbound/outbound-agent.js';
import type { ProxyFor } from '../outbound/proxy.js';
import { isSilence } from '../outbound/public-lookup.js';

/** Bytes; a hundred keys with certificates fit. */
const maxBytes = 256 * 1024;

/** Why the keys at a `jwks_uri` could not be fetched. */
export class JwksUriError extends Error {
  readonly code = 'ERR_JWKS_URI';

  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'JwksUriError';
  }
}

/**
 * The `fetch` for a `jwks_uri` that a stranger chose, which must not lead to addresses that only this server can reach: public
 * addresses, https, no redirects, at most 256 kB.
 *
 * @param allow waives the rules of address and scheme for a URL
 * @param timeout milliseconds to connect; the caller's `signal` limits the whole
 * @param proxyFor the proxy that leads to a host
 */
export function jwksFetch(
  allow: ((url: URL) => boolean) | undefined,
  timeout: number,
  proxyFor?: ProxyFor,
): FetchImplementation {
  // Each key set is fetched once in several minutes, so connections are not worth keeping.
  const agent = outboundAgent({ allow, timeout, proxyFor, maxResponseSize: maxBytes, keepAlive: false });

  return async (href, { headers, signal }) => {
    try {
      const { statusCode, body } = await agent.request(new URL(href), {
        method: 'GET',
        headers: Object.fromEntries(headers),
        signal,
      });
      return new Response(await body.text(), { status: statusCode });
    } catch (error) {
      throw new JwksUriError(descriptionOf(error), error);
    }
  };
}

const descriptions: Readonly<Record<string, string>> = {
  ERR_ADDRESS_NOT_PUBLIC: 'is not at a public https address',
  ERR_HOST_NAME: 'has a host name that is too long',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'is too large',
};

function descriptionOf(error: unknown): string {
  if ((error as Error).name === 'TimeoutError' || isSilence(codeOf(error))) return 'does not answer in time';
  return descriptions[codeOf(error)] ?? 'cannot be fetched';
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code);
}

/** What to tell the client when its keys could not be fetched; `undefined` for any other error. */
export function jwksUriFailure(error: unknown): string | undefined {
  if (error instanceof JwksUriError) return `the jwks_uri of the client ${error.message}`;
  return noJwkSet.has(codeOf(error)) ? 'the jwks_uri of the client does not answer with a JWK set' : undefined;
}

/** jose's codes for a bad answer. */
const noJwkSet: ReadonlySet<string> = new Set(['ERR_JOSE_GENERIC', 'ERR_JWKS_INVALID']);
