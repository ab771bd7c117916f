import { randomBytes } from 'node:crypto';
import type { IssuedTransaction } from '../jobs/contents.js';
import { SealError, type SealErrorCode, type SealKey, seals } from '../seal/seals.js';
import { HandleError, type HandleErrorCode } from './errors.js';

/** A secret that handles are sealed with: a string or bytes, of at least 32 bytes. */
export type HandleKey = SealKey;

/** What a handle holds: what completing needs, and nothing more. */
export interface HandleContents extends IssuedTransaction {
  /** Names of the claims that the client requested. */
  claimNames: readonly string[];
  /** When the `auth_req_id` expires, milliseconds since the epoch. */
  expiresAt: number;
}

/** Seals and unseals handles: compact JWEs, opaque to devices. */
export interface Handles {
  /** Seals with the first key. */
  seal(contents: HandleContents): string;
  /** @throws HandleError */
  unseal(handle: string): HandleContents;
}

/**
 * @param keys the first seals, all unseal
 * @throws TypeError when there is no key, or one is too short
 */
export function handles(keys: readonly HandleKey[]): Handles {
  const { seal, unseal } = seals(keys, 'handle', 'handleKeys');
  return {
    // Field by field: a handle must hold nothing else that the object may have. JSON leaves out what is undefined.
    seal: ({
      id,
      ticket,
      subject,
      actor,
      clientId,
      clientIdAlias,
      deliveryMode,
      claimNames,
      expiresAt,
      traceparent,
      issuedAt,
    }) =>
      seal(
        JSON.stringify({
          id,
          ticket,
          subject,
          actor,
          clientId,
          clientIdAlias,
          deliveryMode,
          claimNames,
          expiresAt,
          traceparent,
          issuedAt,
        }),
      ),
    unseal(handle) {
      const contents = contentsOf(handle, unseal);
      if (Date.now() >= contents.expiresAt) {
        throw new HandleError('ERR_HANDLE_EXPIRED', 'the transaction of the handle has expired');
      }
      return contents;
    },
  };
}

let ofThisProcess: Handles | undefined;

/** The handles of a process that was given no keys: they can be opened in this process only. */
export function handlesOfThisProcess(): Handles {
  ofThisProcess ??= handles([randomBytes(32)]);
  return ofThisProcess;
}

const problems: Record<SealErrorCode, [code: HandleErrorCode, message: string]> = {
  ERR_SEAL_MALFORMED: ['ERR_HANDLE_MALFORMED', 'this is not a handle'],
  ERR_SEAL_TAMPERED: ['ERR_HANDLE_TAMPERED', 'the handle was changed after it was sealed'],
  ERR_SEAL_UNKNOWN_KEY: ['ERR_HANDLE_UNKNOWN_KEY', 'the handle was sealed with a key that is not in handleKeys'],
};

function contentsOf(handle: string, unseal: (sealed: string) => string): HandleContents {
  try {
    return JSON.parse(unseal(handle)) as HandleContents;
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    const [code, message] = problems[error.code];
    throw new HandleError(code, message, error.cause);
  }
}
