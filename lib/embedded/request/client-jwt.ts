import type { JWTPayload } from 'jose';
import { checkClaims, clockSkew, isExpired } from '../../jwt/claims.js';
import { JwtError } from '../../jwt/error.js';
import { jwksUriFailure } from '../../jwt/jwks-uri.js';
import { type SignatureRules, verifyJwt } from '../../jwt/verify.js';
import { type Client, clientIds } from '../client/client.js';
import type { Engine } from '../state/engine.js';
import { useOnce } from '../state/used-jwts.js';
import { ProtocolError } from './protocol-error.js';

/** The rules for a client's JWT. */
export interface ClientJwtRules extends Omit<SignatureRules, 'maxLength'> {
  /** `sub`, if it is checked. */
  readonly subject?: readonly string[];
  /** `aud` must contain one of these. */
  readonly audience: readonly string[];
  readonly required: readonly string[];
  /** Maximum time from now to `exp`: for so long a stolen JWT could be used, and its `jti` is remembered. */
  readonly maxHours: number;
  /** Creates the error for the client. */
  readonly refuse: (description: string) => ProtocolError;
}

/** Maximum number of characters; a longer JWT is refused unread. */
export const maxLength = 32_768;

/**
 * Verifies a JWT that a client signed for the engine.
 *
 * @throws ProtocolError made by `refuse`
 */
export async function verifyClientJwt(
  { settings }: Engine,
  client: Client,
  jwt: string,
  rules: ClientJwtRules,
): Promise<JWTPayload> {
  const { audience, subject, required, maxHours, refuse } = rules;
  const now = settings.now();
  const claims = await verified(jwt, rules, (claims) => {
    checkClaims(claims, { issuer: clientIds(client), subject, audience, required, now });
    if (isExpired(claims, now, clockSkew)) throw new JwtError('has expired');
  });
  if ((claims.exp ?? 0) > now / 1000 + maxHours * 3600 + clockSkew) {
    throw refuse(`lives longer than ${maxHours === 1 ? 'an hour' : `${maxHours} hours`}`);
  }
  return claims;
}

/**
 * Marks a JWT of a client as used.
 *
 * @param use what the JWT is used as: its `jti` may be used once for each use
 * @throws ProtocolError made by `refuse`; `server_error` when there is no room to remember the JWT
 */
export function requireUnused(
  { usedJwts }: Engine,
  client: Client,
  use: string,
  { jti = '', exp = 0 }: JWTPayload,
  refuse: ClientJwtRules['refuse'],
): void {
  const outcome = useOnce(usedJwts, use, client.number, jti, (exp + clockSkew) * 1000);
  if (outcome === 'used') throw refuse('has been used before');
  if (outcome === 'full') throw new ProtocolError('E010101', 'server_error', 'the embedded engine is full');
}

async function verified(
  jwt: string,
  { refuse, ...rules }: ClientJwtRules,
  check: (claims: JWTPayload) => void,
): Promise<JWTPayload> {
  try {
    const { claims } = await verifyJwt(jwt, { ...rules, maxLength });
    check(claims);
    return claims;
  } catch (error) {
    if (error instanceof JwtError) throw refuse(error.message);
    throw refuse(`cannot be verified: ${jwksUriFailure(error) ?? 'its key cannot be used'}`);
  }
}
