import type { AuthleteApi } from '../authlete/api.js';
import { AuthleteError } from '../authlete/errors.js';
import type { PackageLogger } from '../telemetry/logger.js';

/** What a relying party discovers. */
export interface Documents {
  /** JSON. */
  metadata: string;
  /** JSON. */
  jwks: string;
  /** Path of the metadata's `jwks_uri`. */
  jwksPath: string | undefined;
}

/** The documents, kept for a while: they rarely change. */
export interface DocumentSource {
  /** Those that were fetched last, however long ago. */
  latest(): Documents | undefined;
  /** Fetches them if it is time; while they cannot be renewed, gives the old ones. */
  get(): Promise<Documents>;
  /** There are none, and the last attempt to fetch them has failed: tries again in the background, now and then. */
  unavailable(): boolean;
}

/** Milliseconds between two attempts in the background. */
const retryInterval = 1000;

/** @param lifetime milliseconds */
export function documentSource(
  authlete: Pick<AuthleteApi, 'configuration' | 'jwks'>,
  lifetime: number,
  logger: PackageLogger,
): DocumentSource {
  let latest: Documents | undefined;
  let renewal: Promise<Documents> | undefined;
  let failed = false;
  let dueAt = Number.NEGATIVE_INFINITY;

  async function renew(): Promise<Documents> {
    try {
      latest = await load(authlete);
      return latest;
    } catch (error) {
      failed = true;
      if (!latest) {
        logger.error('the discovery documents could not be fetched', { error });
        throw error;
      }
      logger.warn('the discovery documents could not be renewed', { error });
      return latest;
    } finally {
      renewal = undefined;
      dueAt = performance.now() + (latest ? lifetime : retryInterval);
    }
  }

  function get(): Promise<Documents> {
    if (latest && performance.now() < dueAt) return Promise.resolve(latest);
    renewal ??= renew();
    return renewal;
  }

  return {
    latest: () => latest,
    get,
    unavailable() {
      if (latest || !failed) return false;
      if (performance.now() >= dueAt) get().catch(() => {});
      return true;
    },
  };
}

async function load(authlete: Pick<AuthleteApi, 'configuration' | 'jwks'>): Promise<Documents> {
  const [metadata, jwks] = await Promise.all([authlete.configuration(), authlete.jwks()]);
  const { jwks_uri: uri } = requireObject(metadata, 'configuration');
  return {
    metadata: JSON.stringify(metadata),
    jwks: JSON.stringify(requireObject(jwks, 'jwks')),
    jwksPath: typeof uri === 'string' && URL.canParse(uri) ? new URL(uri).pathname : undefined,
  };
}

function requireObject<T extends object>(value: T, api: string): T {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new AuthleteError('ERR_AUTHLETE_ANSWER', `the answer of ${api} is not an object`, { api });
}
