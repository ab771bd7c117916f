import type { AuthleteError } from '../authlete/errors.js';
import { isUntrusted, isWorthRetrying } from '../notification/retry.js';

/**
 * What a failed call says about the next one:
 * - `again`: it may succeed
 * - `elsewhere`: it may succeed in another process, for example with another access token
 * - `final`: it will not succeed
 */
export type Prospect = 'again' | 'elsewhere' | 'final';

export function prospectOf(error: AuthleteError): Prospect {
  const { code, status = 500 } = error;
  if (code === 'ERR_AUTHLETE_UNREACHABLE') return isUntrusted(error) ? 'elsewhere' : 'again';
  if (code !== 'ERR_AUTHLETE_STATUS' || isWorthRetrying(status)) return 'again';
  return status === 400 ? 'final' : 'elsewhere';
}

/** Codes of errors that occur before there is a connection. */
const unconnected = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Whether Authlete may have taken the decision anyway. */
export function mayBeProcessed(error: AuthleteError): boolean {
  const { code, status = 500, cause } = error;
  if (code === 'ERR_AUTHLETE_STATUS') return status >= 500 && status !== 503;
  if (code !== 'ERR_AUTHLETE_UNREACHABLE') return true;
  return !isUntrusted(error) && !unconnected.has(String((cause as { code?: unknown } | undefined)?.code));
}
