import type { Job } from '../jobs/queue.js';
import type { Boss, BossInsert, Database, Transaction } from './boss.js';
import { DatabaseClock } from './database-clock.js';

/** Long after the last use of any job. pg-boss removes what has not been fetched for this long. */
const retentionSeconds = 14 * 24 * 3600;

/** A row's priority is how long before 2090 it is due, in seconds: what is due first comes first. */
const priorityOrigin = Date.UTC(2090, 0) / 1000;

/** How far, in seconds, two processes' readings of the database's clock may be apart. */
const clockTolerance = 3;

/** What is stored in a row's `data`. */
interface RowData {
  data: string;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

/**
 * Jobs as rows of pg-boss. Every row is in the state `created` for all of its life, and a lease is a `startAfter` in the
 * future: what pg-boss itself does about workers that died (its monitor, at intervals that the host chooses) is too slow
 * for transactions of two minutes.
 */
export class JobRows {
  private readonly clock: DatabaseClock;
  private created: Promise<void> | undefined;

  constructor(
    private readonly boss: Boss,
    private readonly name: string,
  ) {
    this.clock = new DatabaseClock(() => boss.getDb());
  }

  /** Stores rows, all or none; returns the ids that are new. */
  insert(jobs: readonly Job[]): Promise<string[]> {
    return this.prepared(async (databaseNow) => {
      const ids = await this.boss.insert(this.name, newRows(jobs, databaseNow), { returnId: true });
      return ids ?? [];
    });
  }

  /** Returns whether the row was there. */
  remove(id: string): Promise<boolean> {
    return this.prepared(() => this.removeFirst(id));
  }

  /** Stores a job in place of the one of the same id, by one statement; returns whether that was there. */
  change(job: Job): Promise<boolean> {
    return this.prepared(async (databaseNow) => {
      const { id, data, priority, startAfter } = newRow(job, databaseNow);
      const options = { id, priority, startAfter };
      const changed = async () => (await this.boss.update(this.name, data, options)).updated > 0;
      return (await changed()) || (await changed()); // for the reason of removeFirst()
    });
  }

  /** Removes and stores rows in one transaction; false, and nothing has changed, when the first was not there. */
  async replace(first: string, others: readonly string[], next: readonly Job[]): Promise<boolean> {
    const store = (databaseNow: number, db: Database) =>
      next.length > 0 && this.boss.insert(this.name, newRows(next, databaseNow), { returnId: false, db });
    // What is removed is there as a rule, and each statement keeps others waiting.
    const ids = [first, ...others];
    const replaced = await this.inTransaction(async (db, databaseNow) => {
      if ((await this.removed(ids, db)) < ids.length) return false;
      await store(databaseNow, db);
      return true;
    });
    if (replaced) return true;
    return this.inTransaction(async (db, databaseNow) => {
      if (!(await this.removeFirst(first, db))) return false;
      if (others.length > 0) await this.removed(others, db);
      await store(databaseNow, db);
      return true;
    });
  }

  /** Takes rows that are due, `max` at most, for `lease` milliseconds. */
  take(max: number, lease: number): Promise<Job[]> {
    const dueAt = Date.now() + lease;
    return this.inTransaction(async (db, databaseNow) => {
      // The lowest priority bounds what is read: rows that wait cost nothing, however many there are.
      const minPriority = priorityAt(databaseNow) - clockTolerance;
      const rows = await this.boss.fetch(this.name, { batchSize: max, minPriority, db });
      if (rows.length === 0) return [];
      const ids = rows.map(({ id }) => id);
      await this.removed(ids, db);
      const leased = rows.map(({ id, data }) => rowDueIn(lease, id, data, databaseNow));
      await this.boss.insert(this.name, leased, { returnId: false, db });
      return rows.map(({ id, data }) => ({ id, ...readData(data), dueAt }));
    });
  }

  /** Ends the leases of rows; those that are not there any more stay away. */
  async giveBack(ids: readonly string[]): Promise<void> {
    await this.prepared(async (databaseNow) => {
      const options = { startAfter: '0 seconds', priority: priorityAt(databaseNow) };
      await Promise.all(ids.map((id) => this.boss.update(this.name, undefined, { id, ...options })));
    });
  }

  private async removeFirst(id: string, db?: Database): Promise<boolean> {
    const removed = async () => (await this.removed([id], db)) > 0;
    // A worker that had locked the row may have put it back under a new lease, which one statement alone does not see.
    return (await removed()) || (await removed());
  }

  /** Removes rows; returns how many there were. */
  private async removed(ids: readonly string[], db?: Database): Promise<number> {
    const response = (await this.boss.deleteJob(this.name, [...ids], db && { db })) as { affected: number };
    return response.affected;
  }

  /** Commits what `run` did, unless it throws or returns `false`. */
  private inTransaction<T>(run: (db: Database, databaseNow: number) => Promise<T>): Promise<T> {
    return this.prepared(async (databaseNow) => {
      const database = this.boss.getDb() as { beginTransaction(): Promise<Transaction> };
      const transaction = await database.beginTransaction();
      try {
        const result = await run(transaction.db, databaseNow);
        await (result === false ? transaction.rollback() : transaction.commit());
        return result;
      } catch (error) {
        await transaction.rollback();
        throw error;
      }
    });
  }

  /**
   * First what needs a connection of its own, and so must not happen inside a transaction: those that hold the last
   * connections of a pool would wait for each other.
   */
  private async prepared<T>(run: (databaseNow: number) => Promise<T>): Promise<T> {
    this.created ??= this.create();
    try {
      await this.created;
      return await run(await this.clock.now());
    } catch (error) {
      // It may have been deleted.
      this.created = undefined;
      throw error;
    }
  }

  private async create(): Promise<void> {
    let queue = await this.boss.getQueue(this.name);
    if (queue === null) {
      await this.boss.createQueue(this.name);
      queue = await this.boss.getQueue(this.name);
    }
    if (queue?.policy !== 'standard') {
      throw new Error(`pg-boss's queue ${this.name} must have the policy standard, not ${queue?.policy}`);
    }
  }
}

function newRows(jobs: readonly Job[], databaseNow: number): BossInsert[] {
  return jobs.map((job) => newRow(job, databaseNow));
}

function newRow({ id, data, expiresAt, dueAt }: Job, databaseNow: number): BossInsert {
  const content: RowData = { data, expiresAt };
  // `dueAt` is of this machine's clock, so what is stored is how far away it is.
  return rowDueIn(Math.max(0, dueAt - Date.now()), id, content, databaseNow);
}

/** @param delay milliseconds */
function rowDueIn(delay: number, id: string, data: object, databaseNow: number): BossInsert {
  const priority = priorityAt(databaseNow + delay);
  return { id, data, priority, startAfter: `${delay / 1000} seconds`, retentionSeconds };
}

/** @param databaseTime milliseconds since the epoch */
function priorityAt(databaseTime: number): number {
  return Math.round(priorityOrigin - databaseTime / 1000);
}

/** Whatever somebody made of the row: who performs the job finds out, since what was sealed does not open. */
function readData(stored: object | null): RowData {
  const { data, expiresAt } = (stored ?? {}) as Partial<Record<keyof RowData, unknown>>;
  return {
    data: typeof data === 'string' ? data : '',
    expiresAt: typeof expiresAt === 'number' ? expiresAt : 0,
  };
}
