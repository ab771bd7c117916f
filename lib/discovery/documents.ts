import type { AuthleteApi } from '../authlete/api.js';
import { expectObject } from '../authlete/client/expect.js';
import { logAuthleteFailure } from '../endpoint/failure.js';
import type { PackageLogger } from '../telemetry/logger.js';
import { metadataPaths } from './paths.js';

/** What a relying party discovers. */
export interface Documents {
  /** JSON. */
  metadata: string;
  /** JSON. */
  jwks: string;
  /** Paths of the metadata, the issuer's own path included. */
  metadataPaths: ReadonlySet<string>;
  /** Path of the metadata's `jwks_uri`. */
  jwksPath: string | undefined;
}

/** The documents, kept for a while: they rarely change. */
export interface DocumentSource {
  /** The latest documents, however old. When they are too old, new ones are fetched in the background. */
  latest(): Documents | undefined;
  /** Waits for the first documents. Rejects when they cannot be fetched. */
  first(): Promise<Documents>;
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
  let fetching: Promise<Documents> | undefined;
  let dueAt = Number.NEGATIVE_INFINITY;

  async function fetchBoth(): Promise<Documents> {
    try {
      latest = await load(authlete);
      dueAt = performance.now() + lifetime;
      return latest;
    } catch (error) {
      dueAt = performance.now() + (latest ? lifetime : retryInterval);
      if (latest) logger.warn('the discovery documents could not be renewed', { error });
      else logAuthleteFailure('the discovery documents could not be fetched', error, logger);
      throw error;
    } finally {
      fetching = undefined;
    }
  }

  function renew(): Promise<Documents> {
    fetching ??= fetchBoth();
    return fetching;
  }

  return {
    latest() {
      if (fetching === undefined && performance.now() >= dueAt) renew().catch(() => {});
      return latest;
    },
    first: () => (latest === undefined ? renew() : Promise.resolve(latest)),
  };
}

async function load(authlete: Pick<AuthleteApi, 'configuration' | 'jwks'>): Promise<Documents> {
  const [metadata, jwks] = await Promise.all([authlete.configuration(), authlete.jwks()]);
  const { issuer, jwks_uri: uri } = expectObject(metadata, 'configuration');
  return {
    metadata: JSON.stringify(metadata),
    jwks: JSON.stringify(expectObject(jwks, 'jwks')),
    metadataPaths: metadataPaths(pathOf(issuer)),
    jwksPath: pathOf(uri),
  };
}

function pathOf(url: unknown): string | undefined {
  return typeof url === 'string' && URL.canParse(url) ? new URL(url).pathname : undefined;
}
