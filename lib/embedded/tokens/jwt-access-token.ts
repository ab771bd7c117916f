import { createHash } from 'node:crypto';
import { CompactSign } from 'jose';
import { stringifyExactly } from '../../json/exact-json.js';
import { authorizationDetailsForJson } from '../request/authorization-details.js';
import { verifyOwnJwt } from '../settings/own-jwt.js';
import type { Engine } from '../state/engine.js';
import type { Grant } from '../state/grant.js';
import { confirmationOf } from './binding.js';
import type { IssueOptions } from './issue-options.js';

const type = 'at+jwt';

/**
 * Signs the JWT of an access token (RFC 9068, section 2).
 *
 * @param accessToken the value that the server knows it by; the `jti` is a hash of it, which does not reveal it
 */
export function signAccessToken(
  { settings, keys }: Engine,
  grant: Grant,
  accessToken: string,
  options: IssueOptions,
): Promise<string> {
  const [key] = keys;
  const issuedAt = Math.floor(settings.now() / 1000);
  const audience = options.resources ?? [settings.issuer];
  const claims = {
    ...options.jwtClaims,
    iss: settings.issuer,
    // The `sub` of the ID token; without a user, the client (RFC 9068, section 2.2).
    sub: grant.sub ?? grant.subject ?? grant.clientId,
    aud: audience.length === 1 ? audience[0] : [...audience],
    client_id: grant.clientId,
    iat: issuedAt,
    exp: issuedAt + options.accessTokenDuration,
    jti: hashOf(accessToken),
    scope: options.scopes.join(' '),
    ...(grant.authTime !== undefined && { auth_time: grant.authTime }),
    ...(grant.acr !== undefined && { acr: grant.acr }),
    authorization_details: authorizationDetailsForJson(options.authorizationDetails),
    cnf: confirmationOf(options.binding),
  };
  return new CompactSign(new TextEncoder().encode(stringifyExactly(claims)))
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: type })
    .sign(key.privateKey);
}

/** The key of an access token in the engine's memory: the token itself, or its `jti` if access tokens are JWTs. */
export async function accessTokenKey({ settings, keys }: Engine, value: string): Promise<string> {
  if (settings.accessTokenFormat === 'opaque') return value;
  const own = value.includes('.') ? await verifyOwnJwt(keys, value) : undefined;
  return own?.header.typ === type ? String(own.claims.jti) : hashOf(value);
}

function hashOf(accessToken: string): string {
  return createHash('sha256').update(accessToken).digest('base64url');
}
