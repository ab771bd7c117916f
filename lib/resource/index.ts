export type { UnpackedDetail } from '../authlete/unpack-detail.js';
export type { AccessToken, Act } from './access-token.js';
export type { ProtectOptions } from './options.js';
export { type Protection, protect } from './protect.js';
