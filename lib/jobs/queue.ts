/**
 * A row of the crash log: the unfinished work of one transaction. A transaction has one row, whose stage only
 * rises.
 */
export interface Job {
  /** A UUID made from a hash of the ticket. It reveals nothing, and every process makes the same. */
  id: string;
  /** 0: the transaction fails unless somebody decides. 1: Authlete is told of a decision. 2: the client is notified. */
  stage: 0 | 1 | 2;
  /** Sealed: a queue neither reads nor changes it. */
  data: string;
  /** When it may be handed over; whole milliseconds since the epoch. */
  dueAt: number;
  /** When it becomes useless; whole milliseconds since the epoch. Even then it is handed over: its owner decides what to do. */
  expiresAt: number;
}

/** How a queue hands over rows. */
export interface WorkOptions {
  /** Maximum number of rows of one stage that are handed over at the same time. No stage waits for another. */
  concurrency: number;
  /** Milliseconds for which a row belongs to the owner that it was handed over to. */
  lease: number;
}

/** Hands over rows until it is stopped. */
export interface QueueWork {
  /** Resolves when no more rows will be handed over. Those that were handed over stay with their owner. */
  stop(): Promise<void>;
}

/**
 * Where the work of transactions outlives a process: in PostgreSQL with `postgresQueue` of `ciba-backchannel/postgres`,
 * or in any other engine that can do these four things. An owner is one factory in one process. It has a second name for the
 * rows that are handed over to it.
 *
 * An answer may be lost. Then the same owner repeats the call, which must do no harm and give the same answer as the
 * first call.
 */
export interface JobQueue {
  /**
   * Part of what is sealed into each row, so that the rows of another service in the same database cannot be opened.
   * Default: none.
   */
  readonly name?: string | undefined;
  /** Milliseconds for which a row belongs to its owner; 20,000 by default. The lease is renewed when a third of it is over. */
  readonly lease?: number | undefined;
  /** Maximum number of rows of one stage that are handed over at the same time; 20 by default. */
  readonly concurrency?: number | undefined;
  /**
   * Stores each job whose id is new, or is stored with a lower stage. Then it belongs to this owner, whichever
   * owner had it before. A row that this owner already has at this stage counts as stored, since the answer may have been lost.
   *
   * @returns the ids that this owner has stored, as soon as they survive a crash
   */
  put(owner: string, jobs: readonly Job[]): Promise<string[]>;
  /**
   * Stores new contents and a new due time for the rows that this owner still has at this stage: to renew a lease, to
   * postpone an attempt, to give a row back.
   *
   * @returns the ids of those rows
   */
  keep(owner: string, jobs: readonly Job[]): Promise<string[]>;
  /**
   * Removes the rows of these ids up to these stages, whichever owner has them.
   *
   * @returns the ids of the rows that were there
   */
  end(jobs: readonly Pick<Job, 'id' | 'stage'>[]): Promise<string[]>;
  /**
   * Hands over due rows, expired ones too, each to one owner for one lease. The owner keeps, raises or ends
   * the row; `perform` settles when it no longer needs a place. It may reject, which does not change the row.
   */
  work(owner: string, perform: (job: Job) => Promise<void>, options: WorkOptions): QueueWork;
}
