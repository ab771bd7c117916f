import type { JobQueue } from '../jobs/queue.js';
import { type Boss, requireBoss, requireNodeVersion } from './boss.js';
import { JobRows } from './job-rows.js';
import { checkQueueOptions, type PostgresQueueOptions } from './queue-options.js';
import { startWorker } from './worker.js';

/**
 * A job queue in PostgreSQL, through pg-boss: decisions that `complete()` has taken and notifications on their way survive
 * the process, and any process that uses the same queue does what another has left undone.
 *
 * The host starts and stops `boss`, and closes what uses the queue first. Queue and schema are pg-boss's; the queue is
 * created at its first use. Errors while looking for work are emitted as `error` events of `boss`, like pg-boss's own.
 *
 * @param boss a `PgBoss` of pg-boss 12.38 or later, which wants Node.js 22.12
 * @throws TypeError that names the option, when one is wrong; Error on an older Node.js
 * @example
 * ```ts
 * const boss = new PgBoss(process.env.DATABASE_URL);
 * boss.on('error', (error) => logger.error('pg-boss', { error }));
 * await boss.start();
 * const ciba = cibaBackchannel({ authlete, handleKeys, queue: postgresQueue(boss), identifyUser, authenticate });
 * ```
 */
export function postgresQueue(boss: Boss, options: PostgresQueueOptions = {}): JobQueue {
  requireNodeVersion();
  requireBoss(boss);
  checkQueueOptions(options);
  const rows = new JobRows(boss, options.name ?? 'ciba');

  function report(error: unknown): void {
    // Without a listener the event would end the process.
    if (boss.listenerCount('error') > 0) boss.emit('error', error);
  }

  return {
    lease: options.lease,
    concurrency: options.concurrency,

    async put(jobs) {
      return jobs.length === 0 ? [] : await rows.insert(jobs);
    },

    async replace([first, ...others], next) {
      if (first === undefined) return false;
      if (others.length === 0 && next.length === 0) return await rows.remove(first);
      const [only] = next;
      if (others.length === 0 && next.length === 1 && only?.id === first) return await rows.change(only);
      return await rows.replace(first, others, next);
    },

    work(perform, limits) {
      return startWorker(rows, perform, limits, report);
    },
  };
}
