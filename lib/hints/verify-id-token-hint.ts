import type { JWTPayload } from 'jose';
import { isExpired } from '../jwt/claims.js';
import { type OptionNames, requireKnownOptions } from '../options/known-options.js';
import { type KeySource, keysOf } from './key-source.js';
import { unknownUser, verifyHint } from './verify-hint.js';

/** How an `id_token_hint` is judged. */
export type IdTokenHintOptions = KeySource & {
  /** The issuer of the ID token: this server's issuer identifier. */
  issuer: string;
  /**
   * The client that makes the request: its number and its alias, since `aud` of an ID token has one or the other. At least
   * one of them must be there. Without this option, any client may use the ID tokens of any other.
   */
  audience?: string | readonly (string | undefined)[] | undefined;
  /** Seconds after its issue for which an expired ID token still serves as a hint; without limit by default. */
  maxAge?: number | undefined;
};

const names: OptionNames<IdTokenHintOptions> = {
  issuer: true,
  audience: true,
  maxAge: true,
  jwks: true,
  jwksUri: true,
  proxy: true,
};

/** The user that an `id_token_hint` means. */
export interface IdTokenHint {
  /** The `sub` claim. */
  subject: string;
  /** All claims of the ID token. */
  claims: JWTPayload;
}

/**
 * Checks an `id_token_hint`: an ID token of this server, issued to the client that makes the request. It is a hint and not a
 * credential, so it may have expired.
 *
 * It must be signed with an asymmetric algorithm and a key of `jwks` or `jwksUri`; `iss`, `aud`, `exp`, `iat` and
 * `nbf` are checked; `typ`, if present, must be `JWT`, so that no access token or logout token passes.
 *
 * @param hint the hint as the client sent it, at most 16 384 characters
 * @throws Rejection `UNKNOWN_USER_ID` when the hint is not such an ID token, or is too old
 * @throws TypeError when an option is wrong, and jose's errors when the keys cannot be fetched: both are logged, and the
 *   client gets `server_error`
 * @see CIBA Core 1.0, sections 7.1 and 7.2; OpenID Connect Core 1.0, section 2
 * @example
 * ```ts
 * idTokenHint: async (hint, request) => {
 *   const audience = [request.clientId, request.clientIdAlias];
 *   const { subject } = await verifyIdTokenHint(hint, { issuer, audience, jwksUri, maxAge: 90 * 86_400 });
 *   return users.findBySubject(subject);
 * },
 * ```
 */
export async function verifyIdTokenHint(hint: string, options: IdTokenHintOptions): Promise<IdTokenHint> {
  requireKnownOptions(options, names, 'verifyIdTokenHint');
  const { issuer, audience, maxAge = Number.POSITIVE_INFINITY } = options;
  if (typeof issuer !== 'string' || issuer === '') throw new TypeError('issuer must be a string');
  if ('audience' in options && audience === undefined) {
    // For example, the alias of a client that has none. Checking no audience then would be the worst reaction.
    throw new TypeError('audience is undefined: give the client id, or leave the option out');
  }
  if (typeof maxAge !== 'number' || !(maxAge >= 0)) throw new TypeError('maxAge must be a number of seconds');

  const claims = await verifyHint(hint, {
    keys: keysOf(options),
    types: ['jwt'],
    issuer: [issuer],
    audience: audience === undefined ? undefined : [audience].flat().filter((id) => id !== undefined),
    required: ['exp', 'iat'],
  });
  const age = Date.now() / 1000 - (claims.iat ?? 0);
  if (isExpired(claims, Date.now()) && age > maxAge) throw unknownUser('the hint is too old');
  if (typeof claims.sub !== 'string' || claims.sub === '') throw unknownUser('the hint has no subject');
  return { subject: claims.sub, claims };
}
