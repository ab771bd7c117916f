import { unanswered } from '../authlete/client/expect.js';
import { about, type DecisionContents } from '../jobs/contents.js';
import { jobs } from '../jobs/jobs.js';
import type { JobQueue } from '../jobs/queue.js';
import type { CompleteApi } from '../jobs/tell-authlete.js';
import type { DecisionOutcome, Undone } from '../jobs/types.js';
import { notificationOptions } from '../notification/options.js';
import { poster } from '../notification/post.js';
import type { NotificationOptions } from '../notification/types.js';
import { optionalBoolean } from '../options/checks.js';
import { requireKnownOptions } from '../options/known-options.js';
import type { DecisionSignal } from '../signal/signal.js';
import type { EventListener } from '../telemetry/events.js';
import type { PackageLogger } from '../telemetry/logger.js';
import { type Trace, tracedHook } from '../telemetry/trace.js';
import { Deadline } from '../time/deadline.js';
import type { InFlight } from '../time/in-flight.js';
import { type ClaimsHook, claimValues, withoutClaims } from './claims.js';
import { type Decision, failed, isDecision } from './decision.js';
import { decisionContents, transactionOf } from './decision-contents.js';
import { CompletionError, HandleError } from './errors.js';
import { type HandleContents, type HandleKey, type Handles, handles, handlesOfThisProcess } from './handle.js';
import type { CompleteOptions, CompletionResult } from './types.js';

/** A transaction that waits for its decision. */
export interface Pending<U> extends HandleContents {
  /** For the `claims` hook; not in the handle. */
  user: U;
}

/** The options that the factories pass on. `handleKeys`, `queue` and `notifications` are checked here. */
export interface CompleterOptions<U extends { subject: string }> {
  authlete: CompleteApi;
  handleKeys?: readonly HandleKey[];
  queue?: JobQueue;
  work?: boolean;
  /** Tells held polls when a transaction is decided. */
  decided?: DecisionSignal;
  claims?: ClaimsHook<U> | undefined;
  notifications?: NotificationOptions | undefined;
  logger: PackageLogger;
  emit: EventListener;
  /** Milliseconds for `complete()`: the `claims` hook, the queue and Authlete's answer; 10,000 by default. */
  timeout?: number;
  /** Called for each transaction that has ended in this process, with its ticket. */
  ended?(ticket: string): void;
  /** Counts what this process does. */
  running: InFlight;
  trace?: Trace | undefined;
}

/** Completes transactions: takes decisions that come with a handle, and those of hooks that waited. */
export interface Completer<U extends { subject: string }> {
  /** Creates the handle. */
  seal(contents: HandleContents): string;
  /**
   * The client is about to get its `auth_req_id`: from now on polls may be held, and a ping or push client must be told how
   * the transaction ends even if nobody decides.
   */
  issued(contents: HandleContents): void;
  /** Takes a decision that came with a handle. If this fails, its caller can try again. */
  complete(handle: string, decision: Decision, options?: CompleteOptions): Promise<CompletionResult>;
  /**
   * Takes a decision whose caller cannot try again, so the call to Authlete is repeated until it is answered. Never rejects.
   * Works even after `close()`.
   *
   * @param decision `undefined` when nobody has decided: the transaction fails, unless it has ended already
   */
  settle(pending: Pending<U>, decision: Decision | undefined): Promise<void>;
  /** Waits for what is in flight. */
  close(deadline: Deadline): Promise<Undone>;
}

