/**
 * The time for which a row belongs to its owner. Two clocks measure it: the wall clock may be set, and the monotonic one
 * may stop while the machine sleeps.
 */
export class Lease {
  #until = 0;
  /** The end by the monotonic clock. */
  #untilSteady = 0;

  /** Begins the lease anew. @param ms milliseconds for which it lasts */
  begin(ms: number): void {
    this.#until = Date.now() + ms;
    this.#untilSteady = performance.now() + ms;
  }

  /** Milliseconds that are left by the wall clock, which due times refer to; negative when it is over. */
  get remaining(): number {
    return this.#until - Date.now();
  }

  /** Whether it has ended by one of the clocks. */
  get isOver(): boolean {
    return this.remaining <= 0 || performance.now() >= this.#untilSteady;
  }
}
