import {
  type CompactJWSHeaderParameters,
  type CompactVerifyGetKey,
  type CryptoKey,
  compactVerify,
  type JWTPayload,
  type VerifyOptions,
} from 'jose';
import { JwtError } from './error.js';
import { isTooDeep } from './json-depth.js';

/** The rules for a JWT's signature. */
export interface SignatureRules {
  /** Finds the key. */
  readonly keys: CompactVerifyGetKey;
  readonly algorithms: readonly string[];
  /** Maximum number of characters; a longer JWT is refused unread. */
  readonly maxLength: number;
  /** What `typ` may be, if the JWT has one: media types without `application/`, in lower case. Default: anything. */
  readonly types?: readonly string[];
}

/** A JWT whose signature is right; its claims are not checked yet. */
export interface VerifiedJwt {
  readonly header: CompactJWSHeaderParameters;
  readonly claims: JWTPayload;
}

/**
 * Verifies the signature of a JWT that somebody else signed, and reads its claims.
 *
 * @throws JwtError when the JWT is at fault; what `keys` throws, or jose, when the keys are
 */
export async function verifyJwt(jwt: string, rules: SignatureRules): Promise<VerifiedJwt> {
  if (jwt.length > rules.maxLength) throw new JwtError('is too long');
  const { payload, protectedHeader } = await verifySignature(jwt, rules);
  // RFC 8725, section 3.11: a JWT for one purpose must not serve another.
  if (rules.types !== undefined && protectedHeader.typ !== undefined && !isTyped(protectedHeader.typ, rules.types))
    throw new JwtError('has a wrong typ');
  const claims = claimsIn(payload);
  // RFC 7797, section 7: the claims of a JWT are always encoded.
  if (claims === undefined || protectedHeader.b64 === false) throw new JwtError(notJwt);
  if (isTooDeep(claims)) throw new JwtError('has claims that are nested too deep');
  return { header: protectedHeader, claims };
}

async function verifySignature(jwt: string, { keys, algorithms }: SignatureRules) {
  try {
    return await verifyWithAnyKey(jwt, keys, { algorithms: [...algorithms] });
  } catch (error) {
    const fault = faults[codeOf(error)];
    throw fault === undefined ? error : new JwtError(fault);
  }
}

/** Without a `kid`, more than one key may fit: jose leaves it to the caller to try them. */
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

/** Whether a `typ` is one of some media types, which are in lower case and without `application/` (RFC 7515, section 4.1.9). */
export function isTyped(type: unknown, types: readonly string[]): boolean {
  return typeof type === 'string' && types.includes(type.toLowerCase().replace(/^application\//, ''));
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

const notJwt = 'is not a signed JWT';
const wrongSignature = 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED';

/** jose's codes for a faulty JWT. */
const faults: Readonly<Record<string, string>> = {
  [wrongSignature]: 'has a wrong signature',
  ERR_JWS_INVALID: notJwt,
  ERR_JOSE_NOT_SUPPORTED: notJwt,
  ERR_JOSE_ALG_NOT_ALLOWED: 'is signed with an algorithm that is not allowed',
  ERR_JWKS_NO_MATCHING_KEY: 'is signed with a key that its issuer does not have',
};

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | null)?.code);
}
