/**
 * The other side of CIBA: asks a user for an approval, waits for the decision, and uses it once.
 *
 * @module
 */
export { memoryStore } from '../stores/memory-store.js';
export type { Row, RowLimits, RowStore } from '../stores/store.js';
export type { Logger, LoggerOption } from '../telemetry/logger.js';
export { type CibaClient, cibaClient } from './client.js';
export { ApprovalError, type ApprovalErrorCode } from './errors.js';
export type { DeliveryMode } from './follow.js';
export type { CibaClientOptions } from './options.js';
export type { AskParameters } from './parameters.js';
export type { Approval, ApprovalState } from './record.js';
export type { RequestObjectOptions } from './request-object.js';
export type { ResourceFetch, ResourceRequest } from './resource-fetch.js';
export type { Granted, UseOptions } from './use.js';
