import type { JSONWebKeySet } from 'jose';
import type { Pair } from '../../authlete/types/common-types.js';

/**
 * A client's registration, under the names of RFC 7591 and of CIBA Core 1.0, section 4. Members that the engine does
 * not know are ignored; those that it knows and does not implement, such as signed userinfo, are refused.
 */
export interface ClientMetadata {
  /** If it is all digits, the client's number. Any other text is an alias, and the client's number is generated. */
  client_id: string;
  client_secret?: string | undefined;
  client_name?: string | undefined;
  /** Default `client_secret_basic` (RFC 7591, section 2). */
  token_endpoint_auth_method?: string | undefined;
  /** How the client signs its assertions. Default: any algorithm that is allowed. */
  token_endpoint_auth_signing_alg?: string | undefined;
  /** Default: CIBA and `refresh_token` if there is a `backchannel_token_delivery_mode`, otherwise none. */
  grant_types?: readonly string[] | undefined;
  /** The scopes that the client may have, separated by spaces. Default: every registered one. */
  scope?: string | undefined;
  /** `poll`, `ping` or `push`; a client without one may not use CIBA. */
  backchannel_token_delivery_mode?: 'poll' | 'ping' | 'push' | undefined;
  /** Where pings and pushes go: an https URL. */
  backchannel_client_notification_endpoint?: string | undefined;
  /**
   * How the client signs its requests. With it, the client must sign them; without it, it must not, except under FAPI 1.0,
   * where it must, with PS256 or ES256.
   */
  backchannel_authentication_request_signing_alg?: string | undefined;
  /** `true`: its access tokens are bound to the certificate of its token request (RFC 8705, section 3.4). Default `false`. */
  tls_client_certificate_bound_access_tokens?: boolean | undefined;
  /** `true`: its token requests must come with a DPoP proof, to whose key its access tokens are bound (RFC 9449, section 5.2). Default `false`. */
  dpop_bound_access_tokens?: boolean | undefined;
  /** `true`: a request of this client without `user_code` is refused. */
  backchannel_user_code_parameter?: boolean | undefined;
  /** The `type`s of `authorization_details` that the client may use (RFC 9396, section 10). Default: any. */
  authorization_details_types?: readonly string[] | undefined;
  /** Default: the algorithm of the first signing key. */
  id_token_signed_response_alg?: string | undefined;
  /** How its signed ID tokens are encrypted: RSA-OAEP, ECDH-ES and others. Default: they are not. */
  id_token_encrypted_response_alg?: string | undefined;
  /** With it: `A128GCM` or `A256GCM`. */
  id_token_encrypted_response_enc?: string | undefined;
  /**
   * `pairwise`: `sub` differs for each sector. The sector is the host of the first of `sector_identifier_uri`, the
   * notification endpoint and `jwks_uri` that is registered; without any, it is the client itself (OpenID Connect Core 1.0,
   * section 8.1). Default `public`.
   */
  subject_type?: 'public' | 'pairwise' | undefined;
  /** An https URL. It is not fetched. */
  sector_identifier_uri?: string | undefined;
  /** The client's public keys, for its assertions, signed requests and self-signed certificates. */
  jwks?: JSONWebKeySet | undefined;
  /** URL where the client publishes its keys, instead of `jwks`. */
  jwks_uri?: string | undefined;
  /**
   * For `tls_client_auth`, which needs exactly one of these five: the certificate's subject, as RFC 4514 writes it
   * (`CN=teller,O=Bank,C=PT`).
   */
  tls_client_auth_subject_dn?: string | undefined;
  /** For `tls_client_auth`: a DNS name among the certificate's alternative names. */
  tls_client_auth_san_dns?: string | undefined;
  /** For `tls_client_auth`: a URI among the certificate's alternative names. */
  tls_client_auth_san_uri?: string | undefined;
  /** For `tls_client_auth`: an IP address among the certificate's alternative names. */
  tls_client_auth_san_ip?: string | undefined;
  /** For `tls_client_auth`: an e-mail address among the certificate's alternative names. */
  tls_client_auth_san_email?: string | undefined;
  /** Attributes as in Authlete: hooks get them as `clientAttributes`. */
  attributes?: readonly Pair[] | undefined;
  [name: string]: unknown;
}
