import { parseRetryAfter } from '../time/retry-after.js';

/** Whether a status says that the same request may succeed later. */
export function isWorthRetrying(status: number): boolean {
  return (status >= 500 && status <= 599) || status === 408 || status === 425 || status === 429;
}

/** OpenSSL's and Node's codes for a faulty certificate. */
const certificateCode =
  /^(?:ERR_TLS_CERT_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA|INVALID_PURPOSE|HOSTNAME_)/;

/** Whether a call failed because this process does not trust the other side's certificate. */
export function isUntrusted({ cause }: Error): boolean {
  return certificateCode.test(String((cause as { code?: unknown } | undefined)?.code));
}

/** Maximum milliseconds of the first wait. */
const firstDelay = 500;

/**
 * Milliseconds to wait after this many attempts: twice as long each time, and up to half of it random, so that
 * clients that were down do not get everything at once when they are back.
 */
export function backoff(attempts: number): number {
  return firstDelay * 2 ** (attempts - 1) * (1 - Math.random() / 2);
}

/** Milliseconds that `Retry-After` asks for, 0 where it asks for nothing. */
export function retryAfter(header: string | string[] | undefined, now = Date.now()): number {
  return parseRetryAfter(header, now) ?? 0;
}
