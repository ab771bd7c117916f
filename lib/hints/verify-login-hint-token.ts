import type { JWTPayload } from 'jose';
import { reject } from '../authlete/rejection.js';
import type { Awaitable } from '../backchannel/hooks.js';
import { isExpired } from '../jwt/claims.js';
import { JwtError } from '../jwt/error.js';
import { type OptionNames, requireKnownOptions } from '../options/known-options.js';
import { verifyIssuedJwt } from './issued-jwt.js';
import type { KeySource } from './key-source.js';
import { type NamedSubject, type SubjectIdentifier, subjectOf } from './subject-identifier.js';
import { maxHintLength, unknownUser } from './verify-hint.js';

/** An issuer of login hint tokens. */
export type LoginHintTokenIssuer = KeySource & {
  /**
   * Finds the subject in this issuer's claims; `null` or `undefined` means nobody. Default: `sub_id` (RFC 9493: `iss_sub` of
   * this issuer, `email`, `phone_number`, `opaque`), or else `sub`.
   */
  subject?: (claims: JWTPayload) => Awaitable<string | null | undefined>;
};

/** How a `login_hint_token` is judged. */
export interface LoginHintTokenOptions {
  /** The issuers that are trusted, by their issuer identifiers. A token is checked with the keys of its own issuer only. */
  issuers: Readonly<Record<string, LoginHintTokenIssuer>>;
  /** The names of this server in `aud`: a token must have at least one of them. */
  audience: string | readonly string[];
}

const names: OptionNames<LoginHintTokenOptions> = { issuers: true, audience: true };
const issuerNames: OptionNames<LoginHintTokenIssuer> = { jwks: true, jwksUri: true, proxy: true, subject: true };

/** The user that a `login_hint_token` means. */
export interface LoginHintToken {
  /** The subject, as the issuer names it: an identifier, an e-mail address or a telephone number. */
  subject: string;
  /** All claims of the token; `claims.iss` is one of the trusted issuers. */
  claims: JWTPayload;
  /** The `sub_id` claim, if the subject comes from it: its `format` says what kind of name the subject is. */
  subjectIdentifier?: SubjectIdentifier;
}

/**
 * Checks a `login_hint_token` that is a JWT of one of several issuers: a discovery service, another operator, a bank's
 * own front end. (CIBA leaves the format of login hint tokens open; a signed JWT is the usual one.)
 *
 * It must be signed with an asymmetric algorithm and a key of the issuer that `iss` names; `aud`, `exp`, `iat` and
 * `nbf` are checked. A token without `exp` does not expire. `typ`, if present, must not be that of a JWT for another
 * purpose, such as an access token, a logout token or a DPoP proof (RFC 8725, section 3.11).
 *
 * @param hint the hint as the client sent it, at most 16 384 characters
 * @throws Rejection `EXPIRED_LOGIN_HINT_TOKEN` when the token is genuine but has expired, `UNKNOWN_USER_ID` when anything
 *   else is wrong with it
 * @throws TypeError when an option is wrong, and jose's errors when the keys cannot be fetched: both are logged, and the
 *   client gets `server_error`
 * @see CIBA Core 1.0, sections 7.1 and 13; RFC 9493
 * @example
 * ```ts
 * loginHintToken: async (hint) => {
 *   const { subject, claims } = await verifyLoginHintToken(hint, {
 *     audience: 'https://as.example.com',
 *     issuers: { 'https://discovery.example.net': { jwksUri: 'https://discovery.example.net/jwks' } },
 *   });
 *   return users.findByForeignName(claims.iss, subject);
 * },
 * ```
 */
export async function verifyLoginHintToken(hint: string, options: LoginHintTokenOptions): Promise<LoginHintToken> {
  requireKnownOptions(options, names, 'verifyLoginHintToken');
  const { claims, issuer } = await verified(hint, options);
  if (isExpired(claims, Date.now())) throw reject('EXPIRED_LOGIN_HINT_TOKEN');
  const named = await namedBy(issuer, claims);
  if (named === undefined) throw unknownUser('the hint names nobody');
  return { ...named, claims };
}

/** The types of other JWTs that issuers of login hint tokens sign. */
const otherTypes = [
  'at+jwt',
  'logout+jwt',
  'dpop+jwt',
  'oauth-authz-req+jwt',
  'client-authentication+jwt',
  'token-introspection+jwt',
  'secevent+jwt',
];

async function verified(hint: string, options: LoginHintTokenOptions) {
  try {
    return await verifyIssuedJwt(hint, options, { maxLength: maxHintLength, otherTypes, issuerNames });
  } catch (error) {
    throw error instanceof JwtError ? unknownUser(`the hint ${error.message}`) : error;
  }
}

async function namedBy(issuer: LoginHintTokenIssuer, claims: JWTPayload): Promise<NamedSubject | undefined> {
  if (issuer.subject === undefined) return subjectOf(claims);
  const subject = await issuer.subject(claims);
  return typeof subject === 'string' && subject !== '' ? { subject } : undefined;
}
