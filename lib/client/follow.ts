import type { DPoPHandle } from 'openid-client';
import { maxTimeout } from '../options/checks.js';
import type { PackageLogger } from '../telemetry/logger.js';
import type { Ask } from './asking.js';
import { ApprovalError } from './errors.js';
import { type Entry, ended, isOpen } from './record.js';
import type { Records } from './records.js';
import type { Redeem } from './redeem.js';

/** How the client learns of decisions (CIBA Core, section 5). */
export type DeliveryMode = 'poll' | 'ping' | 'push';

/** Milliseconds between two looks at a record that another process follows. */
const lookPeriod = 1500;
/** Milliseconds after which something that failed is tried again. */
const retryPeriod = 2000;
/** Milliseconds after the end of an approval's lifetime in which a push may still come. */
const pushGrace = 2000;
/** A ping client that got no ping polls once, at most this many milliseconds before the end of the lifetime. */
const lastPoll = 5000;

/** A call that waits for the end of an approval. */
interface Waiter {
  resolve(entry: Entry): void;
  reject(error: unknown): void;
}

/** An approval that this process follows, with one timer at most. */
interface Followed {
  readonly id: string;
  waiters: Waiter[];
  /** Whether it is followed even when nobody waits. */
  resumed: boolean;
  isBusy: boolean;
  /** Whether the record has changed while it was busy. */
  isStale: boolean;
  timer: NodeJS.Timeout | undefined;
  /** Both are times of `performance.now()`. */
  pollAt: number;
  endsAt: number | undefined;
  hasPolledLast: boolean;
  /** The holder of the lease, if that is another process. */
  holder: string | undefined;
  dpop: Promise<DPoPHandle> | undefined;
}

/** Follows approvals until they end: polls, redeems, and repeats the request of a killed process. */
export interface Follow {
  /** @returns the record when there is nothing left to wait for */
  wait(id: string, signal: AbortSignal | undefined): Promise<Entry>;
  /** Follows it even if nobody waits. */
  resume(id: string): void;
  /** The record has changed, or may have. */
  changed(id: string): void;
  close(): void;
}

/**
 * @param dpopOf makes the handle for an approval's key
 * @param lookAgain milliseconds after which a record is read again without news of it
 * @param track counts work that `close()` has to wait for
 */
