export { embeddedAuthlete } from './embedded-authlete.js';
export { type AuthleteRouter, type AuthleteRouterOptions, authleteRouter } from './http/router.js';
export type { ClientMetadata } from './settings/client-metadata.js';
export type { EmbeddedEndpoints, MtlsEndpointAliases } from './settings/endpoints.js';
export type { AccessTokenFormat, EmbeddedAuthleteOptions } from './settings/options.js';
