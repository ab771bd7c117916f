import type { JWTPayload, JWTVerifyGetKey } from 'jose';
import { type Rejection, reject } from '../authlete/rejection.js';
import { asymmetricAlgorithms } from '../jwt/algorithms.js';
import { type ClaimRules, checkClaims } from '../jwt/claims.js';
import { JwtError } from '../jwt/error.js';
import { verifyJwt } from '../jwt/verify.js';

/** Maximum number of characters; a longer hint is refused unread. */
export const maxHintLength = 16_384;

/** The rules for a hint that is a JWT. */
export interface HintRules extends Omit<ClaimRules, 'now'> {
  readonly keys: JWTVerifyGetKey;
  /** What `typ` may be, if the JWT has one. Default: anything. */
  readonly types?: readonly string[];
}

/**
 * Verifies a hint that is a JWT. Does not check whether it has expired.
 *
 * Neither `none` nor HMAC is accepted: with HMAC, a public key would do as the secret (RFC 8725, section 2.1).
 *
 * @throws Rejection `UNKNOWN_USER_ID` when the hint is at fault; what jose throws when the keys are
 */
export async function verifyHint(hint: string, { keys, types, ...rules }: HintRules): Promise<JWTPayload> {
  if (typeof hint !== 'string' || hint.length > maxHintLength) throw unknownUser('the hint is too long');
  try {
    const signature = { keys, algorithms: asymmetricAlgorithms, maxLength: maxHintLength, types };
    const { claims } = await verifyJwt(hint, signature);
    checkClaims(claims, { ...rules, now: Date.now() });
    return claims;
  } catch (error) {
    throw error instanceof JwtError ? unknownUser(`the hint ${error.message}`) : error;
  }
}

/** The refusal of a hint that names nobody. */
export function unknownUser(description: string): Rejection {
  return reject('UNKNOWN_USER_ID', { description });
}