export function follow(
  mode: DeliveryMode,
  records: Records,
  ask: Ask,
  redeem: Redeem,
  dpopOf: (entry: Entry) => Promise<DPoPHandle> | undefined,
  track: (work: Promise<unknown>) => void,
  lookAgain: number,
  logger: PackageLogger,
): Follow {
  const all = new Map<string, Followed>();
  let isClosed = false;

  function find(id: string): Followed {
    const known = all.get(id);
    if (known) return known;
    const followed: Followed = {
      id,
      waiters: [],
      resumed: false,
      isBusy: false,
      isStale: false,
      timer: undefined,
      pollAt: 0,
      endsAt: undefined,
      hasPolledLast: false,
      holder: undefined,
      dpop: undefined,
    };
    all.set(id, followed);
    return followed;
  }

  function drop(followed: Followed): void {
    clearTimeout(followed.timer);
    all.delete(followed.id);
  }

  function settle(followed: Followed, tell: (waiter: Waiter) => void): void {
    drop(followed);
    for (const waiter of followed.waiters.splice(0)) tell(waiter);
  }

  function run(followed: Followed): void {
    if (isClosed || followed.isBusy) return;
    followed.isBusy = true;
    clearTimeout(followed.timer);
    track(
      step(followed)
        .catch((error) => {
          logger.warn('an approval could not be followed: the client tries again', { error });
          return retryPeriod;
        })
        .then((delay) => {
          followed.isBusy = false;
          if (all.get(followed.id) !== followed || isClosed) return;
          const wait = followed.isStale ? 0 : delay;
          followed.isStale = false;
          followed.timer = setTimeout(run, Math.max(0, Math.min(wait, maxTimeout)), followed);
        }),
    );
  }

  /** Does one thing that is possible now. @returns milliseconds until the next step */
  async function step(followed: Followed): Promise<number> {
    const entry = await records.find(followed.id);
    if (entry === undefined) {
      const error = new ApprovalError('ERR_APPROVAL_UNKNOWN', 'there is no approval with this key');
      settle(followed, ({ reject }) => reject(error));
      return 0;
    }
    const { contents } = entry;
    if (!isOpen(contents)) {
      settle(followed, ({ resolve }) => resolve(entry));
      return 0;
    }
    if (followed.waiters.length === 0 && !followed.resumed) return leave(followed, entry);
    if (contents.response) return (await redeem.judge(entry)) ? 0 : retryPeriod;
    if (contents.state === 'asking') return askAgain(entry);
    return waitForDecision(followed, entry);
  }

  /** Nobody waits any longer. The approval is remembered until it may be polled again, so that no poll comes too early. */
  async function leave(followed: Followed, entry: Entry): Promise<number> {
    const left = followed.pollAt - performance.now();
    if (left > 0) return left;
    drop(followed);
    await records.release(entry);
    return 0;
  }

  /** The process that was about to ask may have been killed. */
  async function askAgain(entry: Entry): Promise<number> {
    const asked = await ask(entry);
    return asked.contents.state === 'asking' ? lookPeriod : 0;
  }

  async function waitForDecision(followed: Followed, entry: Entry): Promise<number> {
    const { expiresAt = 0, notified } = entry.contents;
    const now = performance.now();
    followed.endsAt ??= now + expiresAt - Date.now();
    const left = followed.endsAt - now;
    if (mode === 'push') return left + pushGrace > 0 ? Math.min(left + pushGrace, lookAgain) : expire(entry);
    if (mode === 'ping' && notified === undefined) {
      const early = Math.min(lastPoll, 0.1 * (expiresAt - entry.contents.askedAt));
      if (left > early) return Math.min(left - early, lookAgain);
      if (followed.hasPolledLast) return left > 0 ? Math.min(left, lookAgain) : expire(entry);
    } else if (left <= 0 && (followed.hasPolledLast || now < followed.pollAt)) return expire(entry);

    const taken = await records.take(entry);
    if (taken === undefined) {
      followed.holder = entry.contents.lease;
      return left > 0 ? lookPeriod : lookPeriod * 2;
    }
    if (followed.holder !== undefined) {
      // Nobody knows when the killed process last polled.
      followed.holder = undefined;
      followed.pollAt = now + (taken.contents.interval ?? 5) * 1000;
    }
    if (now < followed.pollAt && left > 0) return Math.min(followed.pollAt - now, left);
    followed.hasPolledLast = left <= 0 || (mode === 'ping' && notified === undefined);
    followed.dpop ??= dpopOf(taken);
    const wait = await redeem.poll(taken, await followed.dpop);
    followed.pollAt = performance.now() + wait;
    // The ping may come to another process.
    if (mode === 'ping' && notified === undefined) await records.release(taken);
    // The record says what comes next.
    return 0;
  }

  async function expire(entry: Entry): Promise<number> {
    await records.move(entry, (record) =>
      record.state === 'waiting' && record.response === undefined ? ended(record, 'expired') : undefined,
    );
    return 0;
  }

  /** Waiting calls learn of a change at once, even while a poll is held. */
  async function lookBeside(followed: Followed): Promise<void> {
    followed.isStale = true;
    const entry = await records.find(followed.id);
    if (entry && !isOpen(entry.contents)) settle(followed, ({ resolve }) => resolve(entry));
  }

  function wait(id: string): { outcome: Promise<Entry>; leave: (reason: unknown) => void } {
    const followed = find(id);
    let waiter!: Waiter;
    const outcome = new Promise<Entry>((resolve, reject) => {
      waiter = { resolve, reject };
    });
    followed.waiters.push(waiter);
    run(followed);
    const leave = (reason: unknown) => {
      followed.waiters = followed.waiters.filter((each) => each !== waiter);
      waiter.reject(reason);
      if (followed.waiters.length === 0) run(followed);
    };
    return { outcome, leave };
  }

  return {
    wait(id, signal) {
      if (isClosed) return Promise.reject(new ApprovalError('ERR_APPROVAL_CLOSED', 'the client is closed'));
      const { outcome, leave } = wait(id);
      // Thousands wait: most of them without a signal.
      if (signal === undefined) return outcome;
      const abort = () => leave(signal.reason);
      signal.addEventListener('abort', abort);
      return outcome.finally(() => signal.removeEventListener('abort', abort));
    },
    resume(id) {
      const followed = find(id);
      followed.resumed = true;
      run(followed);
    },
    changed(id) {
      const followed = all.get(id);
      if (followed === undefined || isClosed) return;
      if (followed.isBusy) void lookBeside(followed).catch(() => {});
      else run(followed);
    },
    close() {
      isClosed = true;
      const error = new ApprovalError('ERR_APPROVAL_CLOSED', 'the client is closed');
      for (const followed of [...all.values()]) settle(followed, ({ reject }) => reject(error));
    },
  };
}
