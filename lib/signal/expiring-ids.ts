/** Ids, each remembered for its own time. At most `max`: the newest replaces the oldest. */
export class ExpiringIds {
  /** When each is forgotten, by `performance.now()`; the oldest first. */
  private readonly ends = new Map<string, number>();

  constructor(private readonly max: number) {}

  /** @param within milliseconds for which it is known */
  add(id: string, within: number): void {
    this.ends.delete(id);
    this.sweep();
    this.ends.set(id, performance.now() + within);
  }

  has(id: string): boolean {
    return this.remaining(id) !== undefined;
  }

  /** Milliseconds for which it is still known; undefined when it is not. */
  remaining(id: string): number | undefined {
    const end = this.ends.get(id);
    if (end === undefined || end <= performance.now()) return undefined;
    return end - performance.now();
  }

  delete(id: string): void {
    this.ends.delete(id);
  }

  clear(): void {
    this.ends.clear();
  }

  /** Drops up to two expired ids for each new one, so that they do not pile up. */
  private sweep(): void {
    let looks = 0;
    for (const [id, end] of this.ends) {
      if (looks++ === 2) return;
      if (end <= performance.now() || this.ends.size >= this.max) this.ends.delete(id);
    }
  }
}
