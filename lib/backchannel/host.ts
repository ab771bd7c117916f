import type { AuthleteApi } from '../authlete/api.js';
import { tracedApi } from '../authlete/traced-api.js';
import { reports } from '../telemetry/reports.js';
import { tracedHook } from '../telemetry/trace.js';
import { AskedTransaction } from './asked-transaction.js';
import type { User } from './hooks.js';
import { type CibaBackchannelOptions, checkOptions, policiesOf } from './options.js';

/**
 * The host's part, from its options: Authlete and the hooks, with a traced step around each call, and the logger and
 * listeners.
 *
 * @throws TypeError that names the option, when one is wrong
 */
export function hostOf<U extends User, R extends object>(options: CibaBackchannelOptions<U, R>) {
  checkOptions(options);
  const { logger, emit, trace } = reports(options);
  return {
    // The options were checked, so only existing methods are called.
    authlete: tracedApi(options.authlete as AuthleteApi, trace),
    identifyUser: tracedHook('identifyUser', options.identifyUser, trace),
    policies: policiesOf(options.policy).map((policy) => tracedHook('policy', policy, trace)),
    authenticate: tracedHook('authenticate', options.authenticate, trace, AskedTransaction.details),
    logger,
    emit,
    trace,
  };
}
