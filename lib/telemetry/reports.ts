import { type EventListener, emitter } from './events.js';
import { guardedLogger, type LoggerOption, type PackageLogger } from './logger.js';
import { guardedTrace, type Trace } from './trace.js';

/** Reports to the host, through the options of every factory. Failures of the host's functions never come back. */
export interface Reports {
  logger: PackageLogger;
  emit: EventListener;
  trace: Trace | undefined;
}

export function reports(options: { logger?: LoggerOption; onEvent?: EventListener; trace?: Trace }): Reports {
  const logger = guardedLogger(options.logger);
  return { logger, emit: emitter(options.onEvent, logger), trace: guardedTrace(options.trace, logger) };
}
