import { NotificationError } from '../notification/errors.js';
import type { NotificationOutcome } from '../notification/types.js';
import type { PackageLogger } from '../telemetry/logger.js';
import type { InFlight } from '../time/in-flight.js';
import { withTimeLimit } from '../time/time-limit.js';
import type { DecisionContents, NotificationContents } from './contents.js';
import { type Debts, debtInterval } from './debts.js';
import type { LocalEnds } from './local-ends.js';
import type { Notify } from './notify.js';
import { type Held, type Holder, promptly, type Store } from './store.js';

/** What delivering needs. */
export interface DeliverOptions {
  notify: Notify;
  /** Where notifications go that their own store does not take. */
  local: Store;
  put: Holder['put'];
  /** Ends a job; never rejects. */
  end(held: Held): Promise<void>;
  owed: Debts;
  /** How deliveries end that are lost with this process. */
  ends: LocalEnds<NotificationOutcome>;
  running: InFlight;
  logger: PackageLogger;
}

/** Delivers pings and pushes. */
export interface Deliver {
  /** Ends the decision, stores its notification and begins to deliver it. Never rejects, and neither does the outcome. */
  begin(
    decision: Held<DecisionContents>,
    contents: NotificationContents,
    others: readonly string[],
  ): Promise<{ outcome: Promise<NotificationOutcome> }>;
  /** One attempt. Never rejects. */
  attempt(delivery: Held<NotificationContents>): Promise<NotificationOutcome>;
}

export function deliverer({ notify, local, put, end, owed, ends, running, logger }: DeliverOptions): Deliver {
  async function follow(
    decision: Held<DecisionContents>,
    contents: NotificationContents,
    others: readonly string[],
  ): Promise<{
    delivery?: Held<NotificationContents> | undefined;
    late?: Promise<Held<NotificationContents> | undefined>;
  }> {
    const following = decision.follow(contents, others);
    try {
      return { delivery: await promptly(decision.store, following) };
    } catch (error) {
      if (!decision.store.durable) throw error;
      logger.error('a notification could not be stored yet; it is delivered from memory', { error });
      return { delivery: await put(local, contents), late: following };
    }
  }

  /** Stores what is delivered from memory, in case this process dies. Tries until the queue takes it, or it is delivered. */
  async function storeLate(
    follow: () => Promise<Held<NotificationContents> | undefined>,
    late: Promise<Held<NotificationContents> | undefined>,
    delivery: Promise<NotificationOutcome>,
  ): Promise<Held<NotificationContents> | undefined> {
    for (let storing = late; ; storing = follow()) {
      try {
        return await storing;
      } catch (error) {
        const isOver = await withTimeLimit(
          debtInterval,
          () => delivery,
          () => new Error('not yet'),
        ).then(
          () => true,
          () => false,
        );
        if (isOver) throw error;
      }
    }
  }

  /**
   * What was stored late ends with its delivery, or is left to others by `close()`. Until then it is held, so that nobody
   * else delivers it, too.
   */
  async function endLate(
    decision: Held<DecisionContents>,
    contents: NotificationContents,
    others: readonly string[],
    id: string,
    storing: Promise<Held<NotificationContents> | undefined>,
    delivery: Promise<NotificationOutcome>,
  ): Promise<void> {
    const outcome = await delivery;
    const isClosed = wasClosed(outcome);
    try {
      const stored = await storing;
      if (isClosed) await stored?.putOff({ ...contents, attempts: outcome.attempts }, 0);
      else if (stored) await end(stored);
      else owed.owe([id]);
    } catch {
      decision.release();
      // Whether it was stored is not known when the connection broke.
      owed.owe([decision.id, ...others, ...(isClosed ? [] : [id])]);
    }
  }

  async function attempt(delivery: Held<NotificationContents>): Promise<NotificationOutcome> {
    const outcome = await notify(delivery);
    if (outcome.delivered || !outcome.queued || wasClosed(outcome)) ends.ended(delivery.id, outcome);
    return outcome;
  }

  return {
    attempt,
    async begin(decision, contents, others) {
      const { delivery, late } = await follow(decision, contents, others);
      if (delivery === undefined) return { outcome: Promise.resolve(elsewhere()) };
      // What is lost with the process is waited for until its end; anything else goes on wherever there is a process.
      const ended = delivery.store.durable ? undefined : ends.of(delivery.id);
      const outcome = ended ?? attempt(delivery);
      running.track(outcome);
      if (ended) void attempt(delivery);
      if (late) {
        const storing = storeLate(() => decision.follow(contents, others), late, outcome);
        running.track(endLate(decision, contents, others, delivery.id, storing, outcome));
      }
      return { outcome };
    },
  };
}

function wasClosed(outcome: NotificationOutcome): boolean {
  return !outcome.delivered && outcome.error.code === 'ERR_NOTIFICATION_CLOSED';
}

function elsewhere(): NotificationOutcome {
  const error = new NotificationError('ERR_NOTIFICATION_UNKNOWN', 'another process delivers the notification');
  return { delivered: false, attempts: 0, error, queued: true };
}
