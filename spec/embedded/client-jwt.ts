import { randomUUID } from 'node:crypto';
import { CompactSign, type CryptoKey, exportJWK, type JWK } from 'jose';
import { keyPair } from '../support/key-pairs.js';
import { issuer, type TestEngine } from './engine.js';

/** A key of a client. */
export interface ClientKey {
  alg: string;
  privateKey: CryptoKey | Uint8Array;
  publicJwk: JWK;
}

export async function makeClientKey(alg: string, kid?: string): Promise<ClientKey> {
  const { privateKey, publicKey } = await keyPair(alg);
  return { alg, privateKey, publicJwk: { ...(await exportJWK(publicKey)), ...(kid && { kid }) } };
}

export type Claims = Record<string, unknown>;

/** Signs claims; those that are `undefined` are left out. */
export function sign(key: Pick<ClientKey, 'alg' | 'privateKey'>, claims: Claims, header: object = {}): Promise<string> {
  const payload = new TextEncoder().encode(JSON.stringify(claims));
  return new CompactSign(payload).setProtectedHeader({ alg: key.alg, ...header }).sign(key.privateKey);
}

/** Correct claims of a client assertion, except for those given. */
export function assertionClaims(engine: TestEngine, client: string, claims: Claims = {}): Claims {
  const now = Math.floor(engine.now() / 1000);
  return { iss: client, sub: client, aud: issuer, jti: randomUUID(), iat: now, exp: now + 60, ...claims };
}

/** Correct claims of a signed request, except for those given. */
export function requestClaims(engine: TestEngine, client: string, claims: Claims = {}): Claims {
  const now = Math.floor(engine.now() / 1000);
  const times = { iat: now, nbf: now, exp: now + 300 };
  return { iss: client, aud: issuer, jti: randomUUID(), ...times, scope: 'openid', login_hint: 'alice', ...claims };
}

export function assertionParameters(assertion: string) {
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  };
}

/** A JWT that nobody signed. */
export function unsigned(claims: Claims): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  return `${encode({ alg: 'none' })}.${encode(claims)}.`;
}

/** An object in an object, and so on. */
export function nested(depth: number): object {
  return depth === 0 ? {} : { a: nested(depth - 1) };
}
