import { ProcessSignal } from './process-signal.js';
import type { DecisionSignal } from './signal.js';

/**
 * A {@link DecisionSignal} within one process; for several, there is `postgresSignal` of `ciba-backchannel/postgres`.
 *
 * @example
 * ```ts
 * const signal = decisionSignal();
 * app.use('/backchannel/authentication', cibaBackchannel({ authlete, identifyUser, authenticate, decided: signal }));
 * app.use('/token', cibaToken({ authlete, longPolling: { signal } }));
 * ```
 */
export function decisionSignal(): DecisionSignal {
  return new ProcessSignal();
}
