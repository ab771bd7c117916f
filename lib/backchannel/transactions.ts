import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AuthenticationRequest } from '../authlete/authentication-request.js';
import type { Completer, Pending } from '../completion/completer.js';
import { type Decision, failed, isDecision, isLater } from '../completion/decision.js';
import { backoff, isWorthRetrying } from '../notification/retry.js';
import { longestTimeout } from '../options/checks.js';
import type { Logger } from '../telemetry/logger.js';
import { Deadline } from '../time/deadline.js';
import { inFlight } from '../time/in-flight.js';
import { AskedTransaction } from './asked-transaction.js';
import type { Authenticate, User } from './hooks.js';

/** Steps 7 and 8: the transactions whose `authenticate` hook has not said how they end. */
export interface Transactions<U extends User> {
  /** The client has its `auth_req_id`: the user is asked. */
  begin(pending: Pending<U>, request: AuthenticationRequest, authReqId: string): void;
  /** The client was gone before it got its `auth_req_id`: nobody is asked. */
  abandon(pending: Pending<U>): void;
  /**
   * Waits for the hooks until the deadline, then ends those that are left.
   *
   * @param grace milliseconds that telling Authlete of the ended ones may take
   * @returns how many were left: hooks that had to be ended, and decisions that Authlete had not been told of
   */
  close(deadline: Deadline, grace: number): Promise<number>;
}

export function transactions<U extends User>(
  authenticate: Authenticate<U> | undefined,
  completer: Completer<U>,
  logger: Logger,
): Transactions<U> {
  const running = inFlight();
  const waiting = new Set<AskedTransaction<U>>();
  const stopped = new AbortController();
  setMaxListeners(0, stopped.signal);
  let untold = 0;
  let over = false;

  /** A decision is not given up while Authlete might still take it; telling it twice does no harm. */
  async function settle(pending: Pending<U>, decision: Decision): Promise<void> {
    const { clientId, subject, expiresAt } = pending;
    for (let attempts = 1; ; attempts += 1) {
      try {
        await completer.settle(pending, decision);
        return;
      } catch (error) {
        const delay = backoff(attempts);
        const again = isTransient(error) && !over && Date.now() + delay < expiresAt;
        const details = { clientId, subject, result: decision.result, attempts, again, error };
        logger.error('Authlete could not be told of a decision', details);
        if (!again) return;
        untold += 1;
        await sleep(delay, undefined, { signal: stopped.signal }).catch(() => {});
        untold -= 1;
      }
    }
  }

  function ask(hook: Authenticate<U>, pending: Pending<U>, request: AuthenticationRequest, authReqId: string): void {
    const transaction = new AskedTransaction(pending, request, authReqId, completer.seal);
    try {
      if (over) throw closing();
      const said: unknown = hook(transaction);
      // Most hooks of the later style have answered by now, and need neither a promise nor a timer.
      if (isThenable(said)) running.track(wait(said, pending, transaction));
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
    const late = () => AskedTransaction.interrupt(transaction, outOfTime());
    const timer = setTimeout(late, timeToDecide(pending.expiresAt)).unref();
    waiting.add(transaction);
    try {
      conclude(pending, await AskedTransaction.unlessInterrupted(transaction, said));
    } catch (error) {
      fail(pending, error);
    } finally {
      clearTimeout(timer);
      waiting.delete(transaction);
    }
  }

  function conclude(pending: Pending<U>, said: unknown): void {
    if (isDecision(said)) running.track(settle(pending, said));
    else if (!isLater(said)) fail(pending, new TypeError('authenticate must return a decision or later()'));
  }

  function fail(pending: Pending<U>, error: unknown): void {
    const { clientId, subject } = pending;
    logger.error('authenticate failed; the transaction has failed with it', { clientId, subject, error });
    running.track(settle(pending, failed()));
  }

  return {
    begin(pending, request, authReqId) {
      if (authenticate) ask(authenticate, pending, request, authReqId);
    },
    abandon(pending) {
      running.track(settle(pending, failed()));
    },
    async close(deadline, grace) {
      await running.idle(deadline);
      over = true;
      const undone = waiting.size + untold;
      for (const transaction of waiting) AskedTransaction.interrupt(transaction, closing());
      stopped.abort();
      await running.idle(new Deadline(grace));
      return undone;
    },
  };
}

/** Milliseconds; the ticket must still live when Authlete hears that the wait was in vain. */
function timeToDecide(expiresAt: number): number {
  const lifetime = expiresAt - Date.now();
  return Math.min(lifetime - Math.min(lifetime / 10, 10_000), longestTimeout);
}

function outOfTime(): Error {
  return new DOMException('the user did not decide in time', 'TimeoutError');
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}

function closing(): Error {
  return new DOMException('the server is shutting down', 'AbortError');
}

/** Whether the call may succeed later: no connection, no answer, or an answer that says so. */
function isTransient(error: unknown): boolean {
  const { code, status = 500 } = error as { code?: string; status?: number };
  if (code === 'ERR_AUTHLETE_STATUS') return isWorthRetrying(status);
  return code === 'ERR_AUTHLETE_UNREACHABLE' || code === 'ERR_AUTHLETE_TIMEOUT';
}
