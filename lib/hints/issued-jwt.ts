import { decodeJwt, type JWTPayload } from 'jose';
import { asymmetricAlgorithms } from '../jwt/algorithms.js';
import { checkClaims } from '../jwt/claims.js';
import { JwtError } from '../jwt/error.js';
import { isTyped, verifyJwt } from '../jwt/verify.js';
import { type OptionNames, requireKnownOptions } from '../options/known-options.js';
import { type KeySource, keysOf } from './key-source.js';

/** The trusted issuers of JWTs, and the audience that a JWT must have. */
export interface Trust<I extends KeySource> {
  issuers: Readonly<Record<string, I>>;
  audience: string | readonly string[];
}

/** The rules for a JWT of one of several issuers. */
export interface IssuedJwtRules<I extends KeySource> {
  /** Maximum number of characters; a longer one is refused unread. */
  maxLength: number;
  /** Required claims. */
  required?: readonly string[];
  /** What `typ` may be, if the JWT has one. Default: anything but `otherTypes`. */
  types?: readonly string[];
  /** What `typ` may not be. */
  otherTypes?: readonly string[];
  /** The options that an issuer may have. */
  issuerNames: OptionNames<I>;
}

/**
 * Verifies a JWT of one of several issuers, with the keys of the issuer that it names. Does not check whether it has
 * expired. Neither `none` nor HMAC is accepted: with HMAC, a public key would do as the secret (RFC 8725, section 2.1).
 *
 * @throws JwtError when the JWT is at fault, TypeError when an option is wrong, what jose throws when the keys are
 */
export async function verifyIssuedJwt<I extends KeySource>(
  jwt: unknown,
  { issuers, audience }: Trust<I>,
  { maxLength, required, types, otherTypes = [], issuerNames }: IssuedJwtRules<I>,
): Promise<{ claims: JWTPayload; issuer: I }> {
  if (typeof issuers !== 'object' || issuers === null) throw new TypeError('issuers must be an object');
  const audiences = typeof audience === 'string' ? [audience] : audience;
  if (!Array.isArray(audiences)) throw new TypeError('audience must be a string or an array of strings');
  if (typeof jwt !== 'string' || jwt.length > maxLength) throw new JwtError('is too long');

  const name = claimedIssuer(jwt);
  const issuer = Object.hasOwn(issuers, name) ? issuers[name] : undefined;
  if (issuer === undefined) throw new JwtError('has an unknown issuer');
  requireKnownOptions(issuer, issuerNames, `issuers['${name}']`);

  const signature = { keys: keysOf(issuer), algorithms: asymmetricAlgorithms, maxLength, types };
  const { header, claims } = await verifyJwt(jwt, signature);
  if (isTyped(header.typ, otherTypes)) throw new JwtError('is a JWT for another purpose');
  checkClaims(claims, { issuer: [name], audience: audiences, required, now: Date.now() });
  return { claims, issuer };
}

/** The issuer that a JWT claims to have. It only chooses the keys, and these must then prove it. */
function claimedIssuer(jwt: string): string {
  let issuer: unknown;
  try {
    issuer = decodeJwt(jwt).iss;
  } catch {
    throw new JwtError('is not a JWT');
  }
  if (typeof issuer !== 'string') throw new JwtError('has no issuer');
  return issuer;
}
