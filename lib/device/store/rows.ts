import type { NewSealedEntry, SealedEntry, SealedRows } from '../../stores/sealed-rows.js';
import type { Contents } from './contents.js';

/** What a row is about. */
export type RowKind = keyof Contents;

/** The phone's rows, unsealed. */
export type Rows = SealedRows<Contents>;
export type Entry<K extends RowKind> = SealedEntry<Contents, K>;
export type NewEntry<K extends RowKind> = NewSealedEntry<Contents, K>;
