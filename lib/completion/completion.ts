import { tracedApi } from '../authlete/traced-api.js';
import type { JobQueue } from '../jobs/queue.js';
import {
  optionalFunction,
  optionalLogger,
  optionalTimeout,
  requireMethods,
  requireOptions,
} from '../options/checks.js';
import { type OptionNames, requireKnownOptions } from '../options/known-options.js';
import type { DecisionSignal } from '../signal/signal.js';
import type { EventListener } from '../telemetry/events.js';
import type { LoggerOption } from '../telemetry/logger.js';
import { reports } from '../telemetry/reports.js';
import type { Trace } from '../telemetry/trace.js';
import { closeOnce } from '../time/close.js';
import { inFlight } from '../time/in-flight.js';
import { type CompleterOptions, completer } from './completer.js';
import type { HandleKey } from './handle.js';
import type { CibaCompletion } from './types.js';

/** Options of {@link cibaCompletion}. */
export interface CibaCompletionOptions<U extends { subject: string } = { subject: string }>
  extends Pick<CompleterOptions<U>, 'authlete' | 'claims' | 'notifications'> {
  /**
   * Keys of the handles, at least 32 bytes each: the same as in the processes that serve the endpoint. Any of them can open a
   * handle.
   */
  handleKeys: readonly HandleKey[];
  /** Where decisions and notifications are kept until they are done; in memory by default. */
  queue?: JobQueue | undefined;
  /** Whether this process also takes over the work of other processes in the `queue`; default `true`. */
  work?: boolean | undefined;
  /** The signal that held polls wait for, see `decisionSignal()`. */
  decided?: DecisionSignal | undefined;
  /** Milliseconds for `complete()`: the `claims` hook, the queue and Authlete's answer; 10,000 by default. */
  timeout?: number | undefined;
  /** Default: mistakes in the host's own code go to the console, each kind once. */
  logger?: LoggerOption | undefined;
  /** Called for each decision that was taken and each delivery that ended. */
  onEvent?: EventListener | undefined;
  /** Runs each step; `openTelemetry()` of `ciba-backchannel/opentelemetry` makes one. */
  trace?: Trace | undefined;
}

/**
 * Completes transactions in a process that does not serve the backchannel authentication endpoint, such as the one that
 * authentication devices call. It needs only the same `handleKeys` as the endpoint and access to the same service at
 * Authlete: no store, no sticky sessions.
 *
 * @throws TypeError that names the option, when one is wrong
 * @see CIBA Core 1.0, section 10; Authlete's `/backchannel/authentication/complete` API
 * @example
 * ```ts
 * const completion = cibaCompletion({ authlete, handleKeys: [process.env.HANDLE_KEY] });
 *
 * app.post('/device/callback', express.json(), async (req, res) => {
 *   const { handle, approved } = req.body;
 *   await completion.complete(handle, approved ? authorized() : denied());
 *   res.sendStatus(204);
 * });
 * ```
 */
export function cibaCompletion<U extends { subject: string } = { subject: string }>(
  options: CibaCompletionOptions<U>,
): CibaCompletion {
  checkOptions(options);
  const { logger, emit, trace } = reports(options);
  const running = inFlight();
  const authlete = tracedApi(options.authlete, trace);
  const { complete, close } = completer({ ...options, authlete, logger, emit, trace, running });
  const closeAll = closeOnce(async (deadline) => {
    const { tickets, deliveries } = await close(deadline);
    return { transactions: new Set(tickets).size, deliveries };
  });

  return {
    complete,
    async idle() {
      await running.idle();
    },
    close: closeAll,
  };
}

const names: OptionNames<CibaCompletionOptions> = {
  authlete: true,
  handleKeys: true,
  claims: true,
  notifications: true,
  queue: true,
  work: true,
  decided: true,
  timeout: true,
  logger: true,
  onEvent: true,
  trace: true,
};

function checkOptions(options: unknown): void {
  requireOptions(options, 'cibaCompletion');
  requireKnownOptions(options, names, 'cibaCompletion');
  requireMethods(options.authlete, ['backchannelAuthenticationComplete']);
  if (options.handleKeys === undefined) {
    throw new TypeError('handleKeys is missing: give the keys of the processes that serve the endpoint');
  }
  optionalFunction(options.claims, 'claims');
  optionalFunction(options.onEvent, 'onEvent');
  optionalFunction(options.trace, 'trace');
  optionalTimeout(options.timeout, 'timeout');
  optionalLogger(options.logger);
}
