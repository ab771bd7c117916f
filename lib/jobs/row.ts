import type { PackageLogger } from '../telemetry/logger.js';
import type { InFlight } from '../time/in-flight.js';
import { withTimeLimit } from '../time/time-limit.js';
import type { JobContents } from './contents.js';
import { type JobCodec, jobId, type SealedJob, stages } from './job-codec.js';
import type { Job, JobQueue } from './queue.js';

/** Milliseconds before a failed write is repeated: the first wait, and the maximum. */
const [firstDelay, maxDelay] = [100, 2_000];

/** Milliseconds after the expiry for which a lease is renewed: as long as a call to Authlete may stay unanswered. */
const lastAnswer = 120_000;

/** The rows of one owner, and their leases. */
export interface Rows {
  /** The row of a transaction that begins here. */
  of(ticket: string): Row;
  /** A row that was handed over. */
  adopt(job: Job): Row;
  /** Milliseconds for which a row belongs to its owner. */
  readonly lease: number;
  /** Whether the row of this id has a write that the store has not taken yet. */
  isWriting(id: string): boolean;
  /**
   * Failed writes are no longer repeated.
   *
   * @returns work that the store perhaps does not have
   */
  stop(): JobContents[];
}

/** What every row needs from its owner. */
interface Owner {
  queue: JobQueue;
  /** The name for rows of transactions that begin here. */
  name: string;
  /** The name for rows that were handed over: so a decision that is being stored here never replaces one that is adopted. */
  adopter: string;
  codec: JobCodec;
  lease: number;
  logger: PackageLogger;
  /** Counts the writes that the store has not taken yet. */
  running: InFlight;
  /** Rows whose lease must be renewed. */
  owned: Set<Row>;
  /** Rows with a write that the store has not taken yet, by id. */
  writing: Map<string, Row>;
  stopped: boolean;
}

