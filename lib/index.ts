export type * from './authlete/api.js';
