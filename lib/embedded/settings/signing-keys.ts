import { createHash } from 'node:crypto';
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JSONWebKeySet,
  type JWK,
} from 'jose';
import { asymmetricAlgorithms } from '../../jwt/algorithms.js';

/** A private key of the provider. */
export interface SigningKey {
  readonly alg: string;
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly publicJwk: JWK;
  /** Makes pairwise subjects: every engine with this key makes the same ones. */
  readonly pairwiseSecret: Buffer;
}

/** The provider's keys, the default one first. */
export type SigningKeys = readonly [SigningKey, ...SigningKey[]];

/**
 * Loads the private keys, or generates one for ES256.
 *
 * @throws TypeError when `jwks` holds anything but private signature keys
 */
export async function loadSigningKeys(jwks: JSONWebKeySet | undefined): Promise<SigningKeys> {
  if (jwks === undefined) return [await loadKey(await generateJwk())];
  if (!Array.isArray(jwks?.keys)) throw new TypeError('jwks must be a JWK set: an object with an array of keys');
  const [first, ...more] = await Promise.all(jwks.keys.map(loadKey));
  if (first === undefined) throw new TypeError('jwks must hold a private key');
  return [first, ...more];
}

async function generateJwk(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  return { ...(await exportJWK(privateKey)), alg: 'ES256' };
}

async function loadKey(jwk: JWK | null): Promise<SigningKey> {
  const alg = jwk?.alg ?? algorithmOf(jwk ?? {});
  if (jwk?.d === undefined || alg === undefined || !asymmetricAlgorithms.includes(alg)) {
    throw new TypeError('jwks must hold private keys that sign: EC, OKP or RSA, with d');
  }
  try {
    const kid = jwk.kid ?? (await calculateJwkThumbprint(jwk));
    const publicJwk = { ...publicPart(jwk), kid, alg, use: 'sig' };
    const privateKey = (await importJWK(jwk, alg)) as CryptoKey;
    const publicKey = (await importJWK(publicJwk, alg)) as CryptoKey;
    const pairwiseSecret = createHash('sha256').update(`pairwise subjects\0${jwk.d}`).digest();
    return { alg, kid, privateKey, publicKey, publicJwk, pairwiseSecret };
  } catch (cause) {
    throw new TypeError('jwks holds a key that cannot be used', { cause });
  }
}

const algorithms: Readonly<Record<string, string>> = {
  'P-256': 'ES256',
  'P-384': 'ES384',
  'P-521': 'ES512',
  Ed25519: 'EdDSA',
};

function algorithmOf({ kty, crv }: Partial<JWK>): string | undefined {
  return kty === 'RSA' ? 'PS256' : algorithms[crv ?? ''];
}

function publicPart({ kty, crv, x, y, n, e }: JWK): JWK {
  return JSON.parse(JSON.stringify({ kty, crv, x, y, n, e }));
}
