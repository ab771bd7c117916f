import type { JWTPayload } from 'jose';
import { JwtError } from './error.js';

/** The rules for a JWT's claims. */
export interface ClaimRules {
  /** `iss` must be one of these. */
  readonly issuer: readonly string[];
  /** `sub` must be one of these. Absent: `sub` is not checked. */
  readonly subject?: readonly string[];
  /** `aud` must contain one of these. Absent: `aud` is not checked. */
  readonly audience?: readonly string[];
  readonly required?: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** How far clocks may differ, in seconds. */
export const clockSkew = 60;

/**
 * Checks the issuer, subject and audience of a JWT, and that it is already valid. Does not check whether it has expired.
 *
 * @throws JwtError
 */
export function checkClaims(claims: JWTPayload, rules: ClaimRules): void {
  const { issuer, subject, audience, required = [], now } = rules;
  const missing = required.find((name) => claims[name] === undefined);
  if (missing !== undefined) throw new JwtError(`has no ${missing}`);
  for (const name of ['exp', 'iat', 'nbf']) {
    if (claims[name] !== undefined && !Number.isFinite(claims[name])) throw new JwtError(`has a wrong ${name}`);
  }
  const { iss, sub, aud, iat = 0, nbf = 0, jti } = claims;
  if (!isOneOf(iss, issuer)) throw new JwtError('has a wrong iss');
  if (subject !== undefined && !isOneOf(sub, subject)) throw new JwtError('has a wrong sub');
  if (audience !== undefined && ![aud].flat().some((value) => isOneOf(value, audience))) {
    throw new JwtError('has a wrong aud');
  }
  if (jti !== undefined && typeof jti !== 'string') throw new JwtError('has a wrong jti');
  const latest = Math.floor(now / 1000) + clockSkew;
  if (nbf > latest) throw new JwtError('has an nbf in the future');
  if (iat > latest) throw new JwtError('has an iat in the future');
}

function isOneOf(value: unknown, values: readonly string[]): boolean {
  return typeof value === 'string' && values.includes(value);
}

/** Whether a JWT has expired (`exp`; RFC 7519, section 4.1.4), at least `leeway` seconds ago. */
export function isExpired({ exp }: JWTPayload, now: number, leeway = 0): boolean {
  return exp !== undefined && exp <= Math.floor(now / 1000) - leeway;
}
