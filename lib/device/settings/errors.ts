import type { ErrorCode } from './api.js';

const statuses: Readonly<Record<ErrorCode, number>> = {
  invalid_request: 400,
  foreign_origin: 403,
  no_phone: 401,
  no_session: 401,
  step_up_required: 403,
  passkey_required: 403,
  passkey_refused: 403,
  not_found: 404,
  already_decided: 409,
  too_many: 409,
  expired: 410,
  ended: 410,
  not_recorded: 503,
  unavailable: 503,
};

/** What goes with a {@link CallError}. */
interface CallErrorOptions {
  /** Replaces the status of the code. */
  status?: number;
  /** A `Set-Cookie` header. */
  setCookie?: string;
  /** More members of the body. */
  details?: object;
}

/** Ends a call of the page with an error: an `ApiError` as its body. */
export class CallError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly setCookie: string | undefined;
  readonly details: object;

  constructor(code: ErrorCode, message: string, { status, setCookie, details = {} }: CallErrorOptions = {}) {
    super(message);
    this.name = 'CallError';
    this.code = code;
    this.status = status ?? statuses[code];
    this.setCookie = setCookie;
    this.details = details;
  }
}

/** What is wrong with an approval record; see {@link ApprovalError}. */
export type ApprovalErrorCode =
  /** It is not an approval record, or one of a version that this package does not know. */
  | 'ERR_APPROVAL_MALFORMED'
  /** The passkey did not sign what the record says was shown, or not on this origin, or without verifying its user. */
  | 'ERR_APPROVAL_INVALID';

/** An approval record that proves nothing. */
export class ApprovalError extends Error {
  readonly code: ApprovalErrorCode;

  constructor(code: ApprovalErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ApprovalError';
    this.code = code;
  }
}
