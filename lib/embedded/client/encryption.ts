import type { JSONWebKeySet, JWK } from 'jose';
import type { ClientMetadata } from '../settings/client-metadata.js';
import { readString } from './members.js';

/** How ID tokens may be encrypted (RFC 7518, sections 4 and 5). */
export const idTokenEncryptionAlgorithms: readonly string[] = [
  'RSA-OAEP',
  'RSA-OAEP-256',
  'ECDH-ES',
  'ECDH-ES+A128KW',
  'ECDH-ES+A192KW',
  'ECDH-ES+A256KW',
];
export const idTokenEncryptionMethods: readonly string[] = ['A128GCM', 'A256GCM'];

/** How the ID tokens of a client are encrypted. */
export interface IdTokenEncryption {
  readonly alg: string;
  readonly enc: string;
}

/**
 * @param hasKeys whether the client has registered any
 * @throws TypeError naming the member that is wrong
 */
export function readIdTokenEncryption(
  metadata: ClientMetadata,
  hasKeys: boolean,
  where: string,
): IdTokenEncryption | undefined {
  const names = ['id_token_encrypted_response_alg', 'id_token_encrypted_response_enc'] as const;
  const [alg, enc] = names.map((name) => readString(metadata, name, where));
  if (alg === undefined && enc === undefined) return undefined;
  for (const [name, value, known] of [
    [names[0], alg, idTokenEncryptionAlgorithms],
    [names[1], enc, idTokenEncryptionMethods],
  ] as const) {
    if (!known.includes(value ?? '')) throw new TypeError(`${where}.${name} must be one of ${known.join(', ')}`);
  }
  if (!hasKeys) throw new TypeError(`${where}.jwks or jwks_uri is missing: its ID tokens must be encrypted`);
  const { jwks } = metadata;
  if (jwks !== undefined && encryptionKeyIn(jwks, String(alg)) === undefined) {
    throw new TypeError(`${where}.jwks has no key for ${names[0]} ${alg}`);
  }
  return { alg: String(alg), enc: String(enc) };
}

/** Finds the key with which to encrypt for the owner of a set, preferably one that is marked for encryption. */
export function encryptionKeyIn({ keys }: JSONWebKeySet, alg: string): JWK | undefined {
  const fitting = keys.filter((key) => (key.use ?? 'enc') === 'enc' && (key.alg ?? alg) === alg && isOfKind(key, alg));
  return fitting.find(({ use }) => use === 'enc') ?? fitting[0];
}

function isOfKind({ kty, crv }: JWK, alg: string): boolean {
  if (alg.startsWith('RSA')) return kty === 'RSA';
  return (kty === 'EC' && /^P-(?:256|384|521)$/.test(crv ?? '')) || (kty === 'OKP' && crv === 'X25519');
}
