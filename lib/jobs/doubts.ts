/** What is known of the calls that told Authlete of one transaction's decision. */
interface Doubt {
  underway: number;
  /** A call ended without an answer, here or in a process that is gone. */
  lost: boolean;
  refused: boolean;
}

/** Transactions with a call that was lost, at most; the oldest are forgotten first. */
const maxDoubts = 10_000;

/**
 * Which decisions Authlete may have taken without our hearing of it. A ticket that is refused has been used: by a call
 * that was lost, if there was one, and then nobody knows what the client should have been sent.
 */
export class Doubts {
  /** By ticket. */
  readonly #doubts = new Map<string, Doubt>();

  /** The tickets of calls that are under way. */
  get underway(): string[] {
    return [...this.#doubts].filter(([, { underway }]) => underway > 0).map(([ticket]) => ticket);
  }

  /** A call begins. @param lost whether there was one before, in a process that is gone */
  begin(ticket: string, lost: boolean): void {
    const doubt = this.#doubts.get(ticket) ?? { underway: 0, lost: false, refused: false };
    doubt.underway += 1;
    doubt.lost ||= lost;
    this.#doubts.set(ticket, doubt);
  }

  /** Authlete has taken the decision, and we have heard it. */
  taken(ticket: string): void {
    this.#doubts.delete(ticket);
  }

  /** @returns whether the outcome is unknown now, and will stay so */
  refused(ticket: string): boolean {
    return this.#ended(ticket, 'refused');
  }

  /** The call ended without an answer. @returns whether the outcome is unknown now, and will stay so */
  lost(ticket: string): boolean {
    return this.#ended(ticket, 'lost');
  }

  #ended(ticket: string, how: 'refused' | 'lost'): boolean {
    const doubt = this.#doubts.get(ticket);
    if (doubt === undefined) return false;
    doubt.underway -= 1;
    doubt[how] = true;
    if (doubt.underway > 0) return false;
    if (doubt.refused) this.#doubts.delete(ticket);
    else if (this.#doubts.size > maxDoubts) this.#forgetOldest();
    return doubt.refused && doubt.lost;
  }

  #forgetOldest(): void {
    for (const [ticket, { underway }] of this.#doubts) {
      if (underway > 0) continue;
      this.#doubts.delete(ticket);
      return;
    }
  }
}
