/**
 * Where the package tells what went wrong. `console`, pino wrapped in two lines, winston: anything with these four
 * methods. No secret (ticket, token, handle, user code, credential) is ever handed to it.
 */
export interface Logger {
  debug(message: string, details?: object): void;
  info(message: string, details?: object): void;
  warn(message: string, details?: object): void;
  error(message: string, details?: object): void;
}

/** The default. */
const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** The host's logger, whose own failures (an error that it cannot write as JSON, say) harm nobody's request. */
export function guardedLogger(logger: Logger | undefined): Logger {
  if (logger === undefined) return silentLogger;
  const guarded = (level: keyof Logger): Logger[typeof level] => {
    return async (...args) => {
      try {
        await logger[level](...args);
      } catch {
        // There is nobody left to tell.
      }
    };
  };
  return { debug: guarded('debug'), info: guarded('info'), warn: guarded('warn'), error: guarded('error') };
}
