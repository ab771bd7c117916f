import { type OptionNames, requireKnownOptions } from '../options/known-options.js';
import { type ErrorDetails, errorDetails } from './error-details.js';
import { Reason } from './types/reason.js';

// A symbol, so that refusals also work in a host with two copies of this package.
const brand = Symbol.for('ciba-backchannel.Rejection');

const names: OptionNames<ErrorDetails> = { description: true, uri: true };

/** A refusal by a hook, which may return it or throw it; {@link reject} makes one. */
export class Rejection extends Error {
  readonly [brand] = true;
  readonly code = 'ERR_REJECTED';
  readonly reason: Reason;
  /** `error_description` for the client. */
  readonly description?: string;
  /** `error_uri` for the client. */
  readonly uri?: string;

  constructor(reason: Reason, details?: ErrorDetails) {
    if (typeof reason !== 'string' || !Object.hasOwn(Reason, reason)) {
      throw new TypeError(`unknown reason ${String(reason)}: use one of ${Object.keys(Reason).join(', ')}`);
    }
    requireKnownOptions(details ?? {}, names, 'reject');
    const { description, uri } = errorDetails(details);
    super(description === undefined ? reason : `${reason}: ${description}`);
    this.name = 'Rejection';
    this.reason = reason;
    if (description !== undefined) this.description = description;
    if (uri !== undefined) this.uri = uri;
  }
}

/**
 * Refuses a backchannel authentication request: `identifyUser` and `policy` may return the result or throw it.
 *
 * @param reason becomes the `error` of the answer, see {@link Reason}
 * @param details `error_description` and `error_uri` for the client
 * @throws TypeError when the reason is not one of the nine, a detail is not known, or `uri` is not an absolute URL
 * @see CIBA Core 1.0, section 13; Authlete's `/backchannel/authentication/fail` API
 * @example
 * ```ts
 * identifyUser: async (request) =>
 *   (await users.find(request.hint)) ?? reject('UNKNOWN_USER_ID', { description: 'no such customer' }),
 * ```
 */
export function reject(reason: Reason, details?: ErrorDetails): Rejection {
  return new Rejection(reason, details);
}

export function isRejection(value: unknown): value is Rejection {
  return typeof value === 'object' && value !== null && brand in value;
}
