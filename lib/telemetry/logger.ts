/**
 * Where the package tells what went wrong: anything with these four methods, such as `console`; {@link pinoLogger} and
 * {@link winstonLogger} adapt those. An error is in the details under `error`. No secret (ticket, token, handle, user
 * code, credential) is ever handed to it.
 */
export interface Logger {
  debug(message: string, details?: object): void;
  info(message: string, details?: object): void;
  warn(message: string, details?: object): void;
  error(message: string, details?: object): void;
}

/**
 * The option `logger`. Without one, what the host's own code causes (a hook that throws, a policy that returns `false`,
 * a forgotten `return`) is said on the console, once per kind; `false` silences that, too.
 */
export type LoggerOption = Logger | false;

/**
 * What the package itself logs to. Where the host's own code or configuration is at fault, and nobody else can mend it,
 * the call says so by the third argument:
 *
 * ```ts
 * logger.error('identifyUser failed', { error }, 'host');
 * ```
 *
 * The message is the kind: a constant text, and what varies belongs in the details. A host without a logger gets each
 * kind once per factory on its console, and so it gets that Authlete cannot be reached, which a wrong `baseUrl` looks like.
 * A client that misbehaves, a user who does not answer are nobody's mistake: no third argument.
 */
export interface PackageLogger {
  /** The details may be a function that returns them: it is not called where nobody listens. */
  debug(message: string, details?: object | (() => object)): void;
  info(message: string, details?: object): void;
  warn(message: string, details?: object, fault?: 'host'): void;
  error(message: string, details?: object, fault?: 'host'): void;
}

/** The host's logger, whose own failures (an error that it cannot write as JSON, say) harm nobody's request. */
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
        // There is nobody left to tell.
      }
    };
  };
  return { debug: guarded('debug'), info: guarded('info'), warn: guarded('warn'), error: guarded('error') };
}

const silentLogger: PackageLogger = { debug() {}, info() {}, warn() {}, error() {} };

/** The default: silence would be the worst answer to a mistake in one's own code, but no stranger may flood the console. */
function consoleLogger(): PackageLogger {
  const said = new Set<string>();
  const once = (level: 'warn' | 'error') => (message: string, details?: object, fault?: 'host') => {
    if (fault !== 'host' || said.has(message)) return;
    said.add(message);
    const text = `ciba-backchannel: ${message} (said once; the option \`logger\` is told everything, and \`false\` silences this)`;
    try {
      // biome-ignore lint/suspicious/noConsole: there is no other place where its owner would look
      console[level](text, ...(details === undefined ? [] : [details]));
    } catch {
      // An error that cannot be shown.
    }
  };
  return { debug() {}, info() {}, warn: once('warn'), error: once('error') };
}
