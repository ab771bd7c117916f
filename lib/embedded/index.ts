export type {
  ClientRegistrationApi,
  ClientRegistrationRequest,
  ClientRegistrationResponse,
} from './api/client-registration.js';
export { type EmbeddedAuthlete, embeddedAuthlete } from './embedded-authlete.js';
export { type AuthleteRouter, type AuthleteRouterOptions, authleteRouter } from './http/router.js';
export type { ClientMetadata } from './settings/client-metadata.js';
export type { EmbeddedEndpoints, MtlsEndpointAliases } from './settings/endpoints.js';
export type { AccessTokenFormat, EmbeddedAuthleteOptions } from './settings/options.js';
export type { DynamicRegistration } from './settings/registration.js';
