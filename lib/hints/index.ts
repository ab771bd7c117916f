export { type HintFunction, type HintFunctions, identifyBy } from './identify-by.js';
export type { KeySource } from './key-source.js';
export { type LoginHint, parseLoginHint } from './parse-login-hint.js';
export type { SubjectIdentifier } from './subject-identifier.js';
export { type ActorToken, type ActorTokenOptions, verifyActorToken } from './verify-actor-token.js';
export { type IdTokenHint, type IdTokenHintOptions, verifyIdTokenHint } from './verify-id-token-hint.js';
export {
  type LoginHintToken,
  type LoginHintTokenIssuer,
  type LoginHintTokenOptions,
  verifyLoginHintToken,
} from './verify-login-hint-token.js';
