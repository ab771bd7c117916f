export type { Pool, PoolClient, QueryResult } from './pool.js';
export { migrateQueue, type PostgresQueueOptions, postgresQueue } from './queue.js';
export type { SchemaOptions } from './schema.js';
export { type PostgresSignal, type PostgresSignalOptions, postgresSignal } from './signal.js';
export {
  migrateDeviceStore,
  migrateStore,
  type PostgresStoreOptions,
  postgresDeviceStore,
  postgresStore,
} from './store.js';
