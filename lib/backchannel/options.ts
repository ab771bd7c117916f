import type { IncomingMessage } from 'node:http';
import type { AuthleteApi } from '../authlete/api.js';
import type { ClaimsHook } from '../completion/claims.js';
import type { HandleKey } from '../completion/handle.js';
import type { ClientCertificateOption } from '../endpoint/certificate/client-certificate.js';
import type { JobQueue } from '../jobs/queue.js';
import type { NotificationOptions } from '../notification/types.js';
import {
  optionalFunction,
  optionalLogger,
  optionalTimeout,
  requireFunction,
  requireMethods,
  requireOptions,
} from '../options/checks.js';
import { type OptionNames, requireKnownOptions } from '../options/known-options.js';
import type { DecisionSignal } from '../signal/signal.js';
import type { EventListener } from '../telemetry/events.js';
import type { LoggerOption } from '../telemetry/logger.js';
import type { Trace } from '../telemetry/trace.js';
import type { Authenticate, IdentifyUser, Policy, User } from './hooks.js';

/** The methods that the endpoint cannot do without. */
export type BackchannelApi = Pick<
  AuthleteApi,
  'backchannelAuthentication' | 'backchannelAuthenticationIssue' | 'backchannelAuthenticationFail'
> &
  Partial<Pick<AuthleteApi, 'backchannelAuthenticationComplete'>>;

/** Options of {@link cibaBackchannel}. Write `identifyUser` first: the user type flows from it to the other hooks. */
export interface CibaBackchannelOptions<U extends User = User, R = IncomingMessage> {
  /** The protocol engine; `backchannelAuthenticationComplete` is needed as soon as there is an `authenticate`. */
  authlete: BackchannelApi;
  /** Finds the user that the hint means. */
  identifyUser: IdentifyUser<U, R>;
  /** Refuses requests for known users: one function, or several that run one after the other. */
  policy?: Policy<U, R> | readonly Policy<U, R>[] | undefined;
  /** Asks the user on the authentication device. Without it nobody is asked. */
  authenticate?: Authenticate<U> | undefined;
  /** Returns the values of the requested claims, when a decision has none. */
  claims?: ClaimsHook<U> | undefined;
  /**
   * Keys of the transactions' handles, at least 32 bytes each: the first seals, all open. Without them a random key is
   * made, and handles open in this process only.
   */
  handleKeys?: readonly HandleKey[] | undefined;
  /** Where the client's TLS certificate is found; default `false`: nowhere. */
  clientCertificate?: ClientCertificateOption<R> | undefined;
  /** Where decisions and notifications are kept until they are done; in memory by default. Needs `handleKeys`. */
  queue?: JobQueue | undefined;
  /** Whether this process also takes over the work of others in the `queue`; default `true`. */
  work?: boolean | undefined;
  /** The signal that held polls wait for, see `decisionSignal()`. */
  decided?: DecisionSignal | undefined;
  /** How clients are notified. */
  notifications?: NotificationOptions | undefined;
  /** Largest form, bytes or a text such as the default `'64kb'`. */
  bodyLimit?: number | string | undefined;
  /** Milliseconds from the request to its answer, hooks included; default 10 000. */
  timeout?: number | undefined;
  /** Realm of the 401's challenge; default `'CIBA'`. */
  realm?: string | undefined;
  /** Default: the console gets each mistake of the host's own code once. */
  logger?: LoggerOption | undefined;
  /** Called at each exit of the flow. */
  onEvent?: EventListener | undefined;
  /** Runs each step; `openTelemetry()` of `ciba-backchannel/opentelemetry` makes one. */
  trace?: Trace | undefined;
}

const names: OptionNames<CibaBackchannelOptions<User>> = {
  authlete: true,
  identifyUser: true,
  policy: true,
  authenticate: true,
  claims: true,
  handleKeys: true,
  queue: true,
  work: true,
  decided: true,
  clientCertificate: true,
  notifications: true,
  bodyLimit: true,
  timeout: true,
  realm: true,
  logger: true,
  onEvent: true,
  trace: true,
};

/** @throws TypeError that names the option */
export function checkOptions(options: unknown): void {
  requireOptions(options, 'cibaBackchannel');
  requireKnownOptions(options, names, 'cibaBackchannel');
  requireMethods(options.authlete, [
    'backchannelAuthentication',
    'backchannelAuthenticationIssue',
    'backchannelAuthenticationFail',
    ...(options.authenticate === undefined ? [] : (['backchannelAuthenticationComplete'] as const)),
  ]);
  requireFunction(options.identifyUser, 'identifyUser');
  for (const policy of policiesOf(options.policy)) requireFunction(policy, 'policy');
  optionalFunction(options.authenticate, 'authenticate');
  optionalFunction(options.claims, 'claims');
  optionalFunction(options.onEvent, 'onEvent');
  optionalFunction(options.trace, 'trace');
  optionalTimeout(options.timeout, 'timeout');
  optionalLogger(options.logger);
}

export function policiesOf<P>(policy: P | readonly P[] | undefined): readonly P[] {
  if (policy === undefined) return [];
  return Array.isArray(policy) ? [...policy] : [policy as P];
}
