export type { ClientMetadata } from './client-metadata.js';
export { embeddedAuthlete } from './embedded-authlete.js';
export type { EmbeddedEndpoints, MtlsEndpointAliases } from './endpoints.js';
export type { AccessTokenFormat, EmbeddedAuthleteOptions } from './options.js';
export { type AuthleteRouter, type AuthleteRouterOptions, authleteRouter } from './router.js';
