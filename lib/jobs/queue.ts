/**
 * A row of the crash log: the work of one transaction that is not done yet. A transaction has one row, whose stage only
 * rises.
 */
export interface Job {
  /** A UUID made of a hash of the ticket. It says nothing, and every process makes the same. */
  id: string;
  /** 0: the transaction fails unless somebody decides. 1: a decision, for Authlete. 2: a ping or a push, for the client. */
  stage: 0 | 1 | 2;
  /** Sealed: a queue neither reads nor changes it. */
  data: string;
  /** Not to be handed over before; whole milliseconds since the epoch. */
  dueAt: number;
  /** Of no use afterwards; whole milliseconds since the epoch. It is handed over all the same: whoever gets it decides. */
  expiresAt: number;
}

/** How a queue hands over rows. */
export interface WorkOptions {
  /** Rows of one stage that are handed over at the same time, at most. No stage waits for another. */
  concurrency: number;
  /** Milliseconds for which a row that was handed over is handed to nobody else. */
  lease: number;
}

/** Hands over rows until it is stopped. */
export interface QueueWork {
  /** Resolves when nothing will be handed over any more. What was handed over stays with its owner. */
  stop(): Promise<void>;
}

/**
 * Where the work of transactions outlives a process: in PostgreSQL with `postgresQueue` of `ciba-backchannel/postgres`,
 * or in any other engine that can do these four things. An owner is one factory in one process; it has a second name for what is handed over to it.
 *
 * An answer may be lost. The same call by the same owner is then made again, and has to do no harm and to give the same
 * answer as if it had not been made before.
 */
export interface JobQueue {
  /**
   * Part of what is sealed into each row, so that the rows of another service in the same database cannot be opened.
   * Default: none.
   */
  readonly name?: string | undefined;
  /** Milliseconds for which a row belongs to whoever has it; 20,000 by default. It is renewed every third of it. */
  readonly lease?: number | undefined;
  /** Rows of one stage that are handed over at the same time, at most; 20 by default. */
  readonly concurrency?: number | undefined;
  /**
   * Stores each job whose id is new, or is there with a lower stage. This owner has it then, whoever had it before.
   * A row that this owner has at this stage already counts as stored, since the answer may have been lost.
   *
   * @returns when they survive a crash: the ids that this owner has stored
   */
  put(owner: string, jobs: readonly Job[]): Promise<string[]>;
  /**
   * New contents and a new due time for those that this owner still has at this stage: a lease renewed, an attempt put
   * off, a row given back.
   *
   * @returns the ids of those
   */
  keep(owner: string, jobs: readonly Job[]): Promise<string[]>;
  /**
   * Removes the rows of these ids up to these stages, whoever has them.
   *
   * @returns the ids that were there
   */
  end(jobs: readonly Pick<Job, 'id' | 'stage'>[]): Promise<string[]>;
  /**
   * Hands over rows that are due, expired ones too, each to one owner for one lease. The owner keeps, raises or ends
   * the row; `perform` settles when it needs no place any more. It may reject, which changes nothing about the row.
   */
  work(owner: string, perform: (job: Job) => Promise<void>, options: WorkOptions): QueueWork;
}
