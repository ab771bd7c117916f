import type { JWK } from 'jose';
import { exportJWK, generateKeyPair, importJWK } from 'jose';
import type { Configuration, CryptoKey, DPoPHandle } from 'openid-client';
import type { Server } from './server.js';

/** Each approval has its own key (RFC 9449): it stays in the record, since another process may use the tokens. */
export async function newDpopKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  return exportJWK(privateKey);
}

/** Puts proofs on requests. Remembers the server's nonces. */
export async function dpopHandle(config: Configuration, server: Server, jwk: JWK): Promise<DPoPHandle> {
  const { d: _, ...publicJwk } = jwk;
  const [privateKey, publicKey] = (await Promise.all([
    importJWK(jwk, 'ES256'),
    importJWK(publicJwk, 'ES256', { extractable: true }),
  ])) as [CryptoKey, CryptoKey];
  return server.run(async (openid) => openid.getDPoPHandle(config, { privateKey, publicKey }));
}
