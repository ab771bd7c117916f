/** Why nobody waits for the result any longer. */
export type Interruption = 'deadline' | 'gone';

/** Thrown by `Exchange.until` in the middle of a step. */
export class Interrupted extends Error {
  readonly interruption: Interruption;

  constructor(interruption: Interruption) {
    super(interruption === 'gone' ? 'the client went away' : 'the deadline has passed');
    // What listeners of an AbortSignal look for.
    this.name = interruption === 'gone' ? 'AbortError' : 'TimeoutError';
    this.interruption = interruption;
  }
}
