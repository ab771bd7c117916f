import { setMaxListeners } from 'node:events';
import { closedError } from '../notification/attempt.js';
import { NotificationError } from '../notification/errors.js';
import { poster } from '../notification/post.js';
import type { NotificationOutcome } from '../notification/types.js';
import type { TraceCount } from '../telemetry/trace.js';
import { Deadline } from '../time/deadline.js';
import { withTimeLimit } from '../time/time-limit.js';
import type { DecisionContents, NotificationContents } from './contents.js';
import { debts } from './debts.js';
import { decider } from './decide.js';
import { deliverer } from './deliver.js';
import { Doubts } from './doubts.js';
import { giveUp } from './give-up.js';
import { plainJobs, sealedJobs } from './job-codec.js';
import { localEnds } from './local-ends.js';
import { memoryQueue } from './memory-queue.js';
import { notifier } from './notify.js';
import { performer } from './perform.js';
import type { Job, QueueWork } from './queue.js';
import { defaultLease, type Held, type Holder, holder, promptly, type Store } from './store.js';
import { tracedDecide, tracedNotify } from './traced.js';
import type { Jobs, JobsOptions } from './types.js';

/** Jobs of others that are performed at the same time, at most, where the queue does not say otherwise. */
const defaultConcurrency = 20;

/** Milliseconds that storing the job of an expiry may keep a client waiting. */
const maxExpiryWait = 1_000;

/**
 * Milliseconds after the deadline of `close()`: until then an attempt under way may go on (it may be the first and the
 * only one); and until then what was stopped has time to end.
 */
const [lastChance, lastMoment] = [800, 1_000];

