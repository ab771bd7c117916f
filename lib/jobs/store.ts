import type { PackageLogger as Logger } from '../telemetry/logger.js';
import { withTimeLimit } from '../time/time-limit.js';
import { type JobContents, timeLeft, withSteadyEnd } from './contents.js';
import type { JobCodec } from './job-codec.js';
import type { Job, JobQueue } from './queue.js';

/** Milliseconds for which a job belongs to whoever performs it, where the queue does not say otherwise. */
export const defaultLease = 20_000;

/** A queue whose jobs this process performs. */
export interface Store {
  readonly queue: JobQueue;
  readonly codec: JobCodec;
  /** Whether jobs survive this process. */
  readonly durable: boolean;
  /** Milliseconds. */
  readonly lease: number;
}

/**
 * Waits for what a store was asked to do. A durable one that takes longer than a quarter of a lease is not waited for any
 * more: that rejects, and the work goes on.
 */
export function promptly<T>({ durable, lease }: Store, work: Promise<T>): Promise<T> {
  if (!durable) return work;
  return withTimeLimit(
    lease / 4,
    () => work,
    () => new Error('the queue does not answer'),
  );
}

/**
 * A job that this process performs. It belongs to it until it is finished or put off: the lease is renewed every third of
 * it, and should the process die, the job is due when the lease ends, for another.
 */
export interface Held<C extends JobContents = JobContents> {
  readonly store: Store;
  readonly contents: C;
  readonly id: string;
  /** The lease has ended meanwhile, or may have: another process may perform the job as well. */
  readonly lapsed: boolean;
  /** Renews the lease. False: the job was done already. */
  renew(): Promise<boolean>;
  /** The job is done, and so are those of the other ids. False: it was done already. */
  finish(others?: readonly string[]): Promise<boolean>;
  /**
   * The job is done, and so are those of the other ids; the next one follows. Until that is stored, the job is held.
   *
   * @returns nothing when the next one's id is stored already
   */
  follow<N extends JobContents>(next: N, others: readonly string[]): Promise<Held<N> | undefined>;
  /** The job is to be performed again, by whoever is there. @param delay milliseconds */
  putOff(contents: C, delay: number): Promise<void>;
  /** This process has nothing more to do with the job. */
  release(): void;
}

/** Stores jobs, and keeps the leases of those that this process performs. */
export interface Holder {
  /** Stores a job that is performed right away. @returns nothing when its id is stored already */
  put<C extends JobContents>(store: Store, contents: C): Promise<Held<C> | undefined>;
  /** Takes a job that was handed over. */
  take<C extends JobContents>(store: Store, job: Job, contents: C): Held<C>;
  /** The jobs that are held. */
  readonly held: ReadonlySet<Held>;
  /** Whether the job is held here, of those that survive this process. */
  isHeld(id: string): boolean;
}

/**
 * @param logger told that a lease could not be renewed
 * @param count told how many more, or fewer, jobs this process performs
 */
