import { setImmediate as immediate } from 'node:timers/promises';
import type { AuthenticationRequest } from '../authlete/authentication-request.js';
import type { Completer, Pending } from '../completion/completer.js';
import { type Decision, failed, isDecision, isLater } from '../completion/decision.js';
import { about } from '../jobs/contents.js';
import { maxTimeout } from '../options/checks.js';
import type { PackageLogger } from '../telemetry/logger.js';
import type { Deadline } from '../time/deadline.js';
import { type InFlight, inFlight } from '../time/in-flight.js';
import { isThenable } from '../time/thenable.js';
import { AskedTransaction } from './asked-transaction.js';
import type { Authenticate, User } from './hooks.js';

/** Steps 7 and 8: the transactions whose `authenticate` hook has not settled yet. */
export interface Transactions<U extends User> {
  /** The client has its `auth_req_id`: the user is asked. */
  begin(pending: Pending<U>, request: AuthenticationRequest, authReqId: string): void;
  /** The client disconnected before it got its `auth_req_id`: nobody is asked. */
  abandon(pending: Pending<U>): void;
  /** The transaction has ended without its hook: the hook need not wait any longer. */
  ended(ticket: string): void;
  /**
   * Waits for the hooks until the deadline, then interrupts the rest, and waits a moment while Authlete is told.
   *
   * @returns the tickets of the transactions whose hook had to be interrupted
   */
  close(deadline: Deadline): Promise<string[]>;
}

/** How many hooks are interrupted in one go. */
const portion = 500;

/** Milliseconds after the deadline of `close()` in which Authlete is told of the interrupted transactions. */
const lastChance = 400;

export function transactions<U extends User>(
  authenticate: Authenticate<U> | undefined,
  completer: Completer<U>,
  logger: PackageLogger,
  running: InFlight,
): Transactions<U> {
  // `close()` waits for the hooks and their decisions, not for deliveries, which may fail for minutes.
  const hooks = inFlight();
  const waiting = new Map<string, AskedTransaction<U>>();
  let over = false;

  function settle(pending: Pending<U>, decision: Decision | undefined): void {
    hooks.track(completer.settle(pending, decision));
  }

  function ask(hook: Authenticate<U>, pending: Pending<U>, request: AuthenticationRequest, authReqId: string): void {
    const transaction = new AskedTransaction(pending, request, authReqId, completer.seal);
    try {
      if (over) throw closing;
      const said: unknown = hook(transaction);
      // Most hooks that return later() have done so by now, and need neither a promise nor a timer.
      if (isThenable(said)) void wait(said, pending, transaction);
      else conclude(pending, said);
    } catch (error) {
      fail(pending, error);
    }
  }

  async function wait(
    said: PromiseLike<unknown>,
    pending: Pending<U>,
    transaction: AskedTransaction<U>,
  ): Promise<void> {
    // Counted without making a promise for each: thousands may wait.
    const [hookEnded, ended] = [hooks.begin(), running.begin()];
    const timer = setTimeout(
      AskedTransaction.interrupt,
      timeToDecide(pending.expiresAt),
      transaction,
      outOfTime,
    ).unref();
    waiting.set(pending.ticket, transaction);
    try {
      conclude(pending, await AskedTransaction.unlessInterrupted(transaction, said));
    } catch (error) {
      fail(pending, error);
    } finally {
      clearTimeout(timer);
      waiting.delete(pending.ticket);
      hookEnded();
      ended();
    }
  }

  function conclude(pending: Pending<U>, said: unknown): void {
    if (isDecision(said)) settle(pending, said);
    else if (!isLater(said)) fail(pending, new TypeError('authenticate must return a decision or later()'));
  }

  function fail(pending: Pending<U>, error: unknown): void {
    if (error === endedElsewhere) return;
    if (isInterruption(error)) {
      // The user was too slow, or the server stops: nobody's mistake.
      logger.info('authenticate was interrupted; the transaction has failed with it', {
        ...about(pending),
        why: error.message,
      });
      settle(pending, undefined);
    } else {
      logger.error('authenticate failed; the transaction has failed with it', { ...about(pending), error }, 'host');
      settle(pending, failed());
    }
  }

  /** In portions: interrupting a hundred thousand hooks at once would block everything else, even the end of `close()`. */
  async function interruptAll(): Promise<void> {
    let interrupted = 0;
    for (const transaction of waiting.values()) {
      AskedTransaction.interrupt(transaction, closing);
      interrupted += 1;
      if (interrupted % portion === 0) await immediate();
    }
  }

  return {
    begin(pending, request, authReqId) {
      if (authenticate) ask(authenticate, pending, request, authReqId);
      else {
        const message = 'without authenticate nobody is asked, and no transaction is ever completed';
        logger.warn(message, about(pending), 'host');
      }
    },
    abandon(pending) {
      settle(pending, failed());
    },
    ended(ticket) {
      const transaction = waiting.get(ticket);
      if (transaction) AskedTransaction.interrupt(transaction, endedElsewhere);
    },
    async close(deadline) {
      await hooks.idle(deadline);
      over = true;
      const undone = [...waiting.keys()];
      void interruptAll();
      await hooks.idle(deadline.later(lastChance));
      return undone;
    },
  };
}

/** Milliseconds; the ticket must still be valid when Authlete learns that nobody decided. */
function timeToDecide(expiresAt: number): number {
  const lifetime = expiresAt - Date.now();
  return Math.min(lifetime - Math.min(lifetime / 10, 10_000), maxTimeout);
}

/** Why a hook is interrupted. All hooks share these errors, so that they can be told apart from the host's own. */
const outOfTime = new DOMException('the user did not decide in time', 'TimeoutError');
const endedElsewhere = new DOMException('the transaction has ended', 'AbortError');
const closing = new DOMException('the server is shutting down', 'AbortError');

function isInterruption(error: unknown): error is DOMException {
  return error === outOfTime || error === closing;
}
