import type { JobQueue } from './queue.js';

/** Milliseconds between two tries. */
export const debtInterval = 1_000;

/** Jobs whose end a store has not taken, at most; the oldest are forgotten first, and done once more by somebody. */
const maxDebts = 10_000;

/** Jobs that are done, and that a store which is away does not know of yet. */
export interface Debts {
  owe(ids: readonly string[]): void;
  has(id: string): boolean;
  /** A later job has the id. */
  forget(id: string): void;
  /** Tries once. Never rejects. */
  pay(): Promise<void>;
}

export function debts(queue: JobQueue): Debts {
  const owed = new Set<string>();
  let paying = false;

  async function pay(): Promise<void> {
    for (const id of [...owed]) {
      try {
        await queue.replace([id], []);
        owed.delete(id);
      } catch {
        break; // It is still away.
      }
    }
  }

  async function payAll(): Promise<void> {
    await pay();
    if (owed.size === 0) paying = false;
    else setTimeout(payAll, debtInterval).unref();
  }

  return {
    owe(ids) {
      for (const id of ids) owed.add(id);
      for (const id of owed) {
        if (owed.size <= maxDebts) break;
        owed.delete(id);
      }
      if (paying) return;
      paying = true;
      setTimeout(payAll, debtInterval).unref();
    },
    has: (id) => owed.has(id),
    forget: (id) => void owed.delete(id),
    pay,
  };
}
