/** More calls than this are not heard past their deadline (they hold their requests in memory): then no more begin. */
const maxOverdue = 1_000;

/**
 * Calls to Authlete that no request waits for any more. What they bring is heard all the same, whenever it comes, since
 * it may be a ticket that has to be released.
 */
export class LateCalls {
  private overdue = 0;
  private readonly track: (work: Promise<unknown>) => void;

  /** @param track counts what `close()` waits for */
  constructor(track: (work: Promise<unknown>) => void) {
    this.track = track;
  }

  /** So many calls are past their deadline that new requests have to be turned away. */
  get full(): boolean {
    return this.overdue >= maxOverdue;
  }

  /**
   * Hears a call to its end. It must not reject unheard.
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
