import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PackageLogger } from '../telemetry/logger.js';
import { ApprovalError } from './errors.js';
import type { Leases } from './leases.js';
import { type ApprovalRecord, type Entry, isOpen, moves, type Rows } from './record.js';

/** Milliseconds for which a record is kept, and its key is known. */
const retention = 30 * 24 * 3_600_000;
/** Milliseconds between two removals of old records. */
const sweepPeriod = 3_600_000;
/** Maximum number of approvals that `resume()` goes on with. */
const maxResumed = 10_000;

/** The store, as approvals. */
export interface Records {
  /** @returns the id of the key's record */
  idOf(key: string): string;
  /** @throws ApprovalError `ERR_APPROVAL_STORE` */
  find(id: string): Promise<Entry | undefined>;
  /** @returns the new record, or the existing one */
  insert(id: string, record: ApprovalRecord): Promise<Entry>;
  /** The records whose notification token has this hash: one, or none. */
  byToken(hash: string): Promise<Entry[]>;
  /** The records that are `asking` or `waiting`, at most 10 000. */
  open(): Promise<Entry[]>;
  /**
   * Moves a record by compare-and-set.
   *
   * @param next the record after the move, or `undefined` when there is nothing to do. Called again with the latest record
   *   when somebody else was first
   * @returns the record as it is then
   */
  move(entry: Entry, next: (record: ApprovalRecord) => ApprovalRecord | undefined): Promise<Entry>;
  /**
   * Takes the lease of an open record, unless a living process has it.
   *
   * @returns the record with our lease, or `undefined`
   */
  take(entry: Entry): Promise<Entry | undefined>;
  /** Gives the lease back, if it is ours. */
  release(entry: Entry): Promise<void>;
  /** {@link move}, repeated until the store is back: for changes that must not be lost. */
  moveSurely(entry: Entry, next: (record: ApprovalRecord) => ApprovalRecord | undefined): Promise<Entry>;
}

/** @param scope separates the keys of one client at one server from those of others */
export function records(
  rows: Rows,
  scope: readonly string[],
  leases: Leases,
  closed: AbortSignal,
  logger: PackageLogger,
): Records {
  let sweptAt = Number.NEGATIVE_INFINITY;

  function sweep(): void {
    if (performance.now() - sweptAt < sweepPeriod) return;
    sweptAt = performance.now();
    // Only those that expired an hour ago: the phone may share the store, and still shows how its requests ended.
    rows.sweep(Date.now() - sweepPeriod).catch((error) => logger.warn('old approvals could not be removed', { error }));
  }

  async function find(id: string): Promise<Entry | undefined> {
    return guard(() => rows.find('approval', id));
  }

  async function move(entry: Entry, next: Parameters<Records['move']>[1]): Promise<Entry> {
    for (let latest = entry; ; ) {
      const record = next(latest.contents);
      if (record === undefined) return latest;
      if (!moves[latest.contents.state].includes(record.state)) {
        throw new Error(`an approval cannot go from ${latest.contents.state} to ${record.state}`);
      }
      const open = isOpen(record);
      const from = latest;
      const moved = await guard(() =>
        rows.replace(from, { contents: record, open, dueAt: open ? latest.dueAt : null }),
      );
      if (moved) return moved;
      const found = await find(latest.id);
      if (found === undefined) return { ...latest, contents: record };
      latest = found;
    }
  }

  return {
    idOf: (key) =>
      createHash('sha256')
        .update(JSON.stringify([...scope, key]))
        .digest('base64url'),
    find,
    async insert(id, record) {
      sweep();
      const now = Date.now();
      const entry = {
        kind: 'approval',
        id,
        subject: record.notificationToken === undefined ? id : tokenHash(record.notificationToken),
        contents: record,
        dueAt: now,
        expiresAt: now + retention,
      } as const;
      const outcome = await guard(() => rows.insert(entry));
      if (outcome === 'full') throw new ApprovalError('ERR_APPROVAL_STORE', 'the store of approvals is full');
      const found = await find(id);
      if (found) return found;
      throw new ApprovalError('ERR_APPROVAL_STORE', 'the record of the approval cannot be read: did the keys change?');
    },
    byToken: (hash) => guard(() => rows.list('approval', hash)),
    open: () => guard(() => rows.due('approval', maxResumed)),
    move,
    async take(entry) {
      const { lease: holder } = entry.contents;
      if (holder === leases.mine) return entry;
      if (holder !== undefined && !(await guard(() => leases.isGone(holder)))) return undefined;
      await guard(leases.begin);
      const taken = await move(entry, (record) =>
        isOpen(record) && record.lease === holder ? { ...record, lease: leases.mine } : undefined,
      );
      return isOpen(taken.contents) && taken.contents.lease === leases.mine ? taken : undefined;
    },
    async release(entry) {
      await move(entry, ({ lease, ...record }) => (isOpen(record) && lease === leases.mine ? record : undefined));
    },
    async moveSurely(entry, next) {
      for (let attempt = 0; ; attempt += 1) {
        try {
          return await move(entry, next);
        } catch (error) {
          if ((error as ApprovalError).code !== 'ERR_APPROVAL_STORE' || closed.aborted) throw error;
          if (attempt === 0) logger.error('the store of approvals does not answer: the client tries again', { error });
          await sleep(Math.min(100 * 2 ** attempt, 2000), undefined, { signal: closed }).catch(() => {});
        }
      }
    },
  };
}

async function guard<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new ApprovalError('ERR_APPROVAL_STORE', 'the store of approvals failed', { cause });
  }
}

/** The hash of a notification token, by which its record is found. */
export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
