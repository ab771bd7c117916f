export { type UnpackedDetail, unpackDetail } from '../authlete/unpack-detail.js';
export {
  type AuthorizationDetailsOptions,
  authorizationDetails,
  type DetailValidator,
} from './authorization-details.js';
export { type BindingMessageOptions, bindingMessage } from './binding-message.js';
export { camara } from './camara.js';
export { type ClientsOptions, clients } from './clients.js';
export { constantTimeEqual } from './constant-time-equal.js';
export type { Deception } from './deception.js';
export { type HintTypesOptions, type HintUsers, hintTypes } from './hint-types.js';
export type { Limiter, LimiterFailureOptions } from './limiter.js';
export { type PromptLimitOptions, promptLimit } from './prompt-limit.js';
export { type ResourcesOptions, resources } from './resources.js';
export type { SchemaIssue, SchemaResult, StandardSchema } from './standard-schema.js';
export { type UserCodeOptions, userCode } from './user-code.js';
