/** Why a call of a {@link CibaClient} could not do its work. */
export type ApprovalErrorCode =
  /** The key was used before, with other parameters. */
  | 'ERR_APPROVAL_KEY_REUSED'
  /** The server cannot be reached, or gives no usable answer. */
  | 'ERR_APPROVAL_UNREACHABLE'
  /** There is no approval with this key. */
  | 'ERR_APPROVAL_UNKNOWN'
  /** There is nothing to use: `state` says why. */
  | 'ERR_APPROVAL_NOT_APPROVED'
  /** `use()` is running. */
  | 'ERR_APPROVAL_IN_USE'
  /** The store failed. */
  | 'ERR_APPROVAL_STORE'
  /** `close()` was called. */
  | 'ERR_APPROVAL_CLOSED'
  /** `openid-client` 6 is not installed, or `config` was made by another copy of it. */
  | 'ERR_APPROVAL_PEER'
  /** A token was about to be sent to an origin that `origins` does not name; by default, to another than the first. */
  | 'ERR_APPROVAL_ORIGIN';

const retryable: ReadonlySet<ApprovalErrorCode> = new Set([
  'ERR_APPROVAL_UNREACHABLE',
  'ERR_APPROVAL_IN_USE',
  'ERR_APPROVAL_STORE',
]);

/**
 * What the methods of a {@link CibaClient} reject with. Holds no token.
 *
 * @example
 * ```ts
 * try {
 *   await approvals.use(key, ({ fetch }) => pay(fetch));
 * } catch (error) {
 *   if (!(error instanceof ApprovalError) || !error.retryable) throw error;
 *   await useAgainLater(key);
 * }
 * ```
 */
export class ApprovalError extends Error {
  readonly code: ApprovalErrorCode;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  /** The state of the approval, with `ERR_APPROVAL_NOT_APPROVED`. */
  readonly state: string | undefined;

  constructor(code: ApprovalErrorCode, message: string, { cause, state }: { cause?: unknown; state?: string } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ApprovalError';
    this.code = code;
    this.retryable = retryable.has(code);
    this.state = state;
  }
}
