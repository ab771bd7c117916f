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
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
