import type { ProviderMetadata } from '../../authlete/api.js';
import { hmacAlgorithms } from '../../jwt/algorithms.js';
import { type Client, cibaGrantType, clientCredentialsGrantType, refreshGrantType } from '../client/client.js';
import { idTokenEncryptionAlgorithms, idTokenEncryptionMethods } from '../client/encryption.js';
import { signatureAlgorithms } from '../settings/algorithms.js';
import type { Endpoints } from '../settings/endpoints.js';
import { claimNames } from '../settings/scopes.js';
import type { Settings } from '../settings/settings.js';
import type { Engine } from '../state/engine.js';

/** The provider's metadata (OpenID Connect Discovery 1.0, section 3; CIBA Core 1.0, section 4). */
export function providerMetadata({ settings, keys, clients }: Engine): ProviderMetadata {
  const scopes = [...settings.scopes.keys()];
  const metadata: ProviderMetadata = {
    issuer: settings.issuer,
    ...endpointsOf(settings),
    tls_client_certificate_bound_access_tokens: true,
    dpop_signing_alg_values_supported: [...signatureAlgorithms(settings)],
    scopes_supported: scopes,
    // Discovery requires a value; nothing is served at the authorization endpoint.
    response_types_supported: ['code'],
    grant_types_supported: grantTypesOf(clients.all()),
    subject_types_supported: ['public', 'pairwise'],
    id_token_signing_alg_values_supported: [...new Set(keys.map(({ alg }) => alg))],
    id_token_encryption_alg_values_supported: [...idTokenEncryptionAlgorithms],
    id_token_encryption_enc_values_supported: [...idTokenEncryptionMethods],
    token_endpoint_auth_methods_supported: authMethods(settings),
    token_endpoint_auth_signing_alg_values_supported: [
      ...signatureAlgorithms(settings),
      ...(settings.fapi ? [] : hmacAlgorithms),
    ],
    claims_supported: ['iss', 'sub', 'aud', 'exp', 'iat', 'auth_time', 'acr', ...claimNames(scopes)],
    claims_parameter_supported: false,
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
    backchannel_token_delivery_modes_supported: [...settings.deliveryModes],
    backchannel_authentication_request_signing_alg_values_supported: [...signatureAlgorithms(settings)],
    backchannel_user_code_parameter_supported: settings.userCode,
  };
  if (settings.acrs.size > 0) metadata.acr_values_supported = [...settings.acrs];
  const detailsTypes = new Set([...clients.all()].flatMap((client) => [...(client.authorizationDetailsTypes ?? [])]));
  if (detailsTypes.size > 0) metadata.authorization_details_types_supported = [...detailsTypes];
  return metadata;
}

/** Grants that are left to the server, only if a client has them. */
function grantTypesOf(clients: Iterable<Client>): string[] {
  const registered = [...clients].flatMap((client) => [...client.grantTypes]);
  return [...new Set([cibaGrantType, refreshGrantType, clientCredentialsGrantType, ...registered])];
}

/** Without the registration endpoint, if clients cannot register themselves. */
function endpointsOf({ endpoints, registration }: Settings): Partial<Endpoints> {
  const { registration_endpoint, ...others } = structuredClone(endpoints);
  return registration === undefined ? others : { ...others, registration_endpoint };
}

/** All authentication methods that a client of this engine can use. */
export function authMethods({ fapi, trustAnchors }: Settings): string[] {
  return [
    ...(fapi ? [] : ['client_secret_basic', 'client_secret_post', 'client_secret_jwt']),
    'private_key_jwt',
    ...(trustAnchors ? ['tls_client_auth'] : []),
    'self_signed_tls_client_auth',
  ];
}
