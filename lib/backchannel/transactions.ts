import { setMaxListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { AuthenticationRequest } from '../authlete/authentication-request.js';
import type { Completer, Pending } from '../completion/completer.js';
import { type Decision, failed, isDecision, isLater, type Later } from '../completion/decision.js';
import { backoff, isWorthRetrying } from '../notification/retry.js';
import { longestTimeout } from '../options/checks.js';
import type { Logger } from '../telemetry/logger.js';
import { Deadline } from '../time/deadline.js';
import { inFlight } from '../time/in-flight.js';
import type { Authenticate, Transaction, User } from './hooks.js';

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
  const waiting = new Set<(reason: Error) => void>();
  const stopped = new AbortController();
  setMaxListeners(0, stopped.signal);
  let untold = 0;
  let over = false;

  async function run(
    ask: Authenticate<U>,
    pending: Pending<U>,
    request: AuthenticationRequest,
    authReqId: string,
  ): Promise<void> {
    const said = await decide(ask, pending, request, authReqId);
    if (isDecision(said)) await settle(pending, said);
  }

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
        await wait(delay, undefined, { signal: stopped.signal }).catch(() => {});
        untold -= 1;
      }
    }
  }

  async function decide(
    ask: Authenticate<U>,
    pending: Pending<U>,
    request: AuthenticationRequest,
    authReqId: string,
  ): Promise<Decision | Later> {
    // Made when the hook asks for it: there may be thousands of waiting transactions, and a controller is large.
    let controller: AbortController | undefined;
    let interruption: Error | undefined;
    let interrupt: (reason: Error) => void = () => {};
    let timer: NodeJS.Timeout | undefined;
    try {
      const transaction: Transaction<U> = {
        handle: await completer.seal(pending),
        subject: pending.subject,
        user: pending.user,
        request,
        authReqId,
        expiresAt: new Date(pending.expiresAt),
        get signal() {
          controller ??= new AbortController();
          if (interruption) controller.abort(interruption);
          return controller.signal;
        },
      };
      const said = await new Promise<unknown>((resolve, reject) => {
        interrupt = (reason) => {
          interruption = reason;
          reject(reason);
          controller?.abort(reason);
        };
        if (over) throw closing();
        waiting.add(interrupt);
        timer = setTimeout(() => interrupt(outOfTime()), timeToDecide(pending.expiresAt)).unref();
        Promise.resolve(ask(transaction)).then(resolve, reject);
      });
      if (isDecision(said) || isLater(said)) return said;
      throw new TypeError('authenticate must return a decision or later()');
    } catch (error) {
      const { clientId, subject } = pending;
      logger.error('authenticate failed; the transaction has failed with it', { clientId, subject, error });
      return failed();
    } finally {
      clearTimeout(timer);
      waiting.delete(interrupt);
    }
  }

  return {
    begin(pending, request, authReqId) {
      if (authenticate) running.track(run(authenticate, pending, request, authReqId));
    },
    abandon(pending) {
      running.track(settle(pending, failed()));
    },
    async close(deadline, grace) {
      await running.idle(deadline);
      over = true;
      const undone = waiting.size + untold;
      for (const interrupt of waiting) interrupt(closing());
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

function closing(): Error {
  return new DOMException('the server is shutting down', 'AbortError');
}

/** Whether the call may succeed later: no connection, no answer, or an answer that says so. */
function isTransient(error: unknown): boolean {
  const { code, status = 500 } = error as { code?: string; status?: number };
  if (code === 'ERR_AUTHLETE_STATUS') return isWorthRetrying(status);
  return code === 'ERR_AUTHLETE_UNREACHABLE' || code === 'ERR_AUTHLETE_TIMEOUT';
}
