import type { PackageLogger } from '../telemetry/logger.js';
import { pause } from '../time/pause.js';
import { about, type DecisionContents, type ExpiryContents, type JobContents, nobodyDecided } from './contents.js';
import type { Endings } from './ending.js';
import type { JobCodec } from './job-codec.js';
import type { Job, JobQueue } from './queue.js';
import type { Row } from './row.js';
import type { Rows } from './rows.js';
import type { DecisionOutcome } from './types.js';
import type { Underway, Underways } from './underway.js';

/** What the adoption of rows needs. */
export interface AdoptOptions {
  queue: JobQueue;
  /** The name of the owner of adopted rows. */
  adopter: string;
  codec: JobCodec;
  rows: Rows;
  list: Underways;
  endings: Endings;
  logger: PackageLogger;
  /** Aborted when `close()` is out of time. */
  stop: AbortSignal;
}

/** Maximum milliseconds for which the first attempt of an adopted notification delays further adoptions. */
const maxTurn = 1_000;

/**
 * Takes over a due row of a process that has died, or of a transaction that nobody has decided. The promise
 * resolves when the next row of the stage may be adopted. It never rejects.
 */
export function adopting(options: AdoptOptions): (job: Job) => Promise<void> {
  const { queue, adopter, codec, rows, list, endings, logger, stop } = options;

  async function adopt(job: Job): Promise<void> {
    const contents = await unseal(job);
    if (contents === undefined) return;
    const { transaction } = contents;
    const known = list.get(transaction.ticket);
    // The lease ended before this process could renew it.
    if (known?.row?.handedOver(job)) return;
    // This process has writes to the row under way, and they come first.
    if (known || rows.isWriting(job.id)) return postpone(job);
    const row = rows.adopt(job);
    if (stop.aborted) return row.giveBack(contents);
    if (contents.kind === 'expiry') return expire(row, contents);
    if (contents.kind === 'decision') {
      const underway = list.begin(transaction, () => row, contents.unheard);
      underway.deciding = Promise.resolve({ type: 'duplicate' });
      return decide(underway, contents);
    }
    const underway = list.begin(transaction, () => row);
    // An endpoint that does not answer must not keep the notifications of other clients waiting.
    await new Promise<void>((resolve) => {
      const firstAttempted = pause(maxTurn, resolve);
      void endings.deliver(underway, contents, firstAttempted);
    });
  }

  /** Nobody has decided, so the transaction fails, unless another process stores a decision first. */
  async function expire(row: Row, expiry: ExpiryContents): Promise<void> {
    const contents = nobodyDecided(expiry);
    const underway = list.begin(expiry.transaction, () => row);
    const raising = raise(row, contents);
    underway.deciding = raising.then((isRaised): DecisionOutcome => {
      return isRaised ? { type: 'duplicate' } : { type: 'unstored', error: undefined };
    });
    if (await raising) await decide(underway, contents);
    else list.end(underway);
  }

  async function raise(row: Row, contents: DecisionContents): Promise<boolean> {
    try {
      return await row.storeOnce(contents);
    } catch (error) {
      const details = { ...about(contents.transaction), error };
      logger.warn('the expiry of a transaction could not be stored; it will be tried again', details);
      row.giveBack({ ...contents, unheard: false }, rows.lease);
      return false;
    }
  }

  /** Resolves when the first call has ended. */
  function decide(underway: Underway, contents: DecisionContents): Promise<void> {
    return new Promise((resolve) => {
      void endings.decide(underway, contents, { again: true, isHeard: false, say: () => resolve() });
    });
  }

  /** Unseals a job. If that fails, the job stays in the queue until it expires, since another process may have the key. */
  async function unseal(job: Job): Promise<JobContents | undefined> {
    try {
      return codec.unseal(job);
    } catch (error) {
      const details = { job: job.id, error };
      if (Date.now() < job.expiresAt) {
        logger.warn('a job cannot be opened; it stays for a process that can', details);
        await postpone(job);
      } else {
        logger.error('a job that could not be opened has expired and is removed', details);
        await queue.end([job]);
      }
      return undefined;
    }
  }

  /** Makes the row due again soon, for this process or another. */
  async function postpone(job: Job): Promise<void> {
    await queue.keep(adopter, [{ ...job, dueAt: Math.round(Date.now() + rows.lease / 10) }]);
  }

  return async (job) => {
    try {
      await adopt(job);
    } catch (error) {
      logger.error('a job could not be performed; it will be tried again', { job: job.id, error });
    }
  };
}
