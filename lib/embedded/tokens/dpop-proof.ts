import { createHash } from 'node:crypto';
import { type CompactJWSHeaderParameters, calculateJwkThumbprint, EmbeddedJWK, type JWK, type JWTPayload } from 'jose';
import { clockSkew } from '../../jwt/claims.js';
import { JwtError } from '../../jwt/error.js';
import { verifyJwt } from '../../jwt/verify.js';
import { ProtocolError } from '../request/protocol-error.js';
import { signatureAlgorithms } from '../settings/algorithms.js';
import type { Engine } from '../state/engine.js';
import { useOnce } from '../state/used-jwts.js';

/** A DPoP proof, and the request that it came with. */
export interface PresentedProof {
  /** The `DPoP` header. */
  readonly proof: string;
  readonly htm: string;
  readonly htu: string;
  /** Whether it must have a nonce from the engine. */
  readonly nonceRequired: boolean;
  /** The access token that came with it; none at the token endpoint. */
  readonly accessToken?: string;
}

/** Maximum number of characters; a longer proof is refused unread. */
const maxLength = 8192;

/** Maximum seconds from `iat` to now: polls may be held for half a minute, and clocks differ. */
const maxAge = 60 + clockSkew;

/**
 * Verifies a DPoP proof (RFC 9449, section 4.3).
 *
 * @returns the SHA-256 thumbprint of its key, `jkt` (section 6.1)
 * @throws ProtocolError `invalid_dpop_proof` or `use_dpop_nonce`
 */
export async function verifyProof(engine: Engine, presented: PresentedProof): Promise<string> {
  const { header, claims } = await verified(engine, presented.proof);
  checkRequest(claims, presented);
  const now = engine.settings.now() / 1000;
  const { iat, jti } = claims;
  if (typeof iat !== 'number' || iat > now + clockSkew || iat < now - maxAge)
    throw refuse('has an iat that is too old or in the future');
  if (typeof jti !== 'string' || jti === '') throw refuse('has no jti');
  if (presented.nonceRequired && !engine.dpopNonces.accepts(claims.nonce)) {
    throw new ProtocolError('E011302', 'use_dpop_nonce', 'the DPoP proof needs the nonce that comes with this answer');
  }
  const jkt = await calculateJwkThumbprint(header.jwk as JWK);
  const outcome = useOnce(engine.usedJwts, 'dpop', jkt, jti, (iat + maxAge) * 1000);
  if (outcome === 'used') throw refuse('has been used before');
  if (outcome === 'full') throw new ProtocolError('E011101', 'server_error', 'the embedded engine is full');
  return jkt;
}

async function verified({ settings }: Engine, proof: string) {
  try {
    const jwt = await verifyJwt(proof, {
      keys: keyInside,
      algorithms: signatureAlgorithms(settings),
      types: ['dpop+jwt'],
      maxLength,
    });
    if (jwt.header.typ === undefined) throw refuse('has no typ');
    return jwt;
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    throw refuse(error instanceof JwtError ? error.message : 'has a key that cannot be used');
  }
}

function keyInside(header: CompactJWSHeaderParameters) {
  if (header.jwk !== undefined && 'd' in header.jwk) throw refuse('holds a private key');
  return EmbeddedJWK(header);
}

function checkRequest(claims: JWTPayload, { htm, htu, accessToken }: PresentedProof): void {
  if (claims.htm !== htm) throw refuse('has a wrong htm');
  if (typeof claims.htu !== 'string' || normalised(claims.htu) !== normalised(htu)) throw refuse('has a wrong htu');
  if (accessToken === undefined) return;
  const ath = createHash('sha256').update(accessToken).digest('base64url');
  if (claims.ath !== ath) throw refuse('is for another access token');
}

/** Without query and fragment, and normalised (RFC 3986, sections 6.2.2 and 6.2.3). */
function normalised(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { origin, pathname } = new URL(text);
  const path = pathname.replace(/%[\da-f]{2}/gi, (escaped) => {
    const character = String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
    return /[\w.~-]/.test(character) ? character : escaped.toUpperCase();
  });
  return origin + path;
}

function refuse(description: string): ProtocolError {
  return new ProtocolError('E011301', 'invalid_dpop_proof', `the DPoP proof ${description}`);
}
