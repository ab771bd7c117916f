/**
 * Why a request cannot be shown as it is: it is too large, or cannot be read. Nothing is cut off: a person must see all of
 * what they approve, so such a request is refused.
 */
export class RequestViewError extends Error {
  readonly code = 'ERR_REQUEST_UNSHOWABLE';

  constructor(message: string) {
    super(message);
    this.name = 'RequestViewError';
  }
}
