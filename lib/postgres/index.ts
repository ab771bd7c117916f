export type { Boss } from './boss.js';
export type { DevicePool, DevicePoolClient, DeviceQueryResult } from './device-pool.js';
export { type DeviceSchemaOptions, migrateDeviceStore } from './device-schema.js';
export { postgresDeviceStore } from './device-store.js';
export type { Pool } from './pool.js';
export { postgresQueue } from './queue.js';
export type { PostgresQueueOptions } from './queue-options.js';
export { type PostgresSignal, postgresSignal } from './signal.js';
