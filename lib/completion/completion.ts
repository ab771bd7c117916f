import {
  optionalFunction,
  optionalLogger,
  optionalTimeout,
  requireMethods,
  requireOptions,
} from '../options/checks.js';
import { type OptionNames, requireKnownOptions } from '../options/known-options.js';
import { type EventListener, emitter } from '../telemetry/events.js';
import { guardedLogger, type LoggerOption } from '../telemetry/logger.js';
import { Deadline } from '../time/deadline.js';
import { type CompleterOptions, type CompletionResult, completer } from './completer.js';
import type { Decision } from './decision.js';
import type { HandleKey } from './handle.js';

/** Options of {@link cibaCompletion}. */
export interface CibaCompletionOptions<U extends { subject: string } = { subject: string }>
  extends Pick<CompleterOptions<U>, 'authlete' | 'claims' | 'notifications'> {
  /**
   * Keys of the handles, at least 32 bytes each: those of the processes that serve the endpoint. All of them open, the
   * first would seal.
   */
  handleKeys: readonly HandleKey[];
  /** Milliseconds for the `claims` hook, and as many for Authlete's answer; 10,000 by default. */
  timeout?: number;
  /** Default: the console is told, once per kind, what this host's own code is at fault for. */
  logger?: LoggerOption;
  /** Hears of each decision that was taken, and of each delivery that ended. */
  onEvent?: EventListener;
}

/** The part of `cibaBackchannel` that takes decisions, made by {@link cibaCompletion}. */
export interface CibaCompletion {
  /**
   * Completes a transaction: tells Authlete of the decision, and in ping and push mode notifies the client.
   *
   * @returns when Authlete was told; `notification` of the result tells how the ping or push ended
   * @throws HandleError when the handle is malformed, tampered, foreign or expired
   * @throws CompletionError `ERR_COMPLETE_REFUSED` when Authlete refuses (unknown, used or expired),
   * `ERR_CLAIMS_FAILED` when the `claims` hook fails, `ERR_CLOSED` after `close()`
   * @throws AuthleteError when Authlete cannot be reached, or answers nonsense
   * @throws TypeError when the decision is none
   */
  complete(handle: string, decision: Decision): Promise<CompletionResult>;
  /**
   * Takes no more decisions and waits for what is in flight; after `timeout` milliseconds (10,000 by default) deliveries
   * are given up and reported. May be called twice: the earlier end counts.
   *
   * @returns the numbers left undone; `transactions` is always 0
   */
  close(options?: { timeout?: number }): Promise<{ transactions: number; deliveries: number }>;
}

/**
 * Completes transactions in a process that does not serve the backchannel authentication endpoint: the one that the
 * authentication devices call, say. It needs the same `handleKeys` as the endpoint and access to the same service at
 * Authlete, and nothing else: no store, no affinity.
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
  const { onEvent } = options;
  const logger = guardedLogger(options.logger);
  const { complete, close } = completer({ ...options, logger, emit: emitter(onEvent, logger) });
  let closing: Deadline | undefined;
  return {
    complete,
    async close({ timeout = 10_000 } = {}) {
      optionalTimeout(timeout, 'timeout', 0);
      closing ??= new Deadline(timeout);
      closing.bringForward(timeout);
      return { transactions: 0, deliveries: await close(closing) };
    },
  };
}

const names: OptionNames<CibaCompletionOptions> = {
  authlete: true,
  handleKeys: true,
  claims: true,
  notifications: true,
  timeout: true,
  logger: true,
  onEvent: true,
};

function checkOptions(options: unknown): void {
  requireOptions(options, 'cibaCompletion');
  requireKnownOptions(options, names, 'cibaCompletion');
  requireMethods(options.authlete, ['backchannelAuthenticationComplete']);
  if (options.handleKeys === undefined) {
    throw new TypeError('handleKeys is missing: the keys of the processes that serve the endpoint');
  }
  optionalFunction(options.claims, 'claims');
  optionalFunction(options.onEvent, 'onEvent');
  optionalTimeout(options.timeout, 'timeout');
  optionalLogger(options.logger);
}
