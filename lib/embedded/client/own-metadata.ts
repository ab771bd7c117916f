import type { ClientMetadata } from '../settings/client-metadata.js';
import type { Settings } from '../settings/settings.js';
import { type Client, refreshGrantType } from './client.js';
import { refuseUnimplemented } from './unimplemented.js';

/** The metadata that a client may register; unknown members are left out. */
const ownMembers: readonly (keyof ClientMetadata & string)[] = [
  'client_name',
  'token_endpoint_auth_method',
  'token_endpoint_auth_signing_alg',
  'grant_types',
  'scope',
  'backchannel_token_delivery_mode',
  'backchannel_client_notification_endpoint',
  'backchannel_authentication_request_signing_alg',
  'backchannel_user_code_parameter',
  'tls_client_certificate_bound_access_tokens',
  'dpop_bound_access_tokens',
  'authorization_details_types',
  'id_token_signed_response_alg',
  'id_token_encrypted_response_alg',
  'id_token_encrypted_response_enc',
  'subject_type',
  'jwks',
  'jwks_uri',
  'tls_client_auth_subject_dn',
  'tls_client_auth_san_dns',
  'tls_client_auth_san_uri',
  'tls_client_auth_san_ip',
  'tls_client_auth_san_email',
  'software_statement',
];

/**
 * Picks the metadata that a client may register.
 *
 * @throws TypeError naming a member that is not supported
 */
export function ownMetadata(sent: Readonly<Record<string, unknown>>): Partial<ClientMetadata> {
  refuseUnimplemented(sent, 'client');
  const { response_types: responseTypes = [], sector_identifier_uri: sector } = sent;
  if (!Array.isArray(responseTypes) || responseTypes.length > 0) {
    throw new TypeError('response_types must be empty: there is no authorization endpoint');
  }
  if (sector !== undefined) throw new TypeError('sector_identifier_uri is not fetched here, so it cannot be verified');
  const endpoint = sent.backchannel_client_notification_endpoint;
  if (endpoint !== undefined && !/^https:/i.test(String(endpoint))) {
    throw new TypeError('backchannel_client_notification_endpoint must be an https URL');
  }
  return Object.fromEntries(ownMembers.flatMap((name) => (sent[name] === undefined ? [] : [[name, sent[name]]])));
}

/** A registration with its defaults (RFC 7591, section 3.2.1). */
export function metadataInForce(settings: Settings, client: Client, { attributes: _, ...registered }: ClientMetadata) {
  const mayHave = (name: string) =>
    (client.scopes?.has(name) ?? true) && (name !== 'offline_access' || client.grantTypes.has(refreshGrantType));
  return {
    token_endpoint_auth_method: client.authMethod.toLowerCase(),
    response_types: [],
    id_token_signed_response_alg: client.idTokenKey.alg,
    subject_type: 'public',
    ...(client.deliveryMode && { backchannel_user_code_parameter: client.userCodeRequired }),
    dpop_bound_access_tokens: client.dpopBound,
    ...registered,
    scope: [...settings.scopes.keys()].filter(mayHave).join(' '),
    grant_types: [...client.grantTypes],
    tls_client_certificate_bound_access_tokens: client.boundTokens,
  };
}
