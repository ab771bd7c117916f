import type { PackageLogger } from '../telemetry/logger.js';
import { pause } from '../time/pause.js';
import type { JobContents } from './contents.js';
import type { SealedJob } from './job-codec.js';

/** Milliseconds before a failed write is repeated: the first wait, and the maximum. */
const [firstDelay, maxDelay] = [100, 2_000];

/** What a row should become: a job, which is sealed when it is written, or nothing, if the row is to be removed. */
export interface Wish {
  contents?: JobContents | undefined;
  sealed?: SealedJob | undefined;
  /** Milliseconds until the row is due for any process. */
  dueIn: number;
  /** Removes the row, but only if it belongs to this owner. */
  withdrawn?: true;
  /** A failed write is not repeated. */
  once?: true;
  /** A failed write is not repeated after this time. */
  until?: number;
}

/** What a writer needs from the owner of the row. */
interface WriterOwner {
  readonly lease: number;
  readonly logger: PackageLogger;
  /** Whether failed writes are no longer repeated. */
  readonly stopped: boolean;
}

/** Writes the latest wish for one row, and repeats a failed write until the store has taken it. */
export class Writer {
  readonly #owner: WriterOwner;
  readonly #send: (wish: Wish) => Promise<boolean>;
  #wish: Wish = { dueIn: 0 };
  /** Ends the pause after a failed write. */
  #wake: (() => void) | undefined;

  /** @param send makes one attempt to write; its result is that of `write()` */
  constructor(owner: WriterOwner, send: (wish: Wish) => Promise<boolean>) {
    this.#owner = owner;
    this.#send = send;
  }

  get wish(): Wish {
    return this.#wish;
  }

  /** Replaces the wish, even while the previous one is being written. */
  set wish(wish: Wish) {
    this.#wish = wish;
    this.#wake?.();
  }

  /** Resolves when the store has taken the latest wish. */
  async write(): Promise<boolean> {
    for (let delay = firstDelay; ; delay = Math.min(2 * delay, maxDelay)) {
      const wish = this.#wish;
      try {
        const result = await this.#send(wish);
        if (wish === this.#wish) return result;
        delay = firstDelay / 2;
      } catch (error) {
        const { logger, lease, stopped } = this.#owner;
        if (delay === firstDelay) logger.warn('a row could not be written; this process tries again', { error });
        wish.until ??= repeatedUntil(wish, lease);
        if (stopped || Date.now() > wish.until || (wish.once && wish === this.#wish)) throw error;
        if (wish === this.#wish) {
          await new Promise<void>((resolve) => {
            this.#wake = pause(delay, resolve, false);
          });
        }
        if (wish !== this.#wish) delay = firstDelay / 2;
      }
    }
  }
}

/** When the job becomes useless, milliseconds since the epoch; `undefined` if the row is to be removed. */
export function expiryOf({ contents, sealed }: Wish): number | undefined {
  return (sealed ?? contents)?.expiresAt;
}

function repeatedUntil(wish: Wish, lease: number): number {
  const expiresAt = expiryOf(wish) ?? Number.POSITIVE_INFINITY;
  // A decision may be withdrawn long after its expiry: when its last call has ended.
  return (wish.withdrawn ? Math.max(expiresAt, Date.now()) : expiresAt) + lease;
}
