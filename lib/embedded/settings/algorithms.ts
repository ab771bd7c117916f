import { asymmetricAlgorithms } from '../../jwt/algorithms.js';

/** FAPI 1.0 Advanced, section 8.6. */
export const fapiAlgorithms: readonly string[] = ['PS256', 'ES256'];

/** How clients may sign with a key of their own. */
export function signatureAlgorithms({ fapi }: { readonly fapi: boolean }): readonly string[] {
  return fapi ? fapiAlgorithms : asymmetricAlgorithms;
}