export function rows(
  options: Pick<Owner, 'queue' | 'name' | 'adopter' | 'codec' | 'lease' | 'logger' | 'running'>,
): Rows {
  const { lease } = options;
  const owner: Owner = { ...options, owned: new Set(), writing: new Map(), stopped: false };
  let timer: NodeJS.Timeout | undefined;

  function renewAll(): void {
    for (const row of owner.owned) row.renew();
    if (owner.owned.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  function own(row: Row): Row {
    owner.owned.add(row);
    timer ??= setInterval(renewAll, lease / 6).unref();
    return row;
  }

  return {
    lease,
    of: (ticket) => own(new Row(owner, jobId(ticket))),
    adopt: (job) => own(new Row(owner, job.id, job)),
    isWriting: (id) => owner.writing.has(id),
    stop() {
      owner.stopped = true;
      return [...owner.writing.values()].flatMap((row) => row.untaken ?? []);
    },
  };
}

/** The wished state of the row: a job, which is sealed when it is written, or gone. */
interface Wish {
  contents?: JobContents | undefined;
  sealed?: SealedJob | undefined;
  /** Milliseconds. */
  dueIn: number;
  /** Gone only if it belongs to this owner. */
  withdrawn?: true;
  /** Not repeated. */
  once?: true;
  /** Not repeated after this time. */
  until?: number;
}

/**
 * A transaction's row as its owner writes it. It makes one write at a time, the latest wish wins, and a write is repeated
 * until the store has taken it. A failed write may have been stored anyway, and is treated so.
 */
export class Row {
  readonly #owner: Owner;
  readonly #id: string;
  #name: string;
  /** The highest stage that the store may have from this owner. */
  #stage = -1;
  /** Whether the row belongs to this owner; `undefined` while that is unknown. */
  #mine: boolean | undefined;
  #leasedUntil = 0;
  /** The same by the monotonic clock. */
  #leasedUntilSteady = 0;
  #wish: Wish;
  #writing: Promise<boolean> | undefined;
  /** Ends the pause after a failed write. */
  #wake: (() => void) | undefined;

  constructor(owner: Owner, id: string, adopted?: Job) {
    this.#owner = owner;
    this.#id = id;
    this.#name = owner.name;
    this.#wish = { dueIn: 0 };
    if (adopted === undefined) return;
    this.#wish.sealed = adopted;
    this.#stage = adopted.stage;
    this.handedOver(adopted);
  }

  /** Whether the store has it, with this owner. */
  get stored(): boolean {
    return this.#mine === true;
  }

  /** The lease has ended, or is about to: another process may have taken the row over. */
  get lapsed(): boolean {
    return Date.now() >= this.#leasedUntil || performance.now() >= this.#leasedUntilSteady;
  }

  /** Work that the store perhaps does not have, and that nobody has been told about. */
  get untaken(): JobContents | undefined {
    const { contents, once, withdrawn } = this.#wish;
    if (contents === undefined || once || withdrawn) return undefined;
    return this.stored && stages[contents.kind] <= this.#stage ? undefined : contents;
  }

  /**
   * The store has handed it over.
   *
   * @returns false if it is not what was written here: that is still on its way, or another process was first
   */
  handedOver({ stage, data, dueAt }: Job): boolean {
    if (stage !== this.#stage || !(this.#mine || data === this.#wish.sealed?.data)) return false;
    this.#name = this.#owner.adopter;
    this.#mine = true;
    this.#leased(dueAt - Date.now());
    return true;
  }

  /**
   * Stores the work, once.
   *
   * @returns false when there is a decision already
   * @throws what the queue throws; it may have been stored
   */
  put(contents: JobContents): Promise<boolean> {
    return this.#become({ contents, dueIn: this.#owner.lease, once: true });
  }

  /**
   * Says what to do next, so many milliseconds from now; a lease later the row is due for others.
   *
   * @returns when the store has taken this or a later wish: whether the row belongs to this owner. Rejects when the owner stops.
   */
  become(contents: JobContents, delay = 0): Promise<boolean> {
    return this.#become({ contents, dueIn: delay + this.#owner.lease });
  }

  /** There is nothing left to do, whoever owns the row. */
  end(): void {
    this.#become({ dueIn: 0 });
    this.release();
  }

  /** Ends the row if it belongs to this owner. */
  async withdraw(): Promise<void> {
    const { contents, sealed } = this.#wish;
    await this.#become({ contents, sealed, dueIn: this.#owner.lease, withdrawn: true }).catch(() => {});
  }

  /** Another process may have it at once. */
  giveBack(contents: JobContents, dueIn = 0): void {
    this.#become({ contents, dueIn });
    this.release();
  }

  /** Asks the store whether the row still belongs to this owner. */
  ask(): Promise<boolean> {
    const { contents, sealed } = this.#wish;
    return this.#become({ contents, sealed, dueIn: this.#owner.lease });
  }

  /**
   * Whether the row still belongs to this owner. The store is asked only after the lease, and if it does not answer soon, the
   * work goes on: doing it twice is better than not at all.
   */
  async isMine(): Promise<boolean> {
    if (this.#mine === false) return false;
    if (!this.lapsed) return true;
    const late = () => new Error('the queue does not answer');
    return withTimeLimit(this.#owner.lease / 4, () => this.ask(), late).catch(() => true);
  }

  /** The lease is no longer renewed. */
  release(): void {
    this.#owner.owned.delete(this);
  }

  /** Renews the lease when a third of it is over, but not for ever: others must get the work that hangs here. */
  renew(): void {
    const { lease } = this.#owner;
    const { contents, sealed } = this.#wish;
    const job = sealed ?? contents;
    if (this.#writing || !this.#mine || job === undefined) return;
    if (this.#leasedUntil - Date.now() > (lease * 2) / 3 || Date.now() > job.expiresAt + lastAnswer) return;
    this.ask().catch(() => {});
  }

  #become(wish: Wish): Promise<boolean> {
    this.#wish = wish;
    this.#wake?.();
    if (this.#writing === undefined) {
      const { writing, running } = this.#owner;
      // One write at a time, also when this process has begun to end the transaction again.
      const before = writing.get(this.#id);
      writing.set(this.#id, this);
      const write = () => this.#write();
      const begun = before === undefined ? write() : (before.#writing as Promise<unknown>).then(write, write);
      this.#writing = begun.finally(() => {
        this.#writing = undefined;
        if (writing.get(this.#id) === this) writing.delete(this.#id);
      });
      this.#writing.catch(() => {});
      running.track(this.#writing);
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
        if (delay === firstDelay) logger.warn('a row could not be written; this process tries again', { error });
        const expiresAt = (wish.sealed ?? wish.contents)?.expiresAt ?? Number.POSITIVE_INFINITY;
        // A decision may be withdrawn long after its expiry: when its last call has ended.
        wish.until ??= (wish.withdrawn ? Math.max(expiresAt, Date.now()) : expiresAt) + lease;
        if (stopped || Date.now() > wish.until || (wish.once && wish === this.#wish)) throw error;
        if (wish === this.#wish) await this.#pause(delay);
        if (wish !== this.#wish) delay = firstDelay / 2;
      }
    }
  }

  /** Until it is time to write again, or there is something else to write. */
  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(wake, milliseconds).unref();
      this.#wake = wake;
    });
  }

  async #send(wish: Wish): Promise<boolean> {
    const { queue, codec } = this.#owner;
    const name = this.#name;
    const isGone = wish.contents === undefined && wish.sealed === undefined;
    if (isGone) {
      if (this.#stage >= 0) await queue.end([{ id: this.#id, stage: this.#stage as Job['stage'] }]);
      return true;
    }
    wish.sealed ??= codec.seal(wish.contents as JobContents, this.#id);
    const { id, stage, data, expiresAt } = wish.sealed;
    if (wish.withdrawn && this.stored && !this.lapsed) {
      await queue.end([{ id, stage }]);
      return this.#forget();
    }
    const isRaised = !wish.withdrawn && (stage > this.#stage || this.#mine === undefined);
    if (!isRaised && this.#mine === false) return false;
    // It may be stored from here on, whether or not the store answers.
    if (this.#stage < 0) this.#leased(wish.dueIn);
    this.#stage = Math.max(this.#stage, stage);
    if (isRaised) this.#mine = undefined;
    const job = { id, stage, data, dueAt: Math.round(Date.now() + wish.dueIn), expiresAt };
    const stored = await (isRaised ? queue.put(name, [job]) : queue.keep(name, [job]));
    // Handed over meanwhile: its owner now has another name.
    if (name !== this.#name) return this.#send(wish);
    this.#mine = stored.includes(this.#id);
    this.#leased(job.dueAt - Date.now());
    if (!wish.withdrawn) return this.#mine;
    if (this.#mine) await queue.end([{ id: this.#id, stage }]);
    return this.#forget();
  }

  /** As if nothing had been written: the next decision begins anew. */
  #forget(): false {
    this.#mine = undefined;
    this.#stage = -1;
    return false;
  }

  #leased(ms: number): void {
    this.#leasedUntil = Date.now() + ms;
    this.#leasedUntilSteady = performance.now() + ms;
  }
}
