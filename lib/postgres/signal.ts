import { optionalLogger } from '../options/checks.js';
import { requireKnownOptions } from '../options/known-options.js';
import { ProcessSignal } from '../signal/process-signal.js';
import type { DecisionSignal } from '../signal/signal.js';
import { guardedLogger, type LoggerOption } from '../telemetry/logger.js';
import { Deadline } from '../time/deadline.js';
import { inFlight } from '../time/in-flight.js';
import { formatAnnouncement, isDecision, parseAnnouncements, takePayload } from './announcements.js';
import { Listener } from './listener.js';
import { type Pool, requirePool } from './pool.js';

const channel = 'ciba_decisions';

/** Announcements that wait for a connection, at most; beyond that the oldest are dropped. */
const maxPending = 10_000;

/** Milliseconds for which `close()` waits until the last announcements have been sent. */
const maxFlush = 1000;

/** Options of {@link postgresSignal}. */
export interface PostgresSignalOptions {
  /** Is told when notifications do not arrive; by default, the console gets this once. */
  logger?: LoggerOption | undefined;
}

/** A {@link DecisionSignal} across processes, made by {@link postgresSignal}. */
export interface PostgresSignal extends DecisionSignal {
  /** Returns the connection to the pool. First close everything that uses the signal; end the pool afterwards. */
  close(): Promise<void>;
}

/**
 * A {@link DecisionSignal} across processes: PostgreSQL's LISTEN and NOTIFY, on one connection of the pool, which the
 * signal keeps for itself, and replaces when it is lost. While there is none, polls are not held.
 *
 * Only ids of transactions and their lifetimes travel. LISTEN needs a session of its own: a pooler in front of the
 * database must not be in transaction mode. If there is a pooler, the signal briefly uses a second connection of the pool
 * to find out; if notifications do not arrive, the `logger` is told, and polls are not held.
 *
 * @param pool a `Pool` of `pg`
 * @throws TypeError when it is not a pool, or an option is wrong
 * @example
 * ```ts
 * const signal = postgresSignal(new Pool({ connectionString: process.env.DATABASE_URL }));
 * const ciba = cibaBackchannel({ authlete, handleKeys, queue, decided: signal, identifyUser, authenticate });
 * const token = cibaToken({ authlete, longPolling: { signal } });
 * ```
 */
export function postgresSignal(pool: Pool, options: PostgresSignalOptions = {}): PostgresSignal {
  requirePool(pool);
  requireKnownOptions(options, { logger: true }, 'postgresSignal');
  optionalLogger(options.logger);
  const local = new ProcessSignal();
  const pending: string[] = [];
  const sending = inFlight();
  let busy = false;
  const events = { heard, listening, lost: () => local.lose() };
  const listener = new Listener(pool, channel, events, guardedLogger(options.logger));

  const timeLeft = (id: string) => (listener.listening ? local.timeLeft(id) : undefined);

  function heard(payload: string): void {
    for (const { id, lifetime } of parseAnnouncements(payload)) {
      if (lifetime === undefined) local.decided(id);
      else local.issued(id, Date.now() + lifetime);
    }
  }

  function listening(): void {
    // Others may have decided transactions of this process while it heard nothing.
    local.lose();
    sending.track(send());
  }

  function announce(announcement: string): void {
    pending.push(announcement);
    if (pending.length > maxPending) pending.shift();
    sending.track(send());
  }

  /** One statement at a time: later announcements travel together in the next one. */
  async function send(): Promise<void> {
    if (busy) return;
    busy = true;
    while (pending.length > 0 && listener.listening) {
      const payload = takePayload(pending);
      // Only decisions are sent later: transactions that wait may be decided by the time there is a connection again.
      await listener.notify(payload).catch(() => pending.unshift(...payload.split(' ').filter(isDecision)));
    }
    busy = false;
  }

  return {
    issued(id, expiresAt) {
      local.issued(id, expiresAt);
      const lifetime = timeLeft(id);
      if (lifetime !== undefined) announce(formatAnnouncement({ id, lifetime }));
    },
    decided(id) {
      local.decided(id);
      announce(formatAnnouncement({ id }));
    },
    timeLeft,
    watch: (watcher) => local.watch(watcher),
    async close() {
      await sending.idle(new Deadline(maxFlush));
      listener.close();
    },
  };
}
