import { createHmac, randomBytes } from 'node:crypto';

/** Nonces for DPoP proofs (RFC 9449, section 8). Nothing is stored: a nonce is computed from the time and a secret. */
export interface DpopNonces {
  current(): string;
  /** Whether it is the current one or the one before. */
  accepts(nonce: unknown): boolean;
}

/** How long a nonce is the current one, milliseconds; it is accepted for as long again. */
const turn = 60_000;

/** @param now milliseconds since the epoch */
export function dpopNonces(now: () => number): DpopNonces {
  const secret = randomBytes(32);
  const nonceOf = (number: number) => createHmac('sha256', secret).update(String(number)).digest('base64url');
  const turnNow = () => Math.floor(now() / turn);
  return {
    current: () => nonceOf(turnNow()),
    accepts: (nonce) => nonce === nonceOf(turnNow()) || nonce === nonceOf(turnNow() - 1),
  };
}