export function holder(logger: Logger, count: (change: number) => void = () => {}): Holder {
  const all = new Set<HeldJob<never>>();
  const durableIds = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let interval = Number.POSITIVE_INFINITY;

  function hold<C extends JobContents>(store: Store, job: Job, contents: C): HeldJob<C> {
    const made = new HeldJob(store, job, contents, release, hold);
    const held = made as unknown as HeldJob<never>;
    all.add(held);
    if (store.durable) durableIds.add(job.id);
    count(1);
    if (timer === undefined || store.lease / 3 < interval) {
      clearInterval(timer);
      interval = store.lease / 3;
      timer = setInterval(renewAll, interval).unref();
    }
    // It took long to store or to hand over: there is no time for the next round.
    if (job.dueAt - Date.now() < (store.lease * 2) / 3) renew(held);
    return made;
  }

  function release(held: HeldJob<never>): void {
    if (!all.delete(held)) return;
    if (held.store.durable) durableIds.delete(held.id);
    count(-1);
    if (all.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  function renewAll(): void {
    for (const held of all) renew(held);
  }

  function renew(held: HeldJob<never>): void {
    if (!held.isToBeRenewed()) return;
    held.renew().catch((error) => logger.warn('the lease of a job could not be renewed', { error }));
  }

  return {
    held: all,
    isHeld: (id) => durableIds.has(id),
    async put(store, given) {
      const contents = endingIn(store, given);
      const job = store.codec.encode(contents, store.lease);
      const fresh = await store.queue.put([job]);
      return fresh.includes(job.id) ? hold(store, job, contents) : undefined;
    },
    take: hold,
  };
}

function endingIn<C extends JobContents>(store: Store, contents: C): C {
  return store.durable ? contents : withSteadyEnd(contents);
}

class HeldJob<C extends JobContents> implements Held<C> {
  readonly store: Store;
  readonly contents: C;
  readonly #job: Job;
  readonly #release: (held: HeldJob<never>) => void;
  readonly #hold: <N extends JobContents>(store: Store, job: Job, contents: N) => Held<N>;
  #renewal: Promise<boolean> | undefined;
  /** Until when the lease lasts, by the monotonic clock. */
  #leasedUntil: number;
  #lapsed = false;

  constructor(
    store: Store,
    job: Job,
    contents: C,
    release: (held: HeldJob<never>) => void,
    hold: <N extends JobContents>(store: Store, job: Job, contents: N) => Held<N>,
  ) {
    this.store = store;
    this.contents = contents;
    this.#job = job;
    this.#release = release;
    this.#hold = hold;
    this.#leasedUntil = performance.now() + job.dueAt - Date.now();
  }

  get id(): string {
    return this.#job.id;
  }

  get lapsed(): boolean {
    return this.#lapsed || performance.now() > this.#leasedUntil;
  }

  /** A lease that is renewed for ever would keep what hangs from others; and one call at a time is enough for a slow store. */
  isToBeRenewed(): boolean {
    return this.#renewal === undefined && timeLeft(this.contents) >= -this.store.lease;
  }

  async renew(): Promise<boolean> {
    const renewal = this.#renewAfter(this.#renewal);
    this.#renewal = renewal;
    try {
      return await renewal;
    } finally {
      if (this.#renewal === renewal) this.#renewal = undefined;
    }
  }

  async #renewAfter(other: Promise<boolean> | undefined): Promise<boolean> {
    await other?.catch(() => {});
    const { lease, queue } = this.store;
    const leasedUntil = performance.now() + lease;
    const stored = await queue.replace([this.id], [{ ...this.#job, dueAt: Date.now() + lease }]);
    this.#lapsed = this.lapsed;
    if (stored) this.#leasedUntil = leasedUntil;
    return stored;
  }

  finish(others: readonly string[] = []): Promise<boolean> {
    return this.#replace(others, []);
  }

  async follow<N extends JobContents>(given: N, others: readonly string[]): Promise<Held<N> | undefined> {
    const next = endingIn(this.store, given);
    const job = this.store.codec.encode(next, this.store.lease);
    await this.#renewal?.catch(() => {});
    const replaced = await this.store.queue.replace([this.id, ...others], [job]);
    // Another process has ended this job; what was heard here is stored all the same.
    const isStored = replaced || (await this.store.queue.put([job])).includes(job.id);
    this.release();
    return isStored ? this.#hold(this.store, job, next) : undefined;
  }

  async putOff(contents: C, delay: number): Promise<void> {
    await this.#replace([], [this.store.codec.encode(contents, delay)]);
  }

  release(): void {
    this.#release(this as unknown as HeldJob<never>);
  }

  async #replace(others: readonly string[], next: readonly Job[]): Promise<boolean> {
    this.release();
    // A renewal that arrives after the end would not matter; one that arrives after a putting off would undo it.
    await this.#renewal?.catch(() => {});
    return this.store.queue.replace([this.#job.id, ...others], next);
  }
}