/** @throws TypeError that names the option, when one is wrong */
export function completer<U extends { subject: string }>(options: CompleterOptions<U>): Completer<U> {
  const { handleKeys, logger, timeout = 10_000, running } = options;
  const claims = tracedHook('claims', options.claims, options.trace) ?? withoutClaims(logger);
  checkStoring(options);
  const { seal, unseal } = handlesOf(handleKeys, logger);
  const notifications = notificationOptions(options.notifications);
  const { durable, ...doing } = jobs({
    ...options,
    poster: poster(notifications),
    onGiveUp: notifications.onGiveUp,
    ended({ id, ticket }, taken) {
      if (taken) announce((signal) => signal.decided(id));
      options.ended?.(ticket);
    },
  });
  let closing = false;

  /** A missed signal costs time, never a token. */
  function announce(what: (signal: DecisionSignal) => void): void {
    try {
      if (options.decided) what(options.decided);
    } catch (error) {
      logger.error('the signal given as decided failed', { error }, 'host');
    }
  }

  async function complete(handle: string, decision: Decision, options: CompleteOptions): Promise<CompletionResult> {
    requireDecision(decision);
    requireKnownOptions(options, { subject: true }, 'complete');
    if (closing)
      throw new CompletionError('ERR_CLOSED', 'close() was called: another process can complete the transaction');
    const pending = unseal(handle);
    requireSubject(pending, options);
    const deadline = new Deadline(timeout);
    const user = { subject: pending.subject } as Partial<U> & { subject: string };
    const values = await claimValues(claims, decision, pending.claimNames, user, timeout);
    return resultOf(await doing.decide(decisionContents(pending, decision, values), deadline.remaining));
  }

  function resultOf(outcome: DecisionOutcome): CompletionResult {
    switch (outcome.type) {
      case 'taken': {
        const { notification } = outcome;
        return notification ? { action: 'NOTIFICATION', notification } : { action: 'NO_ACTION' };
      }
      case 'putOff':
        return { action: 'QUEUED' };
      case 'unanswered':
        if (durable) return { action: 'QUEUED' };
        throw unanswered('backchannelAuthenticationComplete', timeout);
      case 'failed':
      case 'incomplete':
        throw outcome.error;
      case 'refused': {
        const message = 'Authlete refused to complete the transaction: its ticket is unknown, used or expired';
        throw new CompletionError('ERR_COMPLETE_REFUSED', message, outcome);
      }
      case 'duplicate':
        throw new CompletionError('ERR_COMPLETE_REFUSED', 'the transaction has a decision already');
      case 'unstored': {
        const message = 'the queue could not store the decision: try again';
        throw new CompletionError('ERR_QUEUE_UNAVAILABLE', message, { cause: outcome.error });
      }
    }
  }

  async function settle(pending: Pending<U>, given: Decision | undefined): Promise<void> {
    const { claimNames, user } = pending;
    const decision = given ?? failed();
    let contents: DecisionContents;
    try {
      contents = decisionContents(pending, decision, await claimValues(claims, decision, claimNames, user, timeout));
    } catch (error) {
      // Nobody can try again, and the client must not wait for a decision that will not come.
      logger.error('claims failed; the transaction has failed with it', { ...about(pending), error }, 'host');
      contents = decisionContents(pending, failed(), {});
    }
    const { type } = await doing.settle(contents);
    // The expiry job of a ping or push client may have been faster.
    if (given === undefined) return;
    const { result } = contents.request;
    const details = { ...about(pending), result, again: false };
    if (type === 'duplicate') logger.warn('a decision came too late: the transaction has one already', details);
    if (type === 'refused') logger.error('Authlete refused a decision', details);
  }

  return {
    seal,
    issued(contents) {
      const { id, expiresAt, deliveryMode } = contents;
      announce((signal) => signal.issued(id, expiresAt));
      if (deliveryMode === 'POLL') return;
      const transaction = transactionOf(contents);
      doing.expire({ kind: 'expiry', transaction, expiresAt }, timeToExpire(expiresAt));
    },
    complete(handle, decision, options = {}) {
      const completed = complete(handle, decision, options);
      running.track(completed);
      return completed;
    },
    settle(pending, decision) {
      const settled = settle(pending, decision);
      running.track(settled);
      return settled;
    },
    close(deadline) {
      closing = true;
      return doing.close(deadline);
    },
  };
}

/**
 * Milliseconds after which a transaction fails if nobody has decided. That is before it expires: when Authlete gets the call,
 * after a write to the queue, the ticket must still be valid by Authlete's clock.
 */
function timeToExpire(expiresAt: number): number {
  const lifetime = expiresAt - Date.now();
  const ahead = Math.max(3_000, Math.min(lifetime / 20, 5_000));
  return Math.max(lifetime - ahead, lifetime / 2);
}

function checkStoring({ queue, work, decided, handleKeys }: CompleterOptions<never>): void {
  if (decided !== undefined && (typeof decided?.issued !== 'function' || typeof decided.decided !== 'function')) {
    throw new TypeError('decided must be a DecisionSignal, such as decisionSignal() returns');
  }
  optionalBoolean(work, 'work');
  if (queue === undefined) return;
  for (const method of ['put', 'keep', 'end', 'work'] as const) {
    if (typeof queue?.[method] !== 'function') {
      throw new TypeError(`queue must be a JobQueue, such as postgresQueue() returns: it needs a method ${method}()`);
    }
  }
  if (handleKeys === undefined) {
    throw new TypeError('handleKeys is missing: a queue needs them, since what it stores is sealed with them');
  }
}

function handlesOf(keys: readonly HandleKey[] | undefined, logger: PackageLogger): Handles {
  if (keys !== undefined) return handles(keys);
  logger.info('no handleKeys: a random key is used, so only this process can open its handles, until it restarts');
  return handlesOfThisProcess();
}

function requireDecision(decision: unknown): void {
  if (!isDecision(decision)) throw new TypeError('the decision must be what authorized(), denied() or failed() makes');
}

function requireSubject(pending: HandleContents, { subject }: CompleteOptions): void {
  if (subject === undefined) return;
  if (typeof subject !== 'string' || subject === '') throw new TypeError('subject must be a string that is not empty');
  if (subject !== pending.subject) throw new HandleError('ERR_HANDLE_SUBJECT', 'the handle belongs to another user');
}
