import { type GenerateKeyPairResult, generateKeyPair } from 'jose';
import { oncePerProcess } from './once-per-process.js';

/** Makes keys that can be exported. Those of RSA are slow to make: one pair for each algorithm serves all suites. */
export function keyPair(alg: string): Promise<GenerateKeyPairResult> {
  const make = () => generateKeyPair(alg, { extractable: true });
  return /^[RP]S/.test(alg) ? oncePerProcess(`the keys for ${alg}`, make) : make();
}
