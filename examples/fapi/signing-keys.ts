import { exportJWK, generateKeyPair, type JSONWebKeySet } from 'jose';

/** Makes keys that sign ID tokens, one for each algorithm. */
export async function makeSigningKeys(algorithms: readonly string[]): Promise<JSONWebKeySet> {
  const keys = algorithms.map(async (alg) => {
    const { privateKey } = await generateKeyPair(alg, { extractable: true });
    return { ...(await exportJWK(privateKey)), alg, use: 'sig', kid: `id-token-${alg}` };
  });
  return { keys: await Promise.all(keys) };
}
