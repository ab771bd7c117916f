import { requireLogger } from '../options/checks.js';
import { withErrorRecords } from './error-record.js';
import type { Logger } from './logger.js';

/** The part of a winston logger that is used. */
export type WinstonLogger = Record<keyof Logger, (message: string, details: object) => unknown>;

/**
 * Adapts a winston logger, which prints an error in the details as `{}`: the adapter passes errors on as plain data,
 * with message, stack, `code` and cause.
 *
 * @throws TypeError when it lacks one of the levels `debug`, `info`, `warn` and `error`
 * @example
 * ```ts
 * const ciba = cibaBackchannel({ authlete, identifyUser, logger: winstonLogger(winston.createLogger(config)) });
 * ```
 */
export function winstonLogger(logger: WinstonLogger): Logger {
  requireLogger(logger, 'the logger of winstonLogger()');
  const adapted =
    (level: keyof Logger) =>
    (message: string, details: object = {}) => {
      logger[level](message, withErrorRecords(details));
    };
  return { debug: adapted('debug'), info: adapted('info'), warn: adapted('warn'), error: adapted('error') };
}
