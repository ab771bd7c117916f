import { hash } from 'node:crypto';

/**
 * The id of a transaction: the first 16 bytes of the SHA-256 of its `auth_req_id`, in base64url. Events, traces, jobs,
 * held polls and the records of devices carry it. It can be computed from the `auth_req_id`, but not the other way round.
 *
 * @returns 22 characters
 * @example
 * ```ts
 * const [entry] = await audit.find({ transaction: transactionId(authReqId) });
 * ```
 */
export function transactionId(authReqId: string): string {
  // By way of hexadecimal digits: asking OpenSSL for a buffer costs three times as much as everything else here.
  return Buffer.from(hash('sha256', authReqId, 'hex').slice(0, 32), 'hex').toString('base64url');
}
