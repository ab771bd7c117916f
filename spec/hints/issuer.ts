import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, type JSONWebKeySet, type JWTPayload, SignJWT } from 'jose';
import { keyPair } from '../support/key-pairs.js';

/** Somebody who signs JWTs. */
export interface Issuer {
  readonly issuer: string;
  readonly jwks: JSONWebKeySet;
  readonly publicKey: CryptoKey;
  readonly privateKey: CryptoKey;
  /** Signs; the header and the claims given replace the usual ones, `undefined` removes. */
  sign(claims?: JWTPayload, header?: Record<string, unknown>, key?: CryptoKey | Uint8Array): Promise<string>;
}

export const now = () => Math.floor(Date.now() / 1000);

export async function makeIssuer(issuer: string, audience: string, alg = 'ES256', kid = '1'): Promise<Issuer> {
  const { publicKey, privateKey } = await keyPair(alg);
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }] };
  return {
    issuer,
    jwks,
    publicKey,
    privateKey,
    sign(claims = {}, header = {}, key = privateKey) {
      const all = { iss: issuer, sub: 'alice', aud: audience, iat: now(), exp: now() + 300, ...claims };
      return new SignJWT(all).setProtectedHeader({ alg, kid, ...header }).sign(key);
    },
  };
}

/** An unsigned JWT, or one with any signature that is given. */
export function forge(header: object, claims: object, signature = ''): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${encode(header)}.${encode(claims)}.${signature}`;
}

/** Serves a JWK set over HTTP and counts how often it was fetched. */
export async function serveJwks(answer: () => { status?: number; body: unknown }) {
  let fetched = 0;
  const server = createServer((_, res) => {
    fetched += 1;
    const { status = 200, body } = answer();
    res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`,
    fetched: () => fetched,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
