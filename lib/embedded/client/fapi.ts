import { ClientAuthMethod } from '../../authlete/types/common-types.js';
import { signatureAlgorithms } from '../settings/algorithms.js';
import type { Settings } from '../settings/settings.js';
import type { SigningKeys } from '../settings/signing-keys.js';
import { type Client, passwordGrantType } from './client.js';

const fapiAuthMethods: readonly ClientAuthMethod[] = [
  ClientAuthMethod.PRIVATE_KEY_JWT,
  ClientAuthMethod.TLS_CLIENT_AUTH,
  ClientAuthMethod.SELF_SIGNED_TLS_CLIENT_AUTH,
];

/**
 * Checks a registration by the rules of FAPI-CIBA (section 5.2.2; FAPI 1.0 Advanced, sections 5.2.2 and 8.6).
 *
 * @throws TypeError naming the client, by `where`, and the member that is wrong
 */
export function checkFapiClient(client: Client, where: string): void {
  if (!fapiAuthMethods.includes(client.authMethod)) {
    const allowed = fapiAuthMethods.map((method) => method.toLowerCase()).join(', ');
    throw new TypeError(`${where}.token_endpoint_auth_method must be one of ${allowed} under FAPI`);
  }
  if (client.grantTypes.has(passwordGrantType)) {
    // FAPI 2.0 Security Profile, section 5.3.2.1; FAPI 1.0 does not have this grant either.
    throw new TypeError(`${where}.grant_types may not hold ${passwordGrantType} under FAPI`);
  }
}

/**
 * Checks the provider's own keys by the same rules.
 *
 * @throws TypeError
 */
export function checkFapiKeys(settings: Settings, keys: SigningKeys): void {
  const algorithms = signatureAlgorithms(settings);
  for (const { alg, publicKey } of keys) {
    if (!algorithms.includes(alg)) {
      throw new TypeError(`under FAPI jwks must hold only keys for ${algorithms.join(', ')}, not for ${alg}`);
    }
    const { modulusLength = 2048 } = publicKey.algorithm as { modulusLength?: number };
    if (modulusLength < 2048) throw new TypeError('jwks holds an RSA key of less than 2048 bits, too weak for FAPI');
  }
}
