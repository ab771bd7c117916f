import { asymmetricAlgorithms } from '../../jwt/algorithms.js';

/** The FAPI profile on which FAPI-CIBA builds; `false`: FAPI is off. */
export type FapiVersion = '1.0' | '2.0' | false;

const fapiAlgorithms: Readonly<Record<'1.0' | '2.0', readonly string[]>> = {
  // FAPI 1.0 Advanced, section 8.6.
  '1.0': ['PS256', 'ES256'],
  // FAPI 2.0 Security Profile, section 5.4.1; EdDSA means Ed25519 here.
  '2.0': ['PS256', 'ES256', 'EdDSA', 'Ed25519'],
};

/** Algorithms with which clients may sign, and under FAPI the provider too. */
export function signatureAlgorithms({ fapi }: { readonly fapi: FapiVersion }): readonly string[] {
  return fapi ? fapiAlgorithms[fapi] : asymmetricAlgorithms;
}
