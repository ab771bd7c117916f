/** Maximum number of late calls, since they hold their requests in memory. Beyond it, new requests are refused. */
const maxOverdue = 1_000;

/**
 * Calls to Authlete that no request waits for any longer. Their answers are handled whenever they come, since
 * they may have a ticket that must be released.
 */
export class LateCalls {
  private overdue = 0;
  private readonly track: (work: Promise<unknown>) => void;

  /** @param track counts what `close()` waits for */
  constructor(track: (work: Promise<unknown>) => void) {
    this.track = track;
  }

  /** Whether so many calls are past their deadline that new requests must be refused. */
  get full(): boolean {
    return this.overdue >= maxOverdue;
  }

  /**
   * Follows a call to its end. The caller must handle its rejection.
   *
   * @param within milliseconds until its deadline
   * @param awaited whether `close()` waits for it
   */
  hear(call: Promise<unknown>, within: number, awaited: boolean): void {
    let counted = false;
    const count = () => {
      counted = true;
      this.overdue += 1;
    };
    const timer = within > 0 ? setTimeout(count, within).unref() : undefined;
    if (timer === undefined) count();
    const done = () => {
      clearTimeout(timer);
      if (counted) this.overdue -= 1;
    };
    const heard = call.then(done, done);
    if (awaited) this.track(heard);
  }
}
