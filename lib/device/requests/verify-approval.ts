import { verifyPasskeyAssertion } from '../passkeys/assertion.js';
import type { ApprovalRecord } from '../settings/approval-record.js';
import { ApprovalError } from '../settings/errors.js';
import type { Shown } from '../settings/shown.js';
import { approvalChallenge } from './shown.js';

/** What {@link verifyApproval} needs to know. */
export interface VerifyApprovalOptions {
  /** The page's origin when the approval was given. */
  origin: string;
  /** The `rp.id` when the approval was given. */
  rpId: string;
  /** The passkey's id, as `onChange` gave it (`change.passkey.credentialId`). */
  credentialId: string;
  /** The passkey's public key, as `onChange` gave it: a COSE_Key in base64url. */
  publicKey: string;
}

/**
 * Checks an approval record, now or in ten years: that the passkey with this id and public key, on a page of this origin and
 * after it verified its user, has signed exactly what the record says was shown. It needs nothing but its arguments.
 *
 * A record is identified by the transaction in it and not by its bytes: an ECDSA signature has a second form that
 * verifies as well.
 *
 * @returns what was shown
 * @throws TypeError when an option is missing
 * @throws ApprovalError `ERR_APPROVAL_MALFORMED` when it is not a record of a known version, `ERR_APPROVAL_INVALID` when it
 * proves nothing
 * @see WebAuthn Level 3, section 7.2
 * @example
 * ```ts
 * const { transaction, payment } = await verifyApproval(record, { origin, rpId, credentialId, publicKey });
 * ```
 */
export async function verifyApproval(
  record: ApprovalRecord,
  { origin, rpId, credentialId: expectedId, publicKey }: VerifyApprovalOptions,
): Promise<Shown> {
  const { version, shown, credentialId, authenticatorData, clientDataJSON, signature } = record ?? {};
  const texts = [shown, credentialId, authenticatorData, clientDataJSON, signature];
  if (version !== 1 || !texts.every((text) => typeof text === 'string')) {
    throw new ApprovalError('ERR_APPROVAL_MALFORMED', 'this is not an approval record of version 1');
  }
  for (const [name, value] of Object.entries({ origin, rpId, credentialId: expectedId, publicKey })) {
    if (typeof value !== 'string') throw new TypeError(`verifyApproval needs ${name}, a string`);
  }
  if (credentialId !== expectedId) {
    throw new ApprovalError('ERR_APPROVAL_INVALID', 'the record was signed by another passkey');
  }
  const response = { authenticatorData, clientDataJSON, signature };
  try {
    await verifyPasskeyAssertion(
      { id: credentialId, rawId: credentialId, type: 'public-key', response },
      { challenge: approvalChallenge(shown), origin, rpId, publicKey, counter: 0 },
    );
    return JSON.parse(shown);
  } catch (error) {
    throw new ApprovalError('ERR_APPROVAL_INVALID', 'the passkey has not signed what the record says was shown', error);
  }
}
