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
  /** The protocol engine; with `authenticate` it needs `backchannelAuthenticationComplete`, too. */
  authlete: BackchannelApi;
  /** Finds the user that the hint means. */
  identifyUser: IdentifyUser<U, R>;
  /** Refuses requests for known users: one function, or several that run one after the other. */
  policy?: Policy<U, R> | readonly Policy<U, R>[] | undefined;
  /** Asks the user on the authentication device. Without it nobody is asked. */
  authenticate?: Authenticate<U> | undefined;
  /** Returns the values of the requested claims when the decision has no `claims`. */
  claims?: ClaimsHook<U> | undefined;
  /**
   * Keys of the transactions' handles, at least 32 bytes each: the first seals new handles, all of them open handles. Without
   * keys a random one is made, and only this process can open its handles.
   */
  handleKeys?: readonly HandleKey[] | undefined;
  /** Where to find the client's TLS certificate; default `false`: certificates are ignored. */
  clientCertificate?: ClientCertificateOption<R> | undefined;
  /** Where decisions and notifications are kept until they are done; in memory by default. Needs `handleKeys`. */
  queue?: JobQueue | undefined;
  /** Whether this process also takes over the work of other processes in the `queue`; default `true`. */
  work?: boolean | undefined;
  /** The signal that held polls wait for, see `decisionSignal()`. */
  decided?: DecisionSignal | undefined;
  /** How clients are notified. */
  notifications?: NotificationOptions | undefined;
  /** Maximum size of the form: a number of bytes, or a text such as the default `'64kb'`. */
  bodyLimit?: number | string | undefined;
  /** Milliseconds from the request to its answer, hooks included; default 10 000. */
  timeout?: number | undefined;
  /** The `realm` in the `WWW-Authenticate` header of a 401; default `'CIBA'`. */
  realm?: string | undefined;
  /** Default: mistakes in the host's own code go to the console, each kind once. */
  logger?: LoggerOption | undefined;
  /** Called for each answer, decision and notification. */
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
