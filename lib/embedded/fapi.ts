import { ClientAuthMethod, DeliveryMode } from '../authlete/common-types.js';
import { fapiAlgorithms } from './algorithms.js';
import type { Client } from './clients.js';

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
  if (client.deliveryMode === DeliveryMode.PUSH) {
    throw new TypeError(`${where}.backchannel_token_delivery_mode must be poll or ping under FAPI`);
  }
  if (!fapiAlgorithms.includes(client.idTokenKey.alg)) {
    throw new TypeError(`${where}.id_token_signed_response_alg must be one of ${fapiAlgorithms.join(', ')} under FAPI`);
  }
}
