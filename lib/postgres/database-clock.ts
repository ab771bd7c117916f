import type { Database } from './boss.js';

/** A measurement counts for this many milliseconds, so that two clocks do not drift apart. */
const maxAge = 60_000;

/** Beyond this many milliseconds the answer says too little about when it was given. */
const maxDelay = 1000;

/**
 * The database's clock, which all processes share whatever their own say. It is read once a minute, and told by the
 * monotonic clock in between.
 */
export class DatabaseClock {
  /** The database's time, in milliseconds since the epoch, when `performance.now()` was 0. */
  private origin: number | undefined;
  private measuredAt = Number.NEGATIVE_INFINITY;
  private measuring: Promise<void> | undefined;

  constructor(private readonly db: () => Database) {}

  /** Milliseconds since the epoch. */
  async now(): Promise<number> {
    if (performance.now() - this.measuredAt > maxAge) {
      this.measuring ??= this.measure().finally(() => {
        this.measuring = undefined;
      });
      await this.measuring;
    }
    return (this.origin as number) + performance.now();
  }

  private async measure(): Promise<void> {
    const asked = performance.now();
    const { rows } = await this.db().executeSql('SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now');
    const answered = performance.now();
    if (this.origin !== undefined && answered - asked > maxDelay) return;
    this.origin = Number(rows[0].now) - (asked + answered) / 2;
    this.measuredAt = answered;
  }
}
