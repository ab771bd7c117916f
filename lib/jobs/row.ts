import type { PackageLogger } from '../telemetry/logger.js';
import type { InFlight } from '../time/in-flight.js';
import { withTimeLimit } from '../time/time-limit.js';
import type { JobContents } from './contents.js';
import { type JobCodec, stages } from './job-codec.js';
import { Lease } from './lease.js';
import type { Job, JobQueue } from './queue.js';
import { expiryOf, type Wish, Writer } from './writer.js';

/** Milliseconds after the expiry for which a lease is renewed, since a call to Authlete may take that long. */
const lastAnswer = 120_000;

/** What every row needs from its owner. */
export interface RowOwner {
  queue: JobQueue;
  /** The name for rows of transactions that begin here. */
  name: string;
  /** Another name, for rows that the store hands over: a decision from here must never replace an adopted one. */
  adopter: string;
  codec: JobCodec;
  /** Milliseconds. */
  lease: number;
  logger: PackageLogger;
  /** Counts the writes that the store has not taken yet. */
  running: InFlight;
  /** The rows whose lease is renewed. */
  owned: Set<Row>;
  /** The rows with a write that the store has not taken yet, by id. */
  writing: Map<string, Row>;
  /** Whether failed writes are no longer repeated. */
  stopped: boolean;
}

/**
 * A transaction's row as its owner writes it. It makes one write at a time, the latest wish wins, and a write is repeated
 * until the store has taken it. The store may have a write that failed, so the row counts as stored until the store denies
 * it.
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

  /** Whether the store has the row, and it belongs to this owner. */
  get stored(): boolean {
    return this.#mine === true;
  }

  /** Whether the lease is over: then another process may have adopted the row. */
  get lapsed(): boolean {
    return this.#lease.isOver;
  }

  /** Work that the store perhaps does not have, unless a caller hears of the failure. */
  get untaken(): JobContents | undefined {
    const { contents, once, withdrawn } = this.#writer.wish;
    if (contents === undefined || once || withdrawn) return undefined;
    return this.stored && stages[contents.kind] <= this.#stage ? undefined : contents;
  }

  /**
   * Takes note that the store has handed this row over.
   *
   * @returns false if the store has other contents: this owner's write is still under way, or another process was first
   */
  handedOver({ stage, data, dueAt }: Job): boolean {
    if (stage !== this.#stage || !(this.#mine || data === this.#writer.wish.sealed?.data)) return false;
    this.#name = this.#owner.adopter;
    this.#mine = true;
    this.#lease.begin(dueAt - Date.now());
    return true;
  }

  /**
   * Stores the work. A failed write is not repeated.
   *
   * @returns false when there is a decision already
   * @throws the error of the queue; the work may be stored in spite of it
   */
  storeOnce(contents: JobContents): Promise<boolean> {
    return this.#become({ contents, dueIn: this.#owner.lease, once: true });
  }

  /**
   * Stores the next step of the transaction.
   *
   * @param delay milliseconds until this process takes the step; a lease later, the row is due for other processes
   * @returns whether the row belongs to this owner, when the store has taken this or a later wish
   * @throws the error of the queue if the write is no longer repeated
   */
  become(contents: JobContents, delay = 0): Promise<boolean> {
    return this.#become({ contents, dueIn: delay + this.#owner.lease });
  }

  /** Removes the row, whoever owns it: nothing is left to do. */
  remove(): void {
    this.#become({ dueIn: 0 });
    this.release();
  }

  /** Removes the row if it belongs to this owner. */
  async withdraw(): Promise<void> {
    const { contents, sealed } = this.#writer.wish;
    await this.#become({ contents, sealed, dueIn: this.#owner.lease, withdrawn: true }).catch(() => {});
  }

  /** Leaves the row to any process. @param dueIn milliseconds until it is due */
  giveBack(contents: JobContents, dueIn = 0): void {
    this.#become({ contents, dueIn });
    this.release();
  }

  /** Renews the lease when a third of it is over, but not for ever: if the work hangs here, other processes must get it. */
  renew(): void {
    const expiresAt = expiryOf(this.#writer.wish);
    if (this.#writing !== undefined || !this.stored || expiresAt === undefined) return;
    const isDue = this.#lease.remaining <= (this.#owner.lease * 2) / 3;
    if (isDue && Date.now() <= expiresAt + lastAnswer) this.ask().catch(() => {});
  }

  /** Asks the store whether the row still belongs to this owner. */
  ask(): Promise<boolean> {
    const { contents, sealed } = this.#writer.wish;
    return this.#become({ contents, sealed, dueIn: this.#owner.lease });
  }

  /**
   * Whether the row still belongs to this owner. The store is asked only when the lease is over. If it does not
   * answer soon, the work goes on: work done twice is better than work not done.
   */
  async isMine(): Promise<boolean> {
    if (this.#mine === false) return false;
    if (!this.lapsed) return true;
    const lateError = () => new Error('the queue does not answer');
    return withTimeLimit(this.#owner.lease / 4, () => this.ask(), lateError).catch(() => true);
  }

  /** Stops the renewal of the lease. */
  release(): void {
    this.#owner.owned.delete(this);
  }

  #become(wish: Wish): Promise<boolean> {
    this.#writer.wish = wish;
    if (this.#writing === undefined) {
      this.#writing = this.#write();
      this.#writing.catch(() => {});
    }
    return this.#writing;
  }

  async #write(): Promise<boolean> {
    const { writing, running } = this.#owner;
    const done = running.begin();
    // An earlier `Row` of the same transaction may still be writing: its write comes first.
    const before = writing.get(this.#id);
    writing.set(this.#id, this);
    try {
      if (before) await before.#writing?.catch(() => {});
      return await this.#writer.write();
    } finally {
      this.#writing = undefined;
      if (writing.get(this.#id) === this) writing.delete(this.#id);
      done();
    }
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
    // From here on the store may have the job, whether or not it answers.
    if (this.#stage < 0) this.#lease.begin(wish.dueIn);
    this.#stage = Math.max(this.#stage, stage);
    if (isRaised) this.#mine = undefined;
    const job = { id, stage, data, dueAt: Math.round(Date.now() + wish.dueIn), expiresAt };
    const stored = await (isRaised ? queue.put(name, [job]) : queue.keep(name, [job]));
    // The store has handed the row over meanwhile, so its owner now has another name.
    if (name !== this.#name) return this.#send(wish);
    this.#mine = stored.includes(this.#id);
    this.#lease.begin(job.dueAt - Date.now());
    if (!wish.withdrawn) return this.#mine;
    if (this.#mine) await queue.end([{ id: this.#id, stage }]);
    return this.#forget();
  }

  /** Forgets all that was written, so that the next decision begins anew. */
  #forget(): false {
    this.#mine = undefined;
    this.#stage = -1;
    return false;
  }
}
