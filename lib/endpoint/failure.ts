import type { AuthleteError } from '../authlete/errors.js';
import type { PackageLogger } from '../telemetry/logger.js';
import { errorAnswer } from './answer.js';
import { Interrupted } from './interrupted.js';
import { Refusal } from './refusal.js';

/** A mistake that only the host can correct. The message is a constant text, so that it can be logged once. */
export class HostError extends Error {}

/** The refusal when a step threw. A client that left, or a deadline that passed, is not logged as an error. */
export function failure(error: unknown, logger: PackageLogger): Refusal {
  if (error instanceof Interrupted) logger.warn('a request was given up', { interruption: error.interruption });
  else if (error instanceof HostError) logger.error(error.message, { error: error.cause ?? error }, 'host');
  else logAuthleteFailure('a request could not be answered', error, logger);
  return serverError(error);
}

/** Asks the client to try again if that may help. */
export function serverError(error: unknown): Refusal {
  return isTemporary(error)
    ? unavailable({ retryAfter: error.retryAfter })
    : new Refusal(errorAnswer(500, 'server_error'));
}

/** Logs why Authlete did not answer, and tells the host if its configuration may be the cause. */
export function logAuthleteFailure(message: string, error: unknown, logger: PackageLogger): void {
  const { code, status } = (error ?? {}) as Partial<AuthleteError>;
  if (code === 'ERR_AUTHLETE_STATUS' && (status === 401 || status === 403 || status === 404)) {
    logger.error('Authlete refuses this server: are baseUrl and the credentials right?', { error }, 'host');
  } else if (code === 'ERR_AUTHLETE_UNREACHABLE' || code === 'ERR_AUTHLETE_TIMEOUT') {
    logger.error(
      'Authlete cannot be reached: is baseUrl right, and can this machine connect to it?',
      { error },
      'host',
    );
  } else logger.error(message, { error });
}

/** Whether the same call may succeed soon. */
function isTemporary(error: unknown): error is AuthleteError {
  const { code, status } = (error ?? {}) as Partial<AuthleteError>;
  if (code === 'ERR_AUTHLETE_STATUS') return status === 429 || status === 503;
  return code === 'ERR_AUTHLETE_UNREACHABLE' || code === 'ERR_AUTHLETE_TIMEOUT';
}

/**
 * Asks the client to try again: one that polls goes on after a 503 with `Retry-After`, and stops at any other failure
 * (RFC 9110, section 10.2.3).
 *
 * @param retryAfter seconds; 1 to 3 at random by default
 */
export function unavailable({
  retryAfter = 1 + Math.floor(3 * Math.random()),
  description,
  headers,
}: {
  retryAfter?: number | undefined;
  description?: string;
  headers?: Record<string, string>;
} = {}): Refusal {
  const seconds = Math.min(Math.max(Math.ceil(retryAfter), 1), 10);
  return new Refusal(errorAnswer(503, 'server_error', description, { ...headers, 'Retry-After': String(seconds) }));
}
