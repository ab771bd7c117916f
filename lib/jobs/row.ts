import type { PackageLogger } from '../telemetry/logger.js';
import type { InFlight } from '../time/in-flight.js';
import { withTimeLimit } from '../time/time-limit.js';
import type { JobContents } from './contents.js';
import { type JobCodec, stages } from './job-codec.js';
import { Lease } from './lease.js';
import type { Job, JobQueue } from './queue.js';
import { expiryOf, type Wish, Writer } from './writer.js';

/** What every row needs from its owner. */
export interface RowOwner {
  queue: JobQueue;
  /** The name for rows of transactions that begin here. */
  name: string;
  /** The name for rows that were handed over: so a decision that is being stored here never replaces one that is adopted. */
  adopter: string;
  codec: JobCodec;
  /** Milliseconds. */
  lease: number;
  logger: PackageLogger;
  /** Counts the writes that the store has not taken yet. */
  running: InFlight;
  /** Rows whose lease must be renewed. */
  held: Set<Row>;
  /** Rows with a write that the store has not taken yet, by id. */
  writing: Map<string, Row>;
  /** Whether failed writes are no longer repeated. */
  stopped: boolean;
}

/**
 * A transaction's row as its owner writes it. It makes one write at a time, the latest wish wins, and a write is repeated
 * until the store has taken it. A failed write may have been stored anyway, and is treated so.
 */
export class Row {
  readonly #owner: RowOwner;
  readonly #id: string;
  #name: string;
  /** The highest stage that the store may have from this owner. */
  #stage = -1;
  /** Whether the row belongs to this owner; `undefined` while that is unknown. */
  #mine: boolean | undefined;
  readonly #lease = new Lease();
  readonly #writer: Writer;
  #writing: Promise<boolean> | undefined;

  constructor(owner: RowOwner, id: string, adopted?: Job) {
    this.#owner = owner;
    this.#id = id;
    this.#name = owner.name;
    this.#writer = new Writer(owner, (wish) => this.#send(wish));
    if (adopted === undefined) return;
    this.#writer.wish = { sealed: adopted, dueIn: 0 };
    this.#stage = adopted.stage;
    this.handedOver(adopted);
  }

  /** Whether the store has it, with this owner. */
  get stored(): boolean {
    return this.#mine === true;
  }

  /** The lease has ended, or is about to: another process may have taken the row over. */
  get lapsed(): boolean {
    return this.#lease.isOver;
  }

  /** Milliseconds of the lease that are left, by the wall clock. */
  get leaseLeft(): number {
    return this.#lease.remaining;
  }

  /** Whether there is a write that the store has not taken yet. */
  get isWriting(): boolean {
    return this.#writing !== undefined;
  }

  /** When its job becomes useless, milliseconds since the epoch; `undefined` if it has none. */
  get expiresAt(): number | undefined {
    return expiryOf(this.#writer.wish);
  }

  /** Work that the store perhaps does not have, and that nobody has been told about. */
  get untaken(): JobContents | undefined {
    const { contents, once, withdrawn } = this.#writer.wish;
    if (contents === undefined || once || withdrawn) return undefined;
    return this.stored && stages[contents.kind] <= this.#stage ? undefined : contents;
  }

  /**
   * The store has handed it over.
   *
   * @returns false if it is not what was written here: that is still on its way, or another process was first
   */
  handedOver({ stage, data, dueAt }: Job): boolean {
    if (stage !== this.#stage || !(this.#mine || data === this.#writer.wish.sealed?.data)) return false;
    this.#name = this.#owner.adopter;
    this.#mine = true;
    this.#lease.begin(dueAt - Date.now());
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
    const { contents, sealed } = this.#writer.wish;
    await this.#become({ contents, sealed, dueIn: this.#owner.lease, withdrawn: true }).catch(() => {});
  }

  /** Another process may have it at once. */
  giveBack(contents: JobContents, dueIn = 0): void {
    this.#become({ contents, dueIn });
    this.release();
  }

  /** Asks the store whether the row still belongs to this owner. */
  ask(): Promise<boolean> {
    const { contents, sealed } = this.#writer.wish;
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
    this.#owner.held.delete(this);
  }

  #become(wish: Wish): Promise<boolean> {
    this.#writer.wish = wish;
    if (this.#writing === undefined) {
      const { writing, running } = this.#owner;
      // One write at a time, also when this process has begun to end the transaction again.
      const before = writing.get(this.#id);
      writing.set(this.#id, this);
      const write = () => this.#writer.write();
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
    if (this.#stage < 0) this.#lease.begin(wish.dueIn);
    this.#stage = Math.max(this.#stage, stage);
    if (isRaised) this.#mine = undefined;
    const job = { id, stage, data, dueAt: Math.round(Date.now() + wish.dueIn), expiresAt };
    const stored = await (isRaised ? queue.put(name, [job]) : queue.keep(name, [job]));
    // Handed over meanwhile: its owner now has another name.
    if (name !== this.#name) return this.#send(wish);
    this.#mine = stored.includes(this.#id);
    this.#lease.begin(job.dueAt - Date.now());
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
}
