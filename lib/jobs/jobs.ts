import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { closedError } from '../notification/attempt.js';
import type { TraceCount } from '../telemetry/trace.js';
import { Deadline } from '../time/deadline.js';
import { withTimeLimit } from '../time/time-limit.js';
import { adopting } from './adopt.js';
import { about, type DecisionContents, type ExpiryContents, nobodyDecided } from './contents.js';
import { endings, type Telling } from './ending.js';
import { expiries } from './expiries.js';
import { giveUp } from './give-up.js';
import { jobCodec } from './job-codec.js';
import { places } from './places.js';
import type { JobQueue } from './queue.js';
import { rows } from './rows.js';
import type { DecisionOutcome, Jobs, JobsOptions } from './types.js';
import { type Underway, Underways } from './underway.js';

/** Defaults: milliseconds for which a row belongs to its owner, and how many rows of a stage are adopted at the same time. */
const [defaultLease, defaultConcurrency] = [20_000, 20];

/**
 * Milliseconds after the deadline of `close()`: until then an attempt under way may go on (it may be the first and only
 * one), and then stopped work has time to end.
 */
const [lastChance, lastMoment] = [800, 1_000];

export function jobs(options: JobsOptions): Jobs {
  const { authlete, queue, work = true, poster, onGiveUp, logger, emit, running, trace } = options;
  const count = (what: TraceCount) => (change: number) => trace?.count?.(what, change);
  const [stopped, killed] = [new AbortController(), new AbortController()];
  const [stop, kill] = [stopped.signal, killed.signal];
  setMaxListeners(0, stop, kill);

  const [countActive, countWaiting] = [count('jobs'), count('waitingJobs')];
  const list = new Underways((change) => {
    countActive(change);
    if (queue === undefined) countWaiting(change);
  });
  const waiting = expiries((expiry) => running.track(settle(nobodyDecided(expiry))), countWaiting);

  const givingUp = giveUp({ onGiveUp, emit, logger });
  const ended: JobsOptions['ended'] = (transaction, taken) => {
    waiting.remove(transaction.ticket);
    options.ended(transaction, taken);
  };
  const ending = endings({
    authlete,
    post: poster.post,
    places: places(),
    list,
    giveUp: givingUp,
    emit,
    logger,
    trace,
    running,
    ended,
    stop,
    kill,
  });
  const log = queue && crashLog(queue);
  const worker = log && work ? log.work() : undefined;

  function crashLog(queue: JobQueue) {
    const { lease = defaultLease, concurrency = defaultConcurrency } = queue;
    const [owner, adopter] = [randomUUID(), randomUUID()];
    const codec = jobCodec(options.handleKeys ?? [], queue);
    const own = rows({ queue, name: owner, adopter, codec, lease, logger, running });
    const adopt = adopting({ queue, adopter, codec, rows: own, list, endings: ending, logger, stop });
    return {
      rows: own,
      storeExpiry: (contents: ExpiryContents, dueIn: number) =>
        queue.put(owner, [{ ...codec.seal(contents), dueAt: Math.round(Date.now() + dueIn) }]),
      work: () => queue.work(adopter, adopt, { concurrency, lease }),
    };
  }

  /** Begins the end of a transaction. If another decision is under way, waits for it first. */
  async function begin(
    { transaction }: DecisionContents,
    limit: number,
    decide: (underway: Underway) => Promise<DecisionOutcome>,
  ): Promise<DecisionOutcome> {
    const { ticket } = transaction;
    const deadline = new Deadline(limit);
    for (let other = list.get(ticket); other; other = list.get(ticket)) {
      if (other.over) return { type: 'duplicate' };
      const { deciding } = other;
      if (deciding === undefined) break;
      const lateError = () => new Error('another decision is under way');
      const inTime = withTimeLimit(deadline.remaining, () => deciding, lateError);
      const { type } = await inTime.catch(() => ({ type: 'putOff' }));
      // In a durable queue a decision without an answer is stored, and the call to Authlete is repeated until it answers.
      const isOpen = type === 'failed' || type === 'unstored' || (type === 'unanswered' && other.row === undefined);
      if (!isOpen) return { type: 'duplicate' };
      if (list.get(ticket) === other && other.deciding === deciding) break;
    }
    const underway = list.begin(transaction, log && (() => log.rows.of(ticket)));
    const deciding = decide(underway);
    underway.deciding = deciding;
    return deciding;
  }

  async function decide(underway: Underway, contents: DecisionContents, limit: number): Promise<DecisionOutcome> {
    const deadline = new Deadline(limit);
    const lateError = () => new Error(`there was no answer within ${limit} ms`);
    const { row } = underway;
    if (row) {
      try {
        const isStored = await withTimeLimit(limit, () => row.storeOnce(contents), lateError);
        if (!isStored) return drop(underway);
      } catch (error) {
        // The store may have it in spite of the error, but it must not stand in the way of the next decision.
        const { deciding } = underway;
        void row.withdraw().then(() => underway.deciding === deciding && list.end(underway));
        return { type: 'unstored', error };
      }
    }
    const within = deadline.remaining;
    const telling: Telling = { again: row !== undefined, within, isHeard: true, say() {} };
    const told = new Promise<DecisionOutcome>((say) => {
      telling.say = say;
      void ending.decide(underway, contents, telling);
    });
    return withTimeLimit(within, () => told, lateError).catch(() => {
      // `complete()` returns QUEUED now, so its caller hears nothing more.
      telling.isHeard = row === undefined;
      return { type: 'unanswered' };
    });
  }

  async function settle(contents: DecisionContents): Promise<DecisionOutcome> {
    return begin(contents, Number.POSITIVE_INFINITY, async (underway) => {
      const { row } = underway;
      if (row && log) {
        const lateError = () => new Error('the queue does not answer');
        const storing = row.become(contents);
        const isStored = await withTimeLimit(log.rows.lease / 4, () => storing, lateError).catch((error) => {
          logger.error('a decision could not be stored yet; Authlete is told all the same', { error });
          storing.then((isStored) => isStored || tooLate(contents)).catch(() => {});
          return true;
        });
        if (!isStored) return drop(underway);
      }
      return new Promise((say) => void ending.decide(underway, contents, { again: true, isHeard: true, say }));
    });
  }

  /** Only the log can report this, since no call of `complete()` waits. */
  function tooLate({ transaction, request: { result } }: DecisionContents): void {
    logger.warn('a decision came too late: the transaction has one already', { ...about(transaction), result });
  }

  function drop(underway: Underway): DecisionOutcome {
    list.end(underway);
    return { type: 'duplicate' };
  }

  /** The tickets of transactions whose work is neither done nor stored. */
  function leftUndone(): string[] {
    const tickets: string[] = [];
    for (const { transaction, row, over } of list) if (!row?.stored && !over) tickets.push(transaction.ticket);
    return tickets;
  }

  return {
    durable: queue !== undefined,
    decide: (contents, limit) => begin(contents, limit, (underway) => decide(underway, contents, limit)),
    settle,

    expire(contents, dueIn) {
      const failed = (error: unknown) =>
        logger.warn('if nobody decides, the client will not be told', { ...about(contents.transaction), error });
      if (log) running.track(log.storeExpiry(contents, dueIn).catch(failed));
      else if (!stop.aborted && !waiting.add(contents, dueIn)) failed(new Error('too many transactions are waiting'));
    },

    async close(deadline) {
      const leaving = worker
        ?.stop()
        .catch((error) => logger.warn('the worker of the queue could not be stopped cleanly', { error }));
      await running.idle(deadline);
      stopped.abort();
      waiting.clear();
      list.wakeAll();
      await running.idle(deadline.later(lastChance));
      killed.abort(closedError());
      await running.idle(deadline.later(lastMoment));
      for (const contents of log?.rows.stop() ?? []) givingUp.closing(contents);
      const left = deadline.later(lastMoment).remaining;
      await withTimeLimit(
        left,
        async () => leaving,
        () => new Error('late'),
      ).catch(() => {});
      await poster.destroy();
      const { tickets, deliveries } = givingUp.undone;
      return { tickets: [...tickets, ...leftUndone()], deliveries };
    },
  };
}
