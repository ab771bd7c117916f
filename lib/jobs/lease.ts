/** The time for which a row belongs to its owner. Two clocks measure it, since either may stand still or be set. */
export class Lease {
  #until = 0;
  /** The same by the monotonic clock. */
  #untilSteady = 0;

  /** It ends so many milliseconds from now. */
  begin(ms: number): void {
    this.#until = Date.now() + ms;
    this.#untilSteady = performance.now() + ms;
  }

  /** Milliseconds that are left by the wall clock, which the store measures by. */
  get remaining(): number {
    return this.#until - Date.now();
  }

  get isOver(): boolean {
    return this.remaining <= 0 || performance.now() >= this.#untilSteady;
  }
}
