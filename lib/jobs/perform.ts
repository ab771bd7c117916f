import type { PackageLogger } from '../telemetry/logger.js';
import type { DecisionContents, ExpiryContents, JobContents, NotificationContents } from './contents.js';
import type { Debts } from './debts.js';
import type { Decide } from './decide.js';
import type { Deliver } from './deliver.js';
import type { LocalEnds } from './local-ends.js';
import type { Job } from './queue.js';
import type { Held, Holder, Store } from './store.js';

/** What performing needs. */
export interface PerformOptions {
  decide: Decide;
  attempt: Deliver['attempt'];
  holder: Pick<Holder, 'put' | 'take'>;
  owed: Debts;
  /** How decisions end that are lost with this process. */
  ends: LocalEnds<void>;
  /** Ends a job; never rejects. */
  end(held: Held): Promise<void>;
  logger: PackageLogger;
}

/** Performs a job that was handed over. Rejects when the job is to come back as it is. */
export type Perform = (store: Store, job: Job) => Promise<void>;

export function performer(options: PerformOptions): Perform {
  const { decide, attempt, holder, owed, ends, end, logger } = options;

  async function decideAgain(decision: Held<DecisionContents>): Promise<void> {
    // However late it is: Authlete judges that, and whether a process that is gone had told it in time.
    const { end: how } = await decide(decision, { doneBefore: decision.store.durable, again: true });
    if (how !== 'putOff') ends.ended(decision.id);
  }

  /** Nobody has decided. Where somebody has after all, that decision is stored, and stays. */
  async function expire(expiry: Held<ExpiryContents>): Promise<void> {
    const { transaction, expiresAt } = expiry.contents;
    const { ticket, subject } = transaction;
    const decision = await holder.put<DecisionContents>(expiry.store, {
      kind: 'decision',
      transaction,
      request: { ticket, result: 'TRANSACTION_FAILED', subject },
      expiresAt,
      attempts: 0,
      unasked: true,
    });
    if (decision) await decide(decision, { doneBefore: false, again: true });
    await end(expiry);
  }

  /** A job that cannot be opened comes back, as another process may have the key; until it has expired. */
  async function open(store: Store, job: Job): Promise<JobContents | undefined> {
    try {
      return store.codec.decode(job);
    } catch (error) {
      const details = { job: job.id, error };
      if (Date.now() < job.expiresAt) {
        logger.warn('a job cannot be opened; it stays for a process that can', details);
        throw error;
      }
      logger.error('a job that could not be opened has expired and is removed', details);
      await store.queue.replace([job.id], []);
      return undefined;
    }
  }

  return async (store, job) => {
    if (owed.has(job.id)) return void (await store.queue.replace([job.id], []));
    const contents = await open(store, job);
    if (contents === undefined) return;
    const held = holder.take(store, job, contents);
    // It is held beyond that, where its notification could not be stored yet.
    if (contents.kind === 'decision') return decideAgain(held as Held<DecisionContents>);
    try {
      if (contents.kind === 'notification') await attempt(held as Held<NotificationContents>);
      else await expire(held as Held<ExpiryContents>);
    } finally {
      held.release();
    }
  };
}
