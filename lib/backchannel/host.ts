import { type Trace, tracedHook } from '../telemetry/trace.js';
import { AskedTransaction } from './asked-transaction.js';
import type { User } from './hooks.js';
import { type CibaBackchannelOptions, policiesOf } from './options.js';

/** The host's hooks, with a traced step around each call; as they are without `trace`. */
export function tracedHooks<U extends User, R extends object>(
  { identifyUser, policy, authenticate }: CibaBackchannelOptions<U, R>,
  trace: Trace | undefined,
) {
  return {
    identifyUser: tracedHook('identifyUser', identifyUser, trace),
    policies: policiesOf(policy).map((each) => tracedHook('policy', each, trace)),
    authenticate: tracedHook('authenticate', authenticate, trace, AskedTransaction.details),
  };
}
