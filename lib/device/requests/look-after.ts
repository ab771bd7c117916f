import { backoff } from '../../notification/retry.js';
import type { Logger } from '../../telemetry/logger.js';
import type { Rows } from '../store/rows.js';
import { type CarryOut, NotRecordedError } from './carry-out.js';
import { lease, type Request, type States } from './states.js';

/** Milliseconds between two looks for due rows: decisions that Authlete does not know yet. */
const period = 2000;
/** Milliseconds between two removals of old rows. */
const sweepPeriod = 60_000;
/** Milliseconds for which a row is kept after it has expired, so that the page can say how it ended. */
const retention = 600_000;
/** How many requests this process works on at the same time: one that hangs does not delay the others. */
const maxAtOnce = 20;

/**
 * Carries out decisions that are left over because a process died in the middle or Authlete was down.
 *
 * @returns a function that stops it
 */
export function lookAfterDecisions(rows: Rows, states: States, carryOut: CarryOut, logger: Logger): () => void {
  const underWay = new Set<string>();
  let isLooking = false;
  let sweptAt = performance.now();

  async function lookAfter(request: Request): Promise<void> {
    const { contents, id, subject } = request;
    if (contents.state !== 'decided' && contents.state !== 'recorded' && contents.state !== 'told') return;
    try {
      // The first process to take it has it for a while.
      const taken = await states.putOff(request, contents.state, Date.now() + lease);
      if (taken === undefined) return;
      try {
        await carryOut(taken);
      } catch (error) {
        if (error instanceof NotRecordedError) {
          await states.putOff(
            taken,
            'decided',
            Math.round(Date.now() + Math.min(backoff(contents.attempts + 1), lease)),
          );
        }
        throw error;
      }
    } catch (error) {
      logger.error('a decision is not completed yet', { id, subject, error });
    }
  }

  async function look(): Promise<void> {
    const due = underWay.size < maxAtOnce ? await rows.due('request', maxAtOnce) : [];
    for (const request of due.filter(({ id }) => !underWay.has(id)).slice(0, maxAtOnce - underWay.size)) {
      underWay.add(request.id);
      lookAfter(request).finally(() => underWay.delete(request.id));
    }
    if (performance.now() - sweptAt < sweepPeriod) return;
    sweptAt = performance.now();
    await rows.sweep(Date.now() - retention);
  }

  const timer = setInterval(async () => {
    if (isLooking) return;
    isLooking = true;
    try {
      await look();
    } catch (error) {
      logger.error('the device store could not be read', { error });
    } finally {
      isLooking = false;
    }
  }, period).unref();
  return () => clearInterval(timer);
}
