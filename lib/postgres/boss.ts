/** Runs SQL: on a pooled connection, or inside one transaction. */
export interface Database {
  // biome-ignore lint/suspicious/noExplicitAny: pg-boss's own type
  executeSql(text: string, values?: unknown[]): Promise<{ rows: any[] }>;
}

/** A transaction that somebody has to end. */
export interface Transaction {
  db: Database;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/** A row to store. */
export interface BossInsert {
  id: string;
  data: object;
  priority: number;
  startAfter: string;
  retentionSeconds: number;
}

/**
 * What {@link postgresQueue} uses of a `PgBoss` of pg-boss 12, written down here so that nothing of pg-boss has to be
 * installed where it is not used.
 */
export interface Boss {
  getDb(): Database & { beginTransaction?(): Promise<Transaction> };
  getQueue(name: string): Promise<{ policy?: string } | null>;
  createQueue(name: string): Promise<unknown>;
  insert(name: string, rows: BossInsert[], options: { returnId: boolean; db?: Database }): Promise<string[] | null>;
  fetch(
    name: string,
    options: { batchSize: number; minPriority: number; db: Database },
  ): Promise<{ id: string; data: object }[]>;
  update(
    name: string,
    data: object | undefined,
    options: { id: string; startAfter: string; priority: number },
  ): Promise<{ updated: number }>;
  deleteJob(name: string, ids: string[], options?: { db?: Database }): Promise<object>;
  emit(event: 'error', error: unknown): unknown;
  listenerCount(event: 'error'): number;
}

const methods = ['getDb', 'getQueue', 'createQueue', 'insert', 'fetch', 'update', 'deleteJob', 'emit', 'listenerCount'];

/** @throws TypeError that says what is missing; Error on a Node.js that pg-boss does not support */
export function requireBoss(boss: unknown): asserts boss is Boss {
  const given = (typeof boss === 'object' && boss !== null ? boss : {}) as Record<string, unknown>;
  const missing = methods.find((method) => typeof given[method] !== 'function');
  if (missing !== undefined) {
    throw new TypeError(`boss must be a PgBoss of pg-boss 12.38 or later: it has no method ${missing}()`);
  }
  const db = (boss as Boss).getDb();
  if (typeof db?.beginTransaction !== 'function') {
    throw new TypeError(
      'boss must have a database with beginTransaction(): let PgBoss connect by itself, without `db`',
    );
  }
}

/** @throws Error on a Node.js that is older than pg-boss wants */
export function requireNodeVersion(version: string = process.versions.node): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 12)) return;
  throw new Error(`postgresQueue needs Node.js 22.12 or later, as pg-boss does; this is ${version}`);
}
