import { type CompactVerifyGetKey, type CryptoKey, compactVerify, type JWTPayload, type VerifyOptions } from 'jose';
import type { ClientKeys } from '../client/client-keys.js';
import { jwksUriFailure } from '../client/jwks-uri.js';
import { isTooDeep } from '../json-depth.js';
import type { ProtocolError } from '../protocol-error.js';

/** What a JWT of a client has to be. */
export interface ClientJwtRules {
  readonly keys: Pick<ClientKeys, 'forJwt'>;
  readonly algorithms: readonly string[];
  readonly issuer: readonly string[];
  /** One of these. */
  readonly audience: readonly string[];
  readonly requiredClaims: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Makes the error for the client. */
  readonly refuse: (description: string) => ProtocolError;
}

/** A JWT that its rules allow. */
export interface ClientJwt {
  readonly header: { readonly alg: string; readonly typ?: unknown };
  readonly claims: JWTPayload;
}

/** Clocks differ, seconds. */
export const clockSkew = 60;

/** Longer ones are refused unread, characters. */
export const longestJwt = 32_768;

/**
 * Verifies a JWT that a client signed, and judges the claims that every such JWT has.
 *
 * @throws ProtocolError, made by `refuse`
 */
export async function verifyClientJwt(jwt: string, rules: ClientJwtRules): Promise<ClientJwt> {
  if (jwt.length > longestJwt) throw rules.refuse('is too long');
  const { payload, protectedHeader } = await verifySignature(jwt, rules);
  const claims = claimsIn(payload);
  // RFC 7797, section 7: the claims of a JWT are always encoded.
  if (claims === undefined || protectedHeader.b64 === false) throw rules.refuse(notJwt);
  judgeClaims(claims, rules);
  return { header: protectedHeader, claims };
}

async function verifySignature(jwt: string, { keys, algorithms, refuse }: ClientJwtRules) {
  try {
    return await verifyWithAnyKey(jwt, keys.forJwt, { algorithms: [...algorithms] });
  } catch (error) {
    const failure = jwksUriFailure(error);
    throw refuse(failure === undefined ? (descriptions[codeOf(error)] ?? notJwt) : `cannot be verified: ${failure}`);
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true });

function claimsIn(payload: Uint8Array): JWTPayload | undefined {
  try {
    const claims: JWTPayload | null = JSON.parse(decoder.decode(payload));
    return typeof claims === 'object' && claims !== null && !Array.isArray(claims) ? claims : undefined;
  } catch {
    return undefined;
  }
}

/** Not by jose: it would cost as much again as all that the engine does besides. */
function judgeClaims(claims: JWTPayload, { requiredClaims, issuer, audience, now, refuse }: ClientJwtRules): void {
  const missing = requiredClaims.find((name) => claims[name] === undefined);
  if (missing !== undefined) throw refuse(`has no ${missing}`);
  for (const name of ['exp', 'iat', 'nbf']) {
    if (claims[name] !== undefined && !Number.isFinite(claims[name])) throw refuse(`has a wrong ${name}`);
  }
  const { iss = '', aud, exp = 0, iat = 0, nbf = 0, jti } = claims;
  if (!issuer.includes(iss)) throw refuse('has a wrong iss');
  if (!(Array.isArray(aud) ? aud : [aud]).some((value) => audience.includes(value ?? '')))
    throw refuse('has a wrong aud');
  if (typeof jti !== 'string') throw refuse('has a wrong jti');
  const seconds = Math.floor(now / 1000);
  if (exp <= seconds - clockSkew) throw refuse('has expired');
  if (nbf > seconds + clockSkew) throw refuse('has an nbf in the future');
  if (iat > seconds + clockSkew) throw refuse('has an iat in the future');
  if (isTooDeep(claims)) throw refuse('has claims that are nested too deep');
}

/** Without a `kid`, more than one key of the client may fit: jose leaves it to the caller to try them. */
async function verifyWithAnyKey(jwt: string, keys: CompactVerifyGetKey, options: VerifyOptions) {
  try {
    return await compactVerify(jwt, keys, options);
  } catch (error) {
    if (codeOf(error) !== 'ERR_JWKS_MULTIPLE_MATCHING_KEYS') throw error;
    let failure = error;
    for await (const key of error as AsyncIterable<CryptoKey>) {
      try {
        return await compactVerify(jwt, key, options);
      } catch (reason) {
        failure = reason;
        if (codeOf(reason) !== wrongSignature) throw reason;
      }
    }
    throw failure;
  }
}

const wrongSignature = 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED';

const descriptions: Readonly<Record<string, string>> = {
  [wrongSignature]: 'has a wrong signature',
  ERR_JOSE_ALG_NOT_ALLOWED: 'is signed with an algorithm that the client may not use',
  ERR_JWKS_NO_MATCHING_KEY: 'is signed with a key that the client does not have',
};

const notJwt = 'is not a signed JWT, or its key cannot be used';

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | null)?.code);
}
