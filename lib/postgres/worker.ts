import type { Job, QueueWork, WorkOptions } from '../jobs/queue.js';
import type { JobRows } from './job-rows.js';

/** Maximum and minimum milliseconds between two looks for due rows, since other processes also store some. */
const maxInterval = 500;
const minInterval = 20;

/** Maximum milliseconds between two looks while the database does not answer. */
const maxPause = 5000;

/** Maximum number of rows of a stage that one look takes, so that some are left for other processes. */
const maxTaken = 50;

/**
 * Looks for due rows, and passes them on.
 *
 * @param report called when a look fails; the worker keeps looking
 */
export function startWorker(
  rows: JobRows,
  owner: string,
  perform: (job: Job) => Promise<void>,
  { concurrency, lease }: WorkOptions,
  report: (error: unknown) => void,
): QueueWork {
  /** For each stage: the free places, and whether the last look left due rows behind. */
  const free = [concurrency, concurrency, concurrency];
  const isMoreDue = [false, false, false];
  let pause = minInterval;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let isStopped = false;

  function lookNow(): void {
    if (isStopped || looking !== undefined) return;
    clearTimeout(timer);
    looking = look().then((next) => {
      looking = undefined;
      if (!isStopped) timer = setTimeout(lookNow, next);
    });
  }

  /** Resolves to the milliseconds until the next look. */
  async function look(): Promise<number> {
    const places = free.map((left) => Math.min(left, maxTaken));
    try {
      const { jobs, nextIn = maxInterval } = await rows.take(owner, places, lease);
      if (isStopped) {
        await rows.keep(
          owner,
          jobs.map((job) => ({ ...job, dueAt: Date.now() })),
        );
        return 0;
      }
      for (const [stage, wanted] of places.entries()) {
        isMoreDue[stage] = jobs.filter((job) => job.stage === stage).length === wanted;
      }
      pause = minInterval;
      for (const job of jobs) handOver(job);
      const canTakeMore = isMoreDue.some((isMore, stage) => isMore && (free[stage] as number) > 0);
      return canTakeMore ? 0 : Math.min(maxInterval, Math.max(minInterval, nextIn));
    } catch (error) {
      report(error);
      pause = Math.min(pause * 2, maxPause);
      return pause;
    }
  }

  function handOver(job: Job): void {
    const { stage } = job;
    (free[stage] as number) -= 1;
    Promise.resolve(job)
      .then(perform)
      // The row stays, and is due again after its lease.
      .catch(() => {})
      .then(() => {
        (free[stage] as number) += 1;
        if (isMoreDue[stage]) lookNow();
      });
  }

  lookNow();
  return {
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await looking;
    },
  };
}
