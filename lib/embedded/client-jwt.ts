import { type CryptoKey, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from 'jose';
import type { ClientKeys } from './client-keys.js';
import { isTooDeep } from './json-depth.js';
import { jwksUriFailure } from './jwks-uri.js';
import type { ProtocolError } from './protocol-error.js';

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
  const { refuse, now } = rules;
  if (jwt.length > longestJwt) throw refuse('is too long');
  const { payload, protectedHeader } = await verify(jwt, rules);
  if (isTooDeep(payload)) throw refuse('has claims that are nested too deep');
  if (payload.iat !== undefined && payload.iat > now / 1000 + clockSkew) throw refuse('has an iat in the future');
  if (typeof payload.jti !== 'string') throw refuse('has a wrong jti');
  return { header: protectedHeader, claims: payload };
}

async function verify(jwt: string, rules: ClientJwtRules) {
  const options: JWTVerifyOptions = {
    algorithms: [...rules.algorithms],
    issuer: [...rules.issuer],
    audience: [...rules.audience],
    requiredClaims: [...rules.requiredClaims],
    clockTolerance: clockSkew,
    currentDate: new Date(rules.now),
  };
  try {
    return await verifyWithAnyKey(jwt, rules.keys.forJwt, options);
  } catch (error) {
    const failure = jwksUriFailure(error);
    throw rules.refuse(failure === undefined ? descriptionOf(error as JoseError) : `cannot be verified: ${failure}`);
  }
}

/** Without a `kid`, more than one key of the client may fit: jose leaves it to the caller to try them. */
async function verifyWithAnyKey(jwt: string, keys: JWTVerifyGetKey, options: JWTVerifyOptions) {
  try {
    return await jwtVerify(jwt, keys, options);
  } catch (error) {
    if ((error as JoseError).code !== 'ERR_JWKS_MULTIPLE_MATCHING_KEYS') throw error;
    let failure = error;
    for await (const key of error as AsyncIterable<CryptoKey>) {
      try {
        return await jwtVerify(jwt, key, options);
      } catch (reason) {
        failure = reason;
        if ((reason as JoseError).code !== wrongSignature) throw reason;
      }
    }
    throw failure;
  }
}

interface JoseError {
  readonly code?: string;
  readonly claim?: string;
  readonly reason?: string;
}

const wrongSignature = 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED';

const descriptions: Readonly<Record<string, string>> = {
  [wrongSignature]: 'has a wrong signature',
  ERR_JOSE_ALG_NOT_ALLOWED: 'is signed with an algorithm that the client may not use',
  ERR_JWKS_NO_MATCHING_KEY: 'is signed with a key that the client does not have',
  ERR_JWT_EXPIRED: 'has expired',
};

function descriptionOf({ code = '', claim, reason }: JoseError): string {
  if (code === 'ERR_JWT_CLAIM_VALIDATION_FAILED') {
    return reason === 'missing' ? `has no ${claim}` : `has a wrong ${claim}`;
  }
  return descriptions[code] ?? 'is not a signed JWT, or its key cannot be used';
}
