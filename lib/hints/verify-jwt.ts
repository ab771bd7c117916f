import { type CryptoKey, compactVerify, type JWTHeaderParameters, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { type Rejection, reject } from '../backchannel/rejection.js';

/** A JWT whose signature is right; nothing is known of its claims yet. */
export interface VerifiedJwt {
  header: JWTHeaderParameters;
  claims: JWTPayload;
}

// Longer hints are refused unread, characters.
const longestJwt = 16_384;

// An issuer's public keys can check these and nothing else: neither `none` nor HMAC, for which a public key would serve
// as the secret (RFC 8725, section 2.1).
const asymmetricAlgorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

// What jose says when the JWT is at fault. All else (keys that cannot be fetched, a malformed JWK set) is the fault of
// this server or the issuer, and no reason to tell the client that its hint is wrong.
const faultsOfTheJwt: ReadonlySet<unknown> = new Set([
  'ERR_JWS_INVALID',
  'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
  'ERR_JOSE_ALG_NOT_ALLOWED',
  'ERR_JOSE_NOT_SUPPORTED',
  'ERR_JWKS_NO_MATCHING_KEY',
]);

// Clocks differ, seconds.
const clockTolerance = 60;

/**
 * Checks the signature of a JWT and reads its claims.
 *
 * @throws Rejection `UNKNOWN_USER_ID` when the JWT is at fault; what jose throws when the keys are
 */
export async function verifyJwt(jwt: string, keys: JWTVerifyGetKey): Promise<VerifiedJwt> {
  requireBounded(jwt);
  try {
    const { payload, protectedHeader } = await verifyWithAnyKey(jwt, keys);
    return { header: protectedHeader, claims: claimsIn(payload) };
  } catch (error) {
    if (faultsOfTheJwt.has(codeOf(error))) throw unknownUser('the hint is not a JWT signed by its issuer');
    throw error;
  }
}

/**
 * Stops what is too long to be a hint before anything parses it.
 *
 * @throws Rejection `UNKNOWN_USER_ID`
 */
export function requireBounded(hint: unknown): asserts hint is string {
  if (typeof hint !== 'string' || hint.length > longestJwt) throw unknownUser('the hint is too long');
}

/** Without a `kid`, more than one key of the issuer may fit: jose leaves it to the caller to try them. */
async function verifyWithAnyKey(jwt: string, keys: JWTVerifyGetKey) {
  const options = { algorithms: asymmetricAlgorithms };
  try {
    return await compactVerify(jwt, keys, options);
  } catch (error) {
    if (codeOf(error) !== 'ERR_JWKS_MULTIPLE_MATCHING_KEYS') throw error;
    for await (const key of error as AsyncIterable<CryptoKey>) {
      try {
        return await compactVerify(jwt, key, options);
      } catch (failure) {
        if (codeOf(failure) !== 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED') throw failure;
      }
    }
    throw unknownUser('the hint is not a JWT signed by its issuer');
  }
}

function claimsIn(payload: Uint8Array): JWTPayload {
  let claims: unknown;
  try {
    claims = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch {
    // Judged below: what does not parse has no claims.
  }
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) {
    throw unknownUser('the hint is not a JWT with a set of claims');
  }
  return claims as JWTPayload;
}

/**
 * Checks who made the JWT, whom it is for, and that its time has come; whether it has expired is another question.
 *
 * @param audience one of these has to be in `aud`; without it, `aud` is not looked at
 * @throws Rejection `UNKNOWN_USER_ID`
 */
export function checkClaims(claims: JWTPayload, issuer: string, audience: readonly unknown[] | undefined): void {
  if (claims.iss !== issuer) throw unknownUser('the hint is of another issuer');
  if (audience !== undefined) {
    const audiences = ([] as unknown[]).concat(claims.aud);
    if (!audience.some((value) => typeof value === 'string' && audiences.includes(value))) {
      throw unknownUser('the hint is for another audience');
    }
  }
  for (const name of ['exp', 'iat', 'nbf'] as const) {
    if (claims[name] !== undefined && !Number.isFinite(claims[name])) {
      throw unknownUser(`the ${name} of the hint is not a number`);
    }
  }
  const latest = epochSeconds() + clockTolerance;
  if (Number(claims.iat ?? 0) > latest || Number(claims.nbf ?? 0) > latest) {
    throw unknownUser('the hint is not valid yet');
  }
}

/** Whether the JWT has an expiry that is over (RFC 7519, section 4.1.4). */
export function isExpired(claims: JWTPayload): boolean {
  return claims.exp !== undefined && claims.exp <= epochSeconds();
}

/** Seconds since the epoch. */
export function epochSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** The refusal of a hint that names nobody. */
export function unknownUser(description: string): Rejection {
  return reject('UNKNOWN_USER_ID', { description });
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code;
}
