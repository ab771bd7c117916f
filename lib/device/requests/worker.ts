import type { Logger } from '../../telemetry/logger.js';
import type { Rows } from '../store/rows.js';
import { lease, type Settle } from './settle.js';

/** Milliseconds between two looks at what is due: decisions that Authlete does not know yet. */
const period = 2000;
/** Milliseconds between two times that old rows are removed. */
const sweepPeriod = 60_000;
/** Milliseconds for which a row is kept after it has expired, so that the page can say how it ended. */
const retention = 600_000;
/** Rows at a time. */
const batch = 20;

/**
 * Looks after what others have left behind: a process that died in the middle, an Authlete that was away.
 *
 * @returns a function that stops it
 */
export function startWorker(rows: Rows, settle: Settle, logger: Logger): () => void {
  let isRunning = false;
  let sweptAt = performance.now();

  async function look(): Promise<void> {
    for (const entry of await rows.due('request', batch)) {
      const { contents, id, subject } = entry;
      if (contents.state !== 'decided') continue;
      // Whoever takes it first has it for a while.
      const { attempts, told = false } = contents;
      const taken = await rows.replace(entry, {
        contents: { ...contents, attempts: attempts + 1, told: true },
        dueAt: Date.now() + lease,
      });
      if (taken === undefined) continue;
      await settle(taken, told).catch((error) =>
        logger.error('a decision is not completed yet', { id, subject, error }),
      );
    }
    if (performance.now() - sweptAt < sweepPeriod) return;
    sweptAt = performance.now();
    await rows.sweep(Date.now() - retention);
  }

  const timer = setInterval(async () => {
    if (isRunning) return;
    isRunning = true;
    try {
      await look();
    } catch (error) {
      logger.error('the device store could not be looked at', { error });
    } finally {
      isRunning = false;
    }
  }, period).unref();
  return () => clearInterval(timer);
}
