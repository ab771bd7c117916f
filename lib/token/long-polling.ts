import { optionalCount } from '../options/checks.js';
import { type OptionNames, requireKnownOptions } from '../options/known-options.js';
import { requireSignal } from '../signal/require-signal.js';
import type { DecisionSignal } from '../signal/signal.js';

/** Clients give up after 30 s (openid-client does), and the call to Authlete comes after the hold. */
const maxHold = 28_000;

/** How polls are held: the option `longPolling` of `cibaToken`. */
export interface LongPollingOptions {
  /** Knows which transactions wait, and when they are decided: the one that `cibaBackchannel` has as `decided`. */
  signal: DecisionSignal;
  /** Milliseconds for which a poll is held, at most 28 000; default 20 000. Proxies in front have to wait longer. */
  hold?: number | undefined;
  /** Maximum number of held polls; default 10 000. Further ones are answered at once. */
  maxHeld?: number | undefined;
}

const names: OptionNames<LongPollingOptions> = { signal: true, hold: true, maxHeld: true };

/** @throws TypeError that names the option */
export function optionalLongPolling(options: unknown): void {
  if (options === undefined) return;
  requireKnownOptions(options, names, 'longPolling');
  const { signal, hold, maxHeld } = options as Record<keyof LongPollingOptions, unknown>;
  requireSignal(signal, 'longPolling.signal');
  if (hold !== undefined && !(typeof hold === 'number' && hold >= 1 && hold <= maxHold)) {
    throw new TypeError(`longPolling.hold must be a number of milliseconds from 1 to ${maxHold}`);
  }
  optionalCount(maxHeld, 'longPolling.maxHeld');
}
