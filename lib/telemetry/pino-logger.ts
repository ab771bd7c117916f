import { requireLogger } from '../options/checks.js';
import { errorRecord, isError, withErrorRecords } from './error-record.js';
import type { Logger } from './logger.js';

type PinoMethod = (details: object, message: string) => void;

/** The part of a pino logger that is used; Fastify's `app.log` and pino's children have it, too. */
export type PinoLogger = Record<keyof Logger, PinoMethod>;

/**
 * Adapts a pino logger, which takes `(details, message)` and serialises errors only under `err`: without the adapter it
 * would lose every detail. What pino's own serialiser drops from an error, above all the `code` of its cause, is
 * under `cause`.
 *
 * @throws TypeError when it is not a logger
 * @example
 * ```ts
 * const ciba = cibaBackchannel({ authlete, identifyUser, logger: pinoLogger(pino()) });
 * ```
 */
export function pinoLogger(logger: PinoLogger): Logger {
  requireLogger(logger, 'the logger of pinoLogger()');
  const adapted = (level: keyof Logger) => (message: string, details?: object) => {
    logger[level](details === undefined ? {} : pinoDetails(details), message);
  };
  return { debug: adapted('debug'), info: adapted('info'), warn: adapted('warn'), error: adapted('error') };
}

function pinoDetails(details: object & { error?: unknown }): object {
  const { error, ...rest } = details;
  const others = withErrorRecords(rest);
  if (!('error' in details)) return others;
  // The error itself, not a copy: the host's own serialisers and transports are made for errors.
  const cause = isError(error) && error.cause !== undefined ? { cause: errorRecord(error.cause) } : {};
  return { ...others, err: error, ...cause };
}
