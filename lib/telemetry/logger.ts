/**
 * Where the package reports what went wrong: any object with these four methods, such as `console`; {@link pinoLogger} and
 * {@link winstonLogger} adapt those two. An error is in the details under `error`. The logger never gets a secret (ticket,
 * token, handle, user code, credential).
 */
export interface Logger {
  debug(message: string, details?: object): void;
  info(message: string, details?: object): void;
  warn(message: string, details?: object): void;
  error(message: string, details?: object): void;
}

/**
 * The option `logger`. Without one, mistakes in the host's own code (a hook that throws, a policy that returns `false`, a
 * forgotten `return`) go to the console, each kind once; `false` silences these, too.
 */
export type LoggerOption = Logger | false;

/**
 * What the package itself logs to. If the host's own code or configuration is at fault, the third argument says so:
 *
 * ```ts
 * logger.error('identifyUser failed', { error }, 'host');
 * ```
 *
 * The message is a constant text; what varies belongs in the details. A host without a logger gets each such
 * message once per factory on its console. That includes "Authlete cannot be reached", since a wrong `baseUrl` looks like that.
 * When a client misbehaves or a user does not answer, that is not the host's mistake: no third argument.
 */
export interface PackageLogger {
  /** The details may be a function that returns them: it is not called if nobody listens. */
  debug(message: string, details?: object | (() => object)): void;
  info(message: string, details?: object): void;
  warn(message: string, details?: object, fault?: 'host'): void;
  error(message: string, details?: object, fault?: 'host'): void;
}

/** The host's logger, whose own failures (an error that it cannot write as JSON, say) do not affect requests. */
export function guardedLogger(option: LoggerOption | undefined): PackageLogger {
  if (option === false) return silentLogger;
  if (option === undefined) return consoleLogger();
  const logger = option;
  const guarded = (level: keyof Logger) => {
    return async (message: string, given?: object | (() => object)) => {
      try {
        const details = typeof given === 'function' ? given() : given;
        await (details === undefined ? logger[level](message) : logger[level](message, details));
      } catch {
        // There is nowhere left to report this.
      }
    };
  };
  return { debug: guarded('debug'), info: guarded('info'), warn: guarded('warn'), error: guarded('error') };
}

const silentLogger: PackageLogger = { debug() {}, info() {}, warn() {}, error() {} };

/** The default: developers must see mistakes in their own code, but strangers must not be able to flood the console. */
function consoleLogger(): PackageLogger {
  const said = new Set<string>();
  const once = (level: 'warn' | 'error') => (message: string, details?: object, fault?: 'host') => {
    if (fault !== 'host' || said.has(message)) return;
    said.add(message);
    const text = `ciba-backchannel: ${message} (logged once; set the option \`logger\` to see everything, or to \`false\` to silence this)`;
    try {
      // biome-ignore lint/suspicious/noConsole: there is no other place where its owner would look
      console[level](text, ...(details === undefined ? [] : [details]));
    } catch {
      // An error that cannot be shown.
    }
  };
  return { debug() {}, info() {}, warn: once('warn'), error: once('error') };
}
