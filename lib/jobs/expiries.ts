import { maxTimeout } from '../options/checks.js';
import type { ExpiryContents } from './contents.js';

/** The transactions of this process that wait for a decision, if there is no durable queue. */
export interface Expiries {
  /** @returns false when too many already wait */
  add(contents: ExpiryContents, dueIn: number): boolean;
  /** Stops waiting, since somebody has decided. */
  remove(ticket: string): void;
  clear(): void;
}

/** Maximum number of transactions that wait. */
const max = 100_000;

/**
 * @param expire called when nobody has decided in time
 * @param count called with the change in the number of transactions that wait
 */
export function expiries(expire: (contents: ExpiryContents) => void, count: (change: number) => void): Expiries {
  const timers = new Map<string, NodeJS.Timeout>();

  function remove(ticket: string): void {
    const timer = timers.get(ticket);
    if (timer === undefined) return;
    clearTimeout(timer);
    timers.delete(ticket);
    count(-1);
  }

  function pass(contents: ExpiryContents): void {
    remove(contents.transaction.ticket);
    expire(contents);
  }

  return {
    add(contents, dueIn) {
      if (timers.size >= max) return false;
      timers.set(contents.transaction.ticket, setTimeout(pass, Math.min(dueIn, maxTimeout), contents).unref());
      count(1);
      return true;
    },
    remove,
    clear() {
      for (const ticket of [...timers.keys()]) remove(ticket);
    },
  };
}
