import type { JobContents } from './contents.js';
import { jobId } from './job-codec.js';
import type { Job } from './queue.js';
import { Row, type RowOwner } from './row.js';

/** The rows of one owner, and their leases. */
export interface Rows {
  /** The row of a transaction that begins here. */
  of(ticket: string): Row;
  /** A row that the store has handed over. */
  adopt(job: Job): Row;
  /** Milliseconds for which a row belongs to its owner. */
  readonly lease: number;
  /** Whether the row of this id has a write that the store has not taken yet. */
  isWriting(id: string): boolean;
  /**
   * Stops the repetition of failed writes.
   *
   * @returns work that the store perhaps does not have
   */
  stop(): JobContents[];
}

export function rows(options: Omit<RowOwner, 'owned' | 'writing' | 'stopped'>): Rows {
  const { lease } = options;
  const owner: RowOwner = { ...options, owned: new Set(), writing: new Map(), stopped: false };
  let timer: NodeJS.Timeout | undefined;

  function renewAll(): void {
    for (const row of owner.owned) row.renew();
    if (owner.owned.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  function own(row: Row): Row {
    owner.owned.add(row);
    timer ??= setInterval(renewAll, lease / 6).unref();
    return row;
  }

  return {
    lease,
    of: (ticket) => own(new Row(owner, jobId(ticket))),
    adopt: (job) => own(new Row(owner, job.id, job)),
    isWriting: (id) => owner.writing.has(id),
    stop() {
      owner.stopped = true;
      return [...owner.writing.values()].flatMap((row) => row.untaken ?? []);
    },
  };
}
