import { type ErrorDetails, errorDetails } from '../authlete/error-details.js';
import type { BackchannelAuthenticationCompleteResult } from '../authlete/types/backchannel-authentication-complete.js';
import { type AuthorizedParameters, authorizedParameters, type CheckedParameters } from './authorized-parameters.js';

export type { AuthorizedParameters } from './authorized-parameters.js';

/*
 * The brand is a registered symbol and not a class, so that another copy of the package, or another realm, recognises a
 * decision. It is not enumerable: a decision that was spread or written by hand has not been checked, and does not count.
 */
const brand: unique symbol = Symbol.for('ciba-backchannel.decision');

/** The user said yes. {@link authorized} makes one. */
export interface Authorized extends Readonly<CheckedParameters> {
  readonly [brand]: 'decision';
  readonly result: 'AUTHORIZED';
}

/** The user said no, or nobody could be asked. {@link denied} and {@link failed} make one. */
export interface Unauthorized extends Readonly<ErrorDetails> {
  readonly [brand]: 'decision';
  readonly result: Exclude<BackchannelAuthenticationCompleteResult, 'AUTHORIZED'>;
}

/** How the authentication on the device ended. Plain data. */
export type Decision = Authorized | Unauthorized;

/** Says that the decision will come through `complete(handle, decision)`. {@link later} makes one. */
export interface Later {
  readonly [brand]: 'later';
}

/**
 * The user has authenticated and agreed: the client gets its tokens. The subject is always the one that `identifyUser`
 * returned.
 *
 * @throws TypeError that names the parameter, when one is unknown or not what it must be
 * @see Authlete's `/backchannel/authentication/complete` API, result `AUTHORIZED`
 * @example
 * ```ts
 * authenticate: async ({ user }) => {
 *   const { at } = await phone.ask(user);
 *   return authorized({ acr: 'urn:example:fingerprint', authTime: at });
 * },
 * ```
 */
export function authorized(parameters: AuthorizedParameters = {}): Decision {
  requireObject(parameters, 'authorized');
  return branded('decision', { result: 'AUTHORIZED', ...authorizedParameters(parameters) }) as Authorized;
}

/**
 * The user has refused: the client gets `access_denied`.
 *
 * @param details `error_description` and `error_uri` for the client
 * @throws TypeError when a detail is unknown or not what it must be
 * @see CIBA Core 1.0, section 11; Authlete's result `ACCESS_DENIED`
 * @example
 * ```ts
 * await ciba.complete(handle, denied({ description: 'the customer does not know this payment' }));
 * ```
 */
export function denied(details?: ErrorDetails): Decision {
  return unauthorized('ACCESS_DENIED', details, 'denied');
}

/**
 * The user could not be asked, or did not answer: the client gets `expired_token`.
 *
 * @param details `error_description` and `error_uri` for the client
 * @throws TypeError when a detail is unknown or not what it must be
 * @see Authlete's result `TRANSACTION_FAILED`
 * @example
 * ```ts
 * if (!(await phone.reachable(user))) return failed({ description: 'the phone is off' });
 * ```
 */
export function failed(details?: ErrorDetails): Decision {
  return unauthorized('TRANSACTION_FAILED', details, 'failed');
}

/**
 * The decision will come through `complete(handle, decision)`, minutes later and perhaps in another process.
 *
 * @example
 * ```ts
 * authenticate: async ({ handle, user }) => {
 *   await push.send(user.device, { handle });
 *   return later();
 * },
 * ```
 */
export function later(): Later {
  return saidLater;
}

/** Whether {@link authorized}, {@link denied} or {@link failed} made the value. */
export function isDecision(value: unknown): value is Decision {
  return brandOf(value) === 'decision';
}

/** Whether {@link later} made the value. */
export function isLater(value: unknown): value is Later {
  return brandOf(value) === 'later';
}

function unauthorized(result: Unauthorized['result'], details: ErrorDetails | undefined, name: string): Decision {
  if (details !== undefined) {
    requireObject(details, name);
    for (const field of Object.keys(details)) {
      if (field !== 'description' && field !== 'uri') throw new TypeError(`${name}() does not take ${field}`);
    }
  }
  return branded('decision', { result, ...errorDetails(details) }) as Unauthorized;
}

function requireObject(value: unknown, name: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`${name}() takes an object`);
  }
}

function branded(kind: 'decision' | 'later', fields: object): object {
  return Object.freeze(Object.defineProperty(fields, brand, { value: kind }));
}

/** All calls share one object, since there is nothing in it. */
const saidLater = branded('later', {}) as Later;

function brandOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<symbol, unknown>)[brand] : undefined;
}
