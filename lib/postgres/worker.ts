import type { Job, QueueWork, WorkOptions } from '../jobs/queue.js';
import { Deadline } from '../time/deadline.js';
import { inFlight } from '../time/in-flight.js';
import type { JobRows } from './job-rows.js';

/** Milliseconds between two looks for jobs that are due. */
const lookInterval = 500;

/** Milliseconds between two looks while the database cannot be asked, at most. */
const maxLookInterval = 5000;

/** Jobs taken by one look, at most: other processes want some too. */
const maxBatch = 50;

/** Milliseconds for which a worker that stops waits for a database that does not answer. */
const maxGiveBack = 1000;

/**
 * Looks for jobs that are due and has them performed.
 *
 * @param report called when a look fails; the next one comes
 */
export function startWorker(
  rows: JobRows,
  perform: (job: Job) => Promise<void>,
  { concurrency, lease }: WorkOptions,
  report: (error: unknown) => void,
): QueueWork {
  const performing = new Set<string>();
  const underWay = inFlight();
  let stopped: Promise<void> | undefined;
  let interval = lookInterval;
  /** The last look took as much as it could. */
  let moreDue = false;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;

  function lookNow(): void {
    if (looking !== undefined || stopped !== undefined) return;
    clearTimeout(timer);
    looking = look().finally(() => {
      looking = undefined;
      if (stopped !== undefined) return;
      if (moreDue && performing.size < concurrency) lookNow();
      else timer = setTimeout(lookNow, interval);
    });
    underWay.track(looking);
  }

  async function look(): Promise<void> {
    const free = Math.min(concurrency - performing.size, maxBatch);
    if (free < 1) return;
    try {
      const jobs = await rows.take(free, lease);
      if (stopped !== undefined) return await rows.giveBack(jobs.map(({ id }) => id));
      moreDue = jobs.length === free;
      interval = lookInterval;
      for (const job of jobs) handOver(job);
    } catch (error) {
      moreDue = false;
      interval = Math.min(interval * 2, maxLookInterval);
      report(error);
    }
  }

  function handOver(job: Job): void {
    // Its lease ended while the database was away, and it is being performed still.
    if (performing.has(job.id)) return;
    performing.add(job.id);
    const performed = Promise.resolve(job)
      .then(perform)
      // The row stays, and is due again when the lease ends.
      .catch(() => {})
      .then(() => {
        performing.delete(job.id);
        if (moreDue) lookNow();
      });
    underWay.track(performed);
  }

  async function finish(within: number): Promise<void> {
    clearTimeout(timer);
    await underWay.idle(new Deadline(within));
    if (performing.size === 0) return;
    const last = inFlight();
    last.track(rows.giveBack([...performing]).catch(report));
    await last.idle(new Deadline(maxGiveBack));
  }

  lookNow();
  return {
    stop(within) {
      stopped ??= finish(within);
      return stopped;
    },
  };
}
