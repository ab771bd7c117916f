import { createHash } from 'node:crypto';
import { SignJWT } from 'jose';
import type { SigningKey } from '../settings/signing-keys.js';
import type { Engine } from '../state/engine.js';
import type { Grant } from '../state/grant.js';

/** What the tokens beside an ID token add to it. */
export interface Companions {
  readonly accessToken: string;
  /** Of a push: the ID token vouches for these two (CIBA Core 1.0, section 10.3.1). */
  readonly push?: { readonly authReqId: string; readonly refreshToken?: string };
}

/** Signs an ID token (OpenID Connect Core 1.0, section 2). */
export function signIdToken({ settings }: Engine, grant: Grant, companions: Companions): Promise<string> {
  const key = grant.client.idTokenKey;
  const issuedAt = Math.floor(settings.now() / 1000);
  const payload: Record<string, unknown> = {
    ...grant.claims,
    iss: settings.issuer,
    sub: grant.sub ?? grant.subject,
    aud: grant.audienceAsArray ? [grant.clientId] : grant.clientId,
    iat: issuedAt,
    exp: issuedAt + settings.idTokenDuration,
    at_hash: hashOf(companions.accessToken, key),
  };
  if (grant.authTime !== undefined) payload.auth_time = grant.authTime;
  if (grant.acr !== undefined) payload.acr = grant.acr;
  if (companions.push !== undefined) {
    const { authReqId, refreshToken } = companions.push;
    payload['urn:openid:params:jwt:claim:auth_req_id'] = authReqId;
    if (refreshToken !== undefined) payload['urn:openid:params:jwt:claim:rt_hash'] = hashOf(refreshToken, key);
  }
  return new SignJWT(payload)
    .setProtectedHeader({ ...grant.idTokenHeader, alg: key.alg, kid: key.kid })
    .sign(key.privateKey);
}

/** `at_hash` and `rt_hash`: the left half of the hash that the key's algorithm uses. */
function hashOf(token: string, { alg }: SigningKey): string {
  const bits = /^[A-Z]S(\d{3})$/.exec(alg)?.[1] ?? '512';
  const digest = createHash(`sha${bits}`).update(token).digest();
  return digest.subarray(0, digest.length / 2).toString('base64url');
}
