import type { AuthleteApi } from '../authlete/api.js';
import type { Logger } from '../host/logger.js';

/** What a relying party discovers. */
export interface Documents {
  /** JSON. */
  metadata: string;
  /** JSON. */
  jwks: string;
  /** Path of the metadata's `jwks_uri`. */
  jwksPath: string | undefined;
}

/**
 * Keeps the documents for a while, since they rarely change and every request that is not for anybody else's route asks
 * for them. When they cannot be renewed the old ones are given, and the next attempt comes after the same while.
 *
 * @param lifetime milliseconds
 */
export function documentsOf(
  authlete: Pick<AuthleteApi, 'configuration' | 'jwks'>,
  lifetime: number,
  logger: Logger,
): () => Promise<Documents> {
  let current: Promise<Documents> | undefined;
  let renewAt = 0;

  async function renew(previous: Promise<Documents> | undefined): Promise<Documents> {
    try {
      return await load(authlete);
    } catch (error) {
      if (!previous) throw error;
      logger.warn('the discovery documents could not be renewed', { error });
      return previous;
    }
  }

  return () => {
    if (!current || Date.now() >= renewAt) {
      renewAt = Date.now() + lifetime;
      const renewed = renew(current);
      current = renewed;
      // A first attempt that failed is not kept: the next request tries again.
      renewed.catch(() => {
        if (current === renewed) current = undefined;
      });
    }
    return current;
  };
}

async function load(authlete: Pick<AuthleteApi, 'configuration' | 'jwks'>): Promise<Documents> {
  const [metadata, jwks] = await Promise.all([authlete.configuration(), authlete.jwks()]);
  const { jwks_uri: uri } = metadata;
  return {
    metadata: JSON.stringify(metadata),
    jwks: JSON.stringify(jwks),
    jwksPath: typeof uri === 'string' && URL.canParse(uri) ? new URL(uri).pathname : undefined,
  };
}
