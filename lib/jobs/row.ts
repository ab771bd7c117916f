import type { PackageLogger } from '../telemetry/logger.js';
import type { InFlight } from '../time/in-flight.js';
import { withTimeLimit } from '../time/time-limit.js';
import type { JobContents } from './contents.js';
import { type JobCodec, jobId, type SealedJob } from './job-codec.js';
import type { Job, JobQueue } from './queue.js';

/** Milliseconds before a write that failed is repeated: at first, and at most. */
const [firstDelay, maxDelay] = [100, 2_000];

/** The rows of one owner, and their leases. */
export interface Rows {
  /** The row of a transaction that begins here. */
  of(ticket: string): Row;
  /** A row that was handed over. */
  adopt(job: Job): Row;
  /** Milliseconds for which a row belongs to its owner. */
  readonly lease: number;
  /** No write that failed is repeated any more. */
  stop(): void;
}

/** What every row needs of its owner. */
interface Owner {
  queue: JobQueue;
  name: string;
  codec: JobCodec;
  lease: number;
  logger: PackageLogger;
  /** Counts the writes that the store has not taken yet. */
  running: InFlight;
  /** Rows whose lease is to be renewed. */
  held: Set<Row>;
  stopped: boolean;
}

export function rows(options: Pick<Owner, 'queue' | 'name' | 'codec' | 'lease' | 'logger' | 'running'>): Rows {
  const { lease } = options;
  const owner: Owner = { ...options, held: new Set(), stopped: false };
  let timer: NodeJS.Timeout | undefined;

  function renewAll(): void {
    for (const row of owner.held) row.renew();
    if (owner.held.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  function hold(row: Row): Row {
    owner.held.add(row);
    timer ??= setInterval(renewAll, lease / 6).unref();
    return row;
  }

  return {
    lease,
    of: (ticket) => hold(new Row(owner, jobId(ticket))),
    adopt: (job) => hold(new Row(owner, job.id, job)),
    stop() {
      owner.stopped = true;
    },
  };
}

/** What the row is to be: a job, which is sealed when it is written, or gone. */
interface Wish {
  contents?: JobContents | undefined;
  sealed?: SealedJob | undefined;
  /** Milliseconds. */
  dueIn: number;
  /** Gone only where it is this owner's. */
  withdrawn?: true;
  /** Not repeated. */
  once?: true;
}

/**
 * A transaction's row as its owner writes it. It makes one write at a time, the latest wish wins, and a write is repeated
 * until the store has taken it. A write that failed may have been stored all the same, and is treated so.
 */
export class Row {
  readonly #owner: Owner;
  readonly #id: string;
  /** The highest stage that the store may have of this owner's. */
  #stage = -1;
  /** Whether the row is this owner's; `undefined` while nobody has said. */
  #mine: boolean | undefined;
  #leasedUntil = 0;
  /** The same by the monotonic clock. */
  #leasedUntilSteady = 0;
  #wish: Wish;
  #writing: Promise<boolean> | undefined;

  constructor(owner: Owner, id: string, adopted?: Job) {
    this.#owner = owner;
    this.#id = id;
    this.#wish = { dueIn: 0 };
    if (adopted === undefined) return;
    this.#wish.sealed = adopted;
    this.#stage = adopted.stage;
    this.handedOver(adopted);
  }

  /** Whether the store has it, as this owner's. */
  get stored(): boolean {
    return this.#mine === true;
  }

  /** The lease has ended, or is about to: another process may have taken the row over. */
  get lapsed(): boolean {
    return Date.now() >= this.#leasedUntil || performance.now() >= this.#leasedUntilSteady;
  }

  /** The store has handed it to this owner once more. */
  handedOver({ dueAt }: Job): void {
    this.#mine = true;
    this.#leased(dueAt - Date.now());
  }

  /**
   * Stores what is to be done, once.
   *
   * @returns false when there is a decision already
   * @throws what the queue throws; it may have been stored
   */
  put(contents: JobContents): Promise<boolean> {
    return this.#become({ contents, dueIn: this.#owner.lease, once: true });
  }

  /**
   * This is to be done next, so many milliseconds from now; and a lease later the row is due for others.
   *
   * @returns when the store has taken this or a later wish: whether the row is this owner's. Rejects when the owner stops.
   */
  become(contents: JobContents, delay = 0): Promise<boolean> {
    return this.#become({ contents, dueIn: delay + this.#owner.lease });
  }

  /** There is nothing left to do, whoever has the row. */
  end(): void {
    this.#become({ dueIn: 0 });
    this.release();
  }

  /** Ends the row where it is this owner's, and leaves anybody else's. */
  async withdraw(): Promise<void> {
    if (this.stored && !this.lapsed) return this.end();
    const { contents, sealed } = this.#wish;
    await this.#become({ contents, sealed, dueIn: this.#owner.lease, withdrawn: true }).catch(() => {});
  }

  /** Another process may have it at once. */
  giveBack(contents: JobContents, dueIn = 0): void {
    this.#become({ contents, dueIn });
    this.release();
  }

  /** Asks the store whether the row is this owner's still. */
  ask(): Promise<boolean> {
    const { contents, sealed } = this.#wish;
    return this.#become({ contents, sealed, dueIn: this.#owner.lease });
  }

  /**
   * Whether the row is this owner's still. The store is asked only after the lease, and where it does not answer soon, the
   * work goes on: done twice is better than not at all.
   */
  async isMine(): Promise<boolean> {
    if (this.#mine === false) return false;
    if (this.#mine === undefined || !this.lapsed) return true;
    const late = () => new Error('the queue does not answer');
    return withTimeLimit(this.#owner.lease / 4, () => this.ask(), late).catch(() => true);
  }

  /** The lease is not renewed any more. */
  release(): void {
    this.#owner.held.delete(this);
  }

  /** Renews the lease when a third of it is over. One that is renewed for ever would keep what hangs from others. */
  renew(): void {
    const { lease } = this.#owner;
    const { contents, sealed } = this.#wish;
    const job = sealed ?? contents;
    if (this.#writing || !this.#mine || job === undefined) return;
    if (this.#leasedUntil - Date.now() > (lease * 2) / 3 || Date.now() > job.expiresAt + lease) return;
    this.ask().catch(() => {});
  }

  #become(wish: Wish): Promise<boolean> {
    this.#wish = wish;
    if (this.#writing === undefined) {
      this.#writing = this.#write().finally(() => {
        this.#writing = undefined;
      });
      this.#writing.catch(() => {});
      this.#owner.running.track(this.#writing);
    }
    return this.#writing;
  }

  async #write(): Promise<boolean> {
    for (let delay = firstDelay; ; delay = Math.min(2 * delay, maxDelay)) {
      const wish = this.#wish;
      try {
        const mine = await this.#send(wish);
        if (wish === this.#wish) return mine;
        delay = firstDelay / 2;
      } catch (error) {
        const { logger, lease, stopped } = this.#owner;
        if (delay === firstDelay) logger.warn('a row could not be written; that is tried again', { error });
        const expiresAt = (wish.sealed ?? wish.contents)?.expiresAt ?? Number.POSITIVE_INFINITY;
        if (stopped || Date.now() > expiresAt + lease || (wish.once && wish === this.#wish)) throw error;
        if (wish === this.#wish) await new Promise((resolve) => setTimeout(resolve, delay).unref());
      }
    }
  }

  async #send(wish: Wish): Promise<boolean> {
    const { queue, name, codec } = this.#owner;
    const isGone = wish.contents === undefined && wish.sealed === undefined;
    if (isGone) {
      if (this.#stage >= 0) await queue.end([{ id: this.#id, stage: this.#stage as Job['stage'] }]);
      return true;
    }
    wish.sealed ??= codec.seal(wish.contents as JobContents, this.#id);
    const { id, stage, data, expiresAt } = wish.sealed;
    const isRaised = !wish.withdrawn && (stage > this.#stage || this.#mine === undefined);
    if (!isRaised && this.#mine === false) return false;
    this.#stage = Math.max(this.#stage, stage);
    if (isRaised) this.#mine = undefined;
    const job = { id, stage, data, dueAt: Math.round(Date.now() + wish.dueIn), expiresAt };
    const stored = await (isRaised ? queue.put(name, [job]) : queue.keep(name, [job]));
    this.#mine = stored.includes(this.#id);
    this.#leased(job.dueAt - Date.now());
    if (!wish.withdrawn) return this.#mine;
    if (this.#mine) await queue.end([{ id: this.#id, stage }]);
    // As if nothing had been written: whoever decides next begins anew.
    this.#mine = undefined;
    this.#stage = -1;
    return false;
  }

  #leased(ms: number): void {
    this.#leasedUntil = Date.now() + ms;
    this.#leasedUntilSteady = performance.now() + ms;
  }
}
