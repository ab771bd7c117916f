/** Something that has to be done, and done again until it has succeeded. */
export interface Job {
  /** A UUID made of a hash: it says nothing, and the same job has the same id in every process. */
  id: string;
  /** Sealed: a queue neither reads nor changes it. */
  data: string;
  /** Not to be handed over before, milliseconds since the epoch. */
  dueAt: number;
  /** Of no use afterwards, milliseconds since the epoch. Whoever performs it decides what happens then. */
  expiresAt: number;
}

/** How a queue hands over its jobs. */
export interface WorkOptions {
  /** Jobs handed over at the same time, at most. */
  concurrency: number;
  /** Milliseconds for which a job that was handed over is handed to nobody else. */
  lease: number;
}

/** Hands over jobs, until it is stopped. */
export interface QueueWork {
  /**
   * Hands over no more jobs and waits for those that were handed over. What is unfinished after `within` milliseconds is
   * due at once, for other processes.
   */
  stop(within: number): Promise<void>;
}

/**
 * Where jobs are kept: in memory by default, in PostgreSQL with `postgresQueue` of `ciba-backchannel/postgres`. Any
 * engine that can do three things can stand behind it: store several rows or none, replace rows in one transaction, and
 * hand out rows that are due, each to one process at a time.
 */
export interface JobQueue {
  /** Milliseconds for which a job belongs to whoever performs it; 20,000 by default. It is renewed every third of it. */
  readonly lease?: number;
  /** Jobs that are handed over at the same time, at most; 20 by default. */
  readonly concurrency?: number;
  /**
   * Stores jobs, all or none. A job whose id is stored already stays as it is.
   *
   * @returns when they survive a crash: the ids that are new
   */
  put(jobs: readonly Job[]): Promise<string[]>;
  /**
   * In one transaction: these jobs are done, and those follow. A job that follows under the id of one that is done takes
   * its place: that is how a lease is renewed and an attempt put off.
   *
   * @returns false, and nothing is stored, when the first of `ids` was done already
   */
  replace(ids: readonly string[], next: readonly Job[]): Promise<boolean>;
  /**
   * Hands over the jobs that are due, expired ones too, each to one process at a time. A `perform` that rejects leaves
   * its job until the lease ends.
   */
  work(perform: (job: Job) => Promise<void>, options: WorkOptions): QueueWork;
}
