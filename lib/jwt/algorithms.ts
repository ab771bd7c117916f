/** JWS algorithms with a public key (RFC 7518, section 3.1; RFC 8037; RFC 9864). */
export const asymmetricAlgorithms: readonly string[] = [
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'RS256',
  'RS384',
  'RS512',
  'EdDSA',
  'Ed25519',
];

/** JWS algorithms with a shared secret (RFC 7518, section 3.2). */
export const hmacAlgorithms: readonly string[] = ['HS256', 'HS384', 'HS512'];