export function jobs(options: JobsOptions): Jobs {
  const { authlete, queue, work = true, handleKeys = [], notifications, logger, emit, decided, running } = options;
  const count = (what: TraceCount) => (change: number) => options.trace?.count?.(what, change);
  // What was heard cannot be refused: where jobs are durable, memory takes whatever the queue does not.
  const memory = memoryQueue({ count: count('waitingJobs'), ...(queue && { maxJobs: Infinity }) });
  const local: Store = { queue: memory, codec: plainJobs, durable: false, lease: defaultLease };
  const main: Store = queue
    ? { queue, codec: sealedJobs(handleKeys), durable: true, lease: queue.lease ?? defaultLease }
    : local;
  const { held, isHeld, put: hold, take } = holder(logger, count('jobs'));
  const owed = debts(main.queue);
  const doubts = new Doubts();
  const deliveries = localEnds<NotificationOutcome>();
  const decisions = localEnds<void>();
  const stopped = new AbortController();
  const killed = new AbortController();
  setMaxListeners(0, stopped.signal, killed.signal);
  const [stop, kill] = [stopped.signal, killed.signal];
  const { post, destroy } = poster(notifications);

  /** The work goes on where the queue takes its time: whoever waits is told of what has happened, not of its bookkeeping. */
  async function end(job: Held, others: readonly string[] = []): Promise<void> {
    const ending = job.finish(others).then(
      () => {},
      (error) => {
        logger.warn('the end of a job could not be stored; that is tried again', { error });
        owed.owe([job.id, ...others]);
      },
    );
    running.track(ending);
    await promptly(job.store, ending).catch((error) => logger.warn('the end of a job is not stored yet', { error }));
  }

  const put: Holder['put'] = async (store, contents) => {
    const stored = await hold(store, contents);
    if (stored?.store.durable) owed.forget(stored.id);
    return stored;
  };

  const givingUp = giveUp({ onGiveUp: notifications.onGiveUp, emit, logger });
  const notify = tracedNotify(
    notifier({ post, giveUp: givingUp, emit, logger, end, isHeld, stop, kill }),
    options.trace,
  );
  const { begin, attempt } = deliverer({ notify, local, put, end, owed, ends: deliveries, running, logger });
  const decide = tracedDecide(
    decider({ authlete, doubts, giveUp: givingUp, emit, logger, decided, end, deliver: begin, stop }),
    options.trace,
  );
  const perform = performer({
    decide,
    attempt,
    holder: { put, take },
    owed,
    ends: decisions,
    end,
    logger,
  });

  /** Whether this process performs a job already whose lease it could not renew, or delivers it from memory. */
  const isPerformedHere = ({ id }: Job) => memory.has(id) || isHeld(id);

  function workOn(store: Store, concurrency: number): QueueWork {
    const performTracked = async (job: Job) => {
      if (store !== local && isPerformedHere(job)) return;
      const performed = perform(store, job);
      running.track(performed);
      await performed;
    };
    return store.queue.work(performTracked, { concurrency, lease: store.lease });
  }

  const localWork = workOn(local, Infinity);
  const sharedWork = queue && work ? workOn(main, queue.concurrency ?? defaultConcurrency) : undefined;

  /** What was stored too late is held until it has ended in memory, so that nobody else does it, too; and ends with that. */
  async function endLate(storing: Promise<Held | undefined>, ended: Promise<void> | undefined): Promise<void> {
    const stored = await storing.catch(() => undefined);
    await ended;
    if (stored) await end(stored);
  }

  /** Gives up what waits in this process and would be lost with it. */
  function giveUpWaiting(): void {
    const performed = new Set([...held].filter(({ store }) => store === local).map(({ id }) => id));
    for (const job of memory.drain(({ id }) => !performed.has(id))) {
      const contents = local.codec.decode(job);
      if (contents.kind === 'decision') {
        // Once more: telling it twice does no harm, and keeping silent does.
        const last = decide(take(local, job, contents), { doneBefore: false, again: true });
        running.track(last.finally(() => decisions.ended(job.id)));
      } else if (contents.kind === 'notification') {
        const error = closedError(causeOf(contents));
        const { status, attempts } = contents;
        const queued = isHeld(job.id);
        if (!queued) givingUp.notification(contents, 'closed', attempts, error);
        const failure = { delivered: false as const, ...(status !== undefined && { status }), attempts, error };
        deliveries.ended(job.id, { ...failure, ...(queued && { queued }) });
      }
    }
  }

  return {
    durable: main.durable,

    async decide(contents, limit) {
      const deadline = new Deadline(limit);
      const lateError = new Error(`there was no answer within ${limit} ms`);
      const storing = put(main, contents);
      let decision: Held<DecisionContents> | undefined;
      try {
        decision = await withTimeLimit(
          limit,
          () => storing,
          () => lateError,
        );
      } catch (error) {
        // Should it be stored after all, it is due when its lease ends.
        storing.then((late) => late?.release()).catch(() => {});
        return { end: 'unstored', error };
      }
      if (decision === undefined) return { end: 'duplicate' };
      const within = deadline.remaining;
      const done = decide(decision, { doneBefore: false, again: main.durable, within });
      running.track(done);
      try {
        return await withTimeLimit(
          within,
          () => done,
          () => lateError,
        );
      } catch (error) {
        if (error !== lateError) throw error;
        // The answer is heard whenever it comes; but whoever decides again now is not to find this decision in the way.
        if (!main.durable) await end(decision);
        return { end: 'late' };
      }
    },

    async settle(contents) {
      const storing = put(main, contents);
      let decision: Held<DecisionContents> | undefined;
      let late: Promise<Held | undefined> | undefined;
      try {
        decision = await promptly(main, storing);
      } catch (error) {
        logger.error('a decision could not be stored; it is kept in memory', { error });
        late = storing;
        decision = await put(local, contents);
      }
      const done = decision && decide(decision, { doneBefore: false, again: true });
      const ended = done?.then(async ({ end: how }) => {
        if (how === 'putOff' && decision && !decision.store.durable) await decisions.of(decision.id);
      });
      if (ended) running.track(ended);
      if (late) running.track(endLate(late, ended));
      return done ?? { end: 'duplicate' };
    },

    async expire(contents, dueIn) {
      const lateError = () => new Error(`the queue did not answer within ${maxExpiryWait} ms`);
      try {
        await withTimeLimit(maxExpiryWait, () => main.queue.put([main.codec.encode(contents, dueIn)]), lateError);
      } catch (error) {
        const { id: transaction, clientId } = contents.transaction;
        logger.warn('should nobody decide, the client is not told', { transaction, clientId, error });
      }
    },

    async close(deadline) {
      const shared = sharedWork?.stop(deadline.remaining);
      shared?.catch((error) => logger.warn('the queue could not be left in order', { error }));
      await running.idle(deadline);
      stopped.abort();
      await localWork.stop(0);
      giveUpWaiting();
      await running.idle(deadline.later(lastChance));
      killed.abort(closedError());
      await running.idle(deadline.later(lastMoment));
      // Debts last: the end of whatever was stopped may be one.
      const leaving = Promise.allSettled([shared, owed.pay()]);
      await withTimeLimit(
        deadline.later(lastMoment).remaining,
        () => leaving,
        () => new Error('late'),
      ).catch(() => {});
      await destroy();
      const { tickets, deliveries } = givingUp.closed;
      return { tickets: [...tickets, ...doubts.underway], deliveries };
    },
  };
}

function causeOf({ failure }: NotificationContents): NotificationError | undefined {
  return failure && new NotificationError(failure.code, failure.message);
}
