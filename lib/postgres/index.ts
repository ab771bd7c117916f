export type { Boss } from './boss.js';
export type { Pool, PoolClient, QueryResult } from './pool.js';
export { postgresQueue } from './queue.js';
export type { PostgresQueueOptions } from './queue-options.js';
export type { SchemaOptions } from './schema.js';
export { type PostgresSignal, type PostgresSignalOptions, postgresSignal } from './signal.js';
export {
  migrateDeviceStore,
  migrateStore,
  type PostgresStoreOptions,
  postgresDeviceStore,
  postgresStore,
} from './store.js';
