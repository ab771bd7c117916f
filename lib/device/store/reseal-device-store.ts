import type { SealKey } from '../../seal/seals.js';
import { type Resealed, resealRows } from '../../stores/reseal-rows.js';
import type { RowStore } from '../../stores/store.js';

/**
 * Seals every row of the phone's store again, with the first of the keys, so that you can remove an old key, which rows of
 * rarely used phones would still need. It may run while the store is in use, in a server or in a separate job.
 *
 * @param keys those of the option `keys`: the new one first, and every old one
 * @returns how many rows were sealed again, and how many no key opens; remove the old key only if the latter is 0
 * @throws TypeError when a key is too short, or the store cannot give its rows page by page
 * @example
 * ```ts
 * const { unreadable } = await resealDeviceStore(postgresDeviceStore(pool), [newKey, oldKey]);
 * ```
 */
export async function resealDeviceStore(store: RowStore, keys: readonly SealKey[]): Promise<Resealed> {
  return resealRows(store, keys, 'device');
}
