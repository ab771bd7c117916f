import { createHash } from 'node:crypto';
import { CompactEncrypt, importJWK, SignJWT } from 'jose';
import { jwksUriFailure } from '../../jwt/jwks-uri.js';
import type { Client } from '../client/client.js';
import { ProtocolError } from '../request/protocol-error.js';
import type { SigningKey } from '../settings/signing-keys.js';
import type { Engine } from '../state/engine.js';
import type { Grant } from '../state/grant.js';

/** The tokens that come with an ID token, which holds their hashes. */
export interface Companions {
  readonly accessToken: string;
  /** Only in a push: the ID token vouches for these two (CIBA Core 1.0, section 10.3.1). */
  readonly push?: { readonly authReqId: string; readonly refreshToken?: string };
}

/** Makes an ID token: signs it, and encrypts it if the client registered that (OpenID Connect Core 1.0, section 2). */
export async function makeIdToken(engine: Engine, grant: Grant, companions: Companions): Promise<string> {
  const signed = await signIdToken(engine, grant, companions);
  return grant.client.idTokenEncryption === undefined ? signed : encrypted(signed, grant.client);
}

async function encrypted(idToken: string, { keys, idTokenEncryption }: Client): Promise<string> {
  const { alg = '', enc = '' } = idTokenEncryption ?? {};
  try {
    const jwk = await keys?.forEncryption(alg);
    if (jwk === undefined) throw new Error(`there is no key for ${alg}`);
    return await new CompactEncrypt(new TextEncoder().encode(idToken))
      .setProtectedHeader({ alg, enc, cty: 'JWT', ...(jwk.kid !== undefined && { kid: jwk.kid }) })
      .encrypt(await importJWK({ ...jwk, use: undefined, key_ops: undefined }, alg));
  } catch (error) {
    const why = jwksUriFailure(error) ?? `the client has no usable key for ${alg}`;
    throw new ProtocolError('E070308', 'invalid_request', `the ID token cannot be encrypted: ${why}`);
  }
}

function signIdToken({ settings }: Engine, grant: Grant, companions: Companions): Promise<string> {
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
