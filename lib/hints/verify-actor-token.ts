import type { JWTPayload } from 'jose';
import { type Rejection, reject } from '../authlete/rejection.js';
import type { Actor } from '../backchannel/hooks.js';
import { isExpired } from '../jwt/claims.js';
import { JwtError } from '../jwt/error.js';
import { type OptionNames, requireKnownOptions } from '../options/known-options.js';
import { verifyIssuedJwt } from './issued-jwt.js';
import type { KeySource } from './key-source.js';

/** How an `actor_token` is judged. */
export interface ActorTokenOptions {
  /** The issuers that are trusted, by their issuer identifiers. A token is checked with the keys of its own issuer only. */
  issuers: Readonly<Record<string, KeySource>>;
  /** The names of this server in `aud`: a token must have at least one of them. */
  audience: string | readonly string[];
}

const names: OptionNames<ActorTokenOptions> = { issuers: true, audience: true };
const issuerNames: OptionNames<KeySource> = { jwks: true, jwksUri: true, proxy: true };

/** The agent that an `actor_token` names. */
export interface ActorToken {
  /** For `identifyUser` to return. */
  actor: Actor;
  /** All claims of the token. */
  claims: JWTPayload;
}

// Maximum characters.
const maxLength = 8192;

/**
 * Checks the `actor_token` that an agent sends beside its request (RFC 8693, section 2.1): a JWT in which somebody you trust
 * says which agent it is. `sub` and `iss` name the agent, `name` is what people call it.
 *
 * It must be signed with an asymmetric algorithm and a key of the issuer that `iss` names; `exp` is required;
 * `aud`, `exp`, `iat` and `nbf` are checked. `typ`, if present, must be `JWT` or `at+jwt`, as agents often send the
 * access token that they got for themselves.
 *
 * @param token `context.parameter('actor_token')`; `undefined` (absent, or sent twice) is refused
 * @throws Rejection `ACCESS_DENIED` when the token is missing, has expired, or anything else is wrong with it
 * @throws TypeError when an option is wrong, and jose's errors when the keys cannot be fetched: both are logged, and the
 *   client gets `server_error`
 * @see RFC 8693, sections 2.1 and 4.1
 * @example
 * ```ts
 * identifyUser: async ({ hint }, { parameter }) => {
 *   const { actor } = await verifyActorToken(parameter('actor_token'), {
 *     audience: 'https://as.example.com',
 *     issuers: { 'https://agents.example.net': { jwksUri: 'https://agents.example.net/jwks' } },
 *   });
 *   return { ...(await users.findByEmail(hint)), actor };
 * },
 * ```
 */
export async function verifyActorToken(token: string | undefined, options: ActorTokenOptions): Promise<ActorToken> {
  requireKnownOptions(options, names, 'verifyActorToken');
  if (token === undefined || token === '') throw refused('is missing, or was sent more than once');
  const claims = await verified(token, options);
  const { iss, sub, name } = claims;
  if (typeof sub !== 'string' || sub === '') throw refused('has a wrong sub');
  const isNamed = typeof name === 'string' && name !== '';
  return { actor: { sub, iss: iss as string, ...(isNamed && { name }) }, claims };
}

async function verified(token: string, options: ActorTokenOptions): Promise<JWTPayload> {
  try {
    const rules = { maxLength, types: ['jwt', 'at+jwt'], required: ['exp', 'sub'], issuerNames };
    const { claims } = await verifyIssuedJwt(token, options, rules);
    if (isExpired(claims, Date.now())) throw new JwtError('has expired');
    return claims;
  } catch (error) {
    throw error instanceof JwtError ? refused(error.message) : error;
  }
}

function refused(why: string): Rejection {
  return reject('ACCESS_DENIED', { description: `the actor token ${why}` });
}
