import type { SealKey } from '../seal/seals.js';
import { guardedLogger } from '../telemetry/logger.js';
import { sealedRows } from './sealed-rows.js';
import type { Row, RowStore } from './store.js';

/** Rows that are read at a time. */
const pageSize = 100;

/** The result of sealing a store's rows again. */
export interface Resealed {
  /** Rows that are now sealed with the first of the keys. */
  resealed: number;
  /** Rows that none of the keys opens: they were changed, or sealed with a key that is no longer there. They stay as they are. */
  unreadable: number;
}

/**
 * Seals every row again, with the first of the keys, while the store is in use.
 *
 * @param purpose what the rows are for, as for `sealedRows`
 * @throws TypeError when the store cannot give its rows page by page
 */
export async function resealRows(store: RowStore, keys: readonly SealKey[], purpose: string): Promise<Resealed> {
  if (store.page === undefined) throw new TypeError('store must have the method page() to be sealed anew');
  const rows = sealedRows<Record<string, unknown>>(store, keys, purpose, guardedLogger(false));

  /** @returns whether the row could be sealed again; `undefined` when it has been removed meanwhile */
  async function reseal({ kind, id }: Row): Promise<boolean | undefined> {
    for (;;) {
      const entry = await rows.find(kind, id);
      if (entry === undefined) return (await store.find(kind, id)) === undefined ? undefined : false;
      if (await rows.replace(entry, {})) return true;
    }
  }

  const result = { resealed: 0, unreadable: 0 };
  for (let last: Row | undefined; ; ) {
    const page = await store.page(last, pageSize);
    for (const row of page) {
      const isSealed = await reseal(row);
      if (isSealed === true) result.resealed += 1;
      if (isSealed === false) result.unreadable += 1;
    }
    last = page.at(-1);
    if (last === undefined) return result;
  }
}
