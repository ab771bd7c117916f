import type { AuthleteApi } from '../authlete/api.js';
import { tracedApi } from '../authlete/traced-api.js';
import { reports } from '../telemetry/reports.js';
import { tracedHook } from '../telemetry/trace.js';
import { AskedTransaction } from './asked-transaction.js';
import type { User } from './hooks.js';
import { type CibaBackchannelOptions, checkOptions, policiesOf } from './options.js';

/**
 * What the host brings, as its options have it: Authlete and the hooks, with a traced step around each call, and whom it
 * wants to be told.
 *
 * @throws TypeError that names the option, when one is wrong
 */
export function hostOf<U extends User, R extends object>(options: CibaBackchannelOptions<U, R>) {
  checkOptions(options);
  const { logger, emit, trace } = reports(options);
  return {
    // Only the methods that are there are called: the options were checked.
    authlete: tracedApi(options.authlete as AuthleteApi, trace),
    identifyUser: tracedHook('identifyUser', options.identifyUser, trace),
    policies: policiesOf(options.policy).map((policy) => tracedHook('policy', policy, trace)),
    authenticate: tracedHook('authenticate', options.authenticate, trace, AskedTransaction.details),
    logger,
    emit,
    trace,
  };
}
