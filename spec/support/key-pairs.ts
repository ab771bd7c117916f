import { exportJWK, type GenerateKeyPairResult, generateKeyPair, importJWK } from 'jose';
import { oncePerProcess } from './once-per-process.js';

/** Makes keys that can be exported. Those of RSA are slow to make: one pair serves all algorithms and suites. */
export async function keyPair(alg: string): Promise<GenerateKeyPairResult> {
  const options = { extractable: true };
  if (!/^(RS|PS)/.test(alg)) return generateKeyPair(alg, options);
  const jwk = await oncePerProcess('the RSA key', async () =>
    exportJWK((await generateKeyPair('RS256', options)).privateKey),
  );
  const { kty, n, e } = jwk;
  const [privateKey, publicKey] = [await importJWK(jwk, alg, options), await importJWK({ kty, n, e }, alg, options)];
  return { privateKey, publicKey } as GenerateKeyPairResult;
}
