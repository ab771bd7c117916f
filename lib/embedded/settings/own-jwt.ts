import { compactVerify, type JWTHeaderParameters } from 'jose';
import type { SigningKeys } from './signing-keys.js';

/** A JWT that the engine signed; it may have expired. */
export interface OwnJwt {
  readonly header: JWTHeaderParameters;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Verifies that the engine signed a JWT; `undefined` when it did not. */
export async function verifyOwnJwt(keys: SigningKeys, jwt: string): Promise<OwnJwt | undefined> {
  try {
    const { payload, protectedHeader } = await compactVerify(jwt, ({ alg, kid }) => {
      const key = keys.find((candidate) => candidate.kid === kid && candidate.alg === alg);
      if (key === undefined) throw new Error('the key is not ours');
      return key.publicKey;
    });
    return { header: protectedHeader, claims: JSON.parse(new TextDecoder().decode(payload)) };
  } catch {
    return undefined;
  }
}
