import type { CibaEvent, EventListener } from './events.js';
import { guardedLogger, type LoggerOption, type PackageLogger } from './logger.js';
import { guardedTrace, type Trace } from './trace.js';

/** Reports to the host, through the options of every factory. Failures of the host's functions are logged, never thrown. */
export interface Reports {
  logger: PackageLogger;
  emit: EventListener;
  trace: Trace | undefined;
}

export function reports(options: { logger?: LoggerOption; onEvent?: EventListener; trace?: Trace }): Reports {
  const logger = guardedLogger(options.logger);
  return { logger, emit: emitter(options.onEvent, logger), trace: guardedTrace(options.trace, logger) };
}

/** Gives an event to the host, without fields that have no value. What the host's function throws is logged. */
function emitter(onEvent: EventListener | undefined, logger: PackageLogger): EventListener {
  if (onEvent === undefined) return () => {};
  return async (event) => {
    try {
      const fields = Object.entries(event).filter(([, value]) => value !== undefined);
      await onEvent(Object.fromEntries(fields) as unknown as CibaEvent);
    } catch (error) {
      logger.error('onEvent failed', { error }, 'host');
    }
  };
}
