import { maxTimeout } from '../options/checks.js';
import type { InFlight } from '../time/in-flight.js';
import { pause } from '../time/pause.js';
import type { IssuedTransaction } from './contents.js';
import type { Row } from './row.js';
import type { DecisionOutcome } from './types.js';

/** Maximum number of transactions that are remembered because a call of theirs was lost. */
const maxRemembered = 10_000;

/** A transaction whose end has begun in this process, and all that this process knows about it. */
export interface Underway {
  readonly transaction: IssuedTransaction;
  /** Its row in a durable queue. */
  readonly row: Row | undefined;
  /** The result of the decision that is under way. The next decision waits for it. */
  deciding: Promise<DecisionOutcome> | undefined;
  /** Number of calls to Authlete that are under way. */
  calls: number;
  /** Whether a call that Authlete may have processed has ended without an answer, here or in a process that has died. */
  lost: boolean;
  /** Whether Authlete has refused a call. */
  refused: boolean;
  /** Whether Authlete has taken the decision, or no further call will be made. */
  over: boolean;
  /** Ends the pause before the next attempt. */
  wake: (() => void) | undefined;
}

/** The transactions that are under way, by ticket. */
export class Underways {
  readonly #byTicket = new Map<string, Underway>();
  readonly #count: (change: number) => void;
  /** The transactions that only wait for another decision. */
  readonly #remembered = new Set<Underway>();

  /** @param count called with the change in the number of transactions with something left to do */
  constructor(count: (change: number) => void) {
    this.#count = count;
  }

  get(ticket: string): Underway | undefined {
    return this.#byTicket.get(ticket);
  }

  /** @param lost whether a process that has died may have called Authlete */
  begin(transaction: IssuedTransaction, newRow: (() => Row) | undefined, lost = false): Underway {
    const known = this.#byTicket.get(transaction.ticket);
    if (known && !known.over) {
      if (this.#remembered.delete(known)) this.#count(1);
      return known;
    }
    const [row, deciding, wake] = [newRow?.(), undefined, undefined];
    const begun = { transaction, row, deciding, calls: 0, lost, refused: false, over: false, wake };
    this.#byTicket.set(transaction.ticket, begun);
    this.#count(1);
    return begun;
  }

  /** Ends the work for a transaction: nothing is left to do. */
  end(underway: Underway): void {
    const { transaction, row } = underway;
    underway.over = true;
    underway.wake?.();
    row?.release();
    if (this.#byTicket.get(transaction.ticket) !== underway) return;
    this.#byTicket.delete(transaction.ticket);
    if (!this.#remembered.delete(underway)) this.#count(-1);
  }

  /** Keeps what is known about the calls. Authlete has not taken the decision, so somebody can decide again. */
  remember(underway: Underway, milliseconds: number): void {
    if (this.#remembered.has(underway)) return;
    if (this.#remembered.size >= maxRemembered) {
      this.end(underway);
      return;
    }
    this.#remembered.add(underway);
    this.#count(-1);
    const forget = () => this.#remembered.has(underway) && this.end(underway);
    setTimeout(forget, Math.max(0, Math.min(milliseconds, maxTimeout))).unref();
  }

  /** Ends the pauses of all transactions. */
  wakeAll(): void {
    for (const { wake } of this.#byTicket.values()) wake?.();
  }

  /** The transactions with something left to do. */
  *[Symbol.iterator](): Generator<Underway> {
    for (const underway of this.#byTicket.values()) if (!this.#remembered.has(underway)) yield underway;
  }
}

/**
 * The work of this process for a transaction, for which `close()` and `idle()` wait. They do not wait for work in a durable
 * queue while it pauses.
 */
export class Work {
  readonly #running: InFlight;
  readonly #underway: Underway;
  #done: () => void;

  constructor(running: InFlight, underway: Underway) {
    this.#running = running;
    this.#underway = underway;
    this.#done = running.begin();
  }

  pause(milliseconds: number): Promise<void> {
    const underway = this.#underway;
    if (underway.row) this.#done();
    return new Promise((resolve) => {
      underway.wake = pause(milliseconds, () => {
        if (underway.row) this.#done = this.#running.begin();
        resolve();
      });
    });
  }

  done(): void {
    this.#done();
  }
}
