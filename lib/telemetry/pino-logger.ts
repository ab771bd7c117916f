import { requireLogger } from '../options/checks.js';
import { errorRecord, isError, withErrorRecords } from './error-record.js';
import type { Logger } from './logger.js';

type PinoMethod = (details: object, message: string) => void;

/** What is used of a pino logger; Fastify's `app.log` and pino's children are such, too. */
export type PinoLogger = Record<keyof Logger, PinoMethod>;

/**
 * Adapts a logger of pino, which takes `(details, message)` and serialises errors under `err` only: handed over as it
 * is, it would lose every detail. What pino's own serialiser drops of an error, the `code` of its cause above all, comes
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
