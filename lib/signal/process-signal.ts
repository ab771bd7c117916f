import { ExpiringIds } from './expiring-ids.js';
import type { DecisionSignal, SignalWatcher } from './signal.js';

/** Transactions that are known at the same time, at most. */
const maxKnown = 100_000;

/** Milliseconds for which the decision about an unannounced transaction is remembered. */
const defaultMemory = 600_000;

/** A signal within one process. */
export class ProcessSignal implements DecisionSignal {
  private readonly waiting = new ExpiringIds(maxKnown);
  /** A decided transaction stays decided: announcements of two processes may overtake each other. */
  private readonly settled = new ExpiringIds(maxKnown);
  private readonly watchers = new Set<SignalWatcher>();

  issued(id: string, expiresAt: number): void {
    const within = expiresAt - Date.now();
    if (within > 0 && !this.settled.has(id)) this.waiting.add(id, within);
  }

  decided(id: string): void {
    this.settled.add(id, this.waiting.remaining(id) ?? defaultMemory);
    this.waiting.delete(id);
    for (const watcher of this.watchers) watcher.decided(id);
  }

  timeLeft(id: string): number | undefined {
    return this.waiting.remaining(id);
  }

  watch(watcher: SignalWatcher): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  /** Forgets the waiting transactions, since decisions may have been missed. */
  lose(): void {
    this.waiting.clear();
    for (const watcher of this.watchers) watcher.lost();
  }
}
