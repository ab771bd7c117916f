import type { AuthleteError } from '../authlete/errors.js';
import type { PackageLogger } from '../telemetry/logger.js';
import { errorAnswer } from './answer.js';
import { Interrupted } from './interrupted.js';
import { Refusal } from './refusal.js';

/** Something that only the host can mend. The message is a constant text, so that it can be said once. */
export class HostError extends Error {}

/** The refusal when a step threw. That the client left, or the deadline passed, is nothing for the log's errors. */
export function failure(error: unknown, logger: PackageLogger): Refusal {
  if (error instanceof Interrupted) logger.warn('a request was given up', { interruption: error.interruption });
  else if (error instanceof HostError) logger.error(error.message, { error: error.cause ?? error }, 'host');
  else if (isRefusedServer(error)) {
    logger.error('Authlete refuses this server: are baseUrl and the credentials right?', { error }, 'host');
  } else logger.error('a request could not be answered', { error });
  return new Refusal(errorAnswer(500, 'server_error'));
}

/** Authlete does not know the service, or its credentials. */
function isRefusedServer(error: unknown): boolean {
  const { code, status } = (error ?? {}) as Partial<AuthleteError>;
  return code === 'ERR_AUTHLETE_STATUS' && (status === 401 || status === 403 || status === 404);
}
