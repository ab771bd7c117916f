import { setTimeout as wait } from 'node:timers/promises';
import { authorized, type Decision, denied, failed } from '../../completion/decision.js';
import { backoff } from '../../notification/retry.js';
import type { Logger } from '../../telemetry/logger.js';
import { callHost } from '../settings/host-call.js';
import type { AuthenticationDeviceOptions } from '../settings/options.js';
import type { Verdict } from '../store/contents.js';
import type { Rows } from '../store/rows.js';
import type { Request, States } from './states.js';

/** Milliseconds for `complete`: see `lease`. */
const completeTimeout = 15_000;
/** Longest wait between two attempts, in milliseconds. */
const maxDelay = 10_000;

/** The host could not store the decision. */
export class NotRecordedError extends Error {
  constructor(cause: unknown) {
    super('the decision could not be recorded', { cause });
    this.name = 'NotRecordedError';
  }
}

/**
 * Carries out a decision, from whatever state it is in: the host records it, Authlete is told, and the row is updated.
 *
 * @returns the request as it is now; another process may have moved it on
 * @throws NotRecordedError when the host's hook fails; Authlete has not been told then
 */
export type CarryOut = (request: Request) => Promise<Request>;

type CarryOutOptions = Pick<AuthenticationDeviceOptions, 'complete' | 'onApproval' | 'onDecision' | 'report'> & {
  logger: Logger;
};

/** @param onRecorded called for each request once its decision is final */
export function decisionCarrier(
  rows: Rows,
  states: States,
  { complete, onApproval, onDecision, report, logger }: CarryOutOptions,
  onRecorded: (request: Request) => void,
): { carryOut: CarryOut; heard(id: string): boolean } {
  /** Requests on which `complete` is working in this process, and whether a decision was announced meanwhile. */
  const underWay = new Map<string, { announced: boolean }>();

  async function record(verdict: Verdict, about: object): Promise<void> {
    try {
      if (verdict.decision === 'approved') await callHost('onApproval', () => onApproval?.({ ...verdict.record }));
      if (verdict.decision === 'denied') await callHost('onDecision', () => onDecision?.({ ...verdict.record }));
    } catch (cause) {
      throw new NotRecordedError(cause);
    }
    if (verdict.decision !== 'denied' || !verdict.record.reported) return;
    const { shown } = verdict.record;
    await callHost('report', () => report?.(JSON.parse(shown))).catch((error) =>
      logger.error('report failed', { ...about, error }),
    );
  }

  async function tell(told: Request, toldBefore: boolean): Promise<Request | undefined> {
    const { id, subject, contents } = told;
    const verdict = contents.verdict as Verdict;
    const mark = { announced: false };
    const answered = new AbortController();
    underWay.set(id, mark);
    try {
      const result = await Promise.race([complete(contents.handle, decisionOf(verdict)), noAnswer(answered.signal)]);
      // The queue now tells Authlete; the signal says when Authlete has it.
      if (isQueued(result) && !mark.announced) return states.putOff(told, 'told', null);
      return states.complete(told, 'taken');
    } catch (error) {
      const { decision } = verdict;
      const outcome = outcomeOf(error, toldBefore);
      if (outcome !== 'taken') logger.error('a decision could not be completed', { id, subject, decision, error });
      if (outcome === 'taken' || outcome === 'refused') return states.complete(told, outcome);
      const dueAt = Math.round(Date.now() + Math.min(backoff(contents.attempts + 1), maxDelay));
      return states.putOff(told, outcome === 'notTold' ? 'recorded' : 'told', outcome === 'unknown' ? null : dueAt);
    } finally {
      answered.abort();
      underWay.delete(id);
    }
  }

  async function carryOut(request: Request): Promise<Request> {
    let current: Request | undefined = request;
    const { id, subject } = request;
    const isExpired = Date.now() >= request.contents.expiresAt;
    if (current.contents.state === 'decided') {
      if (!isExpired) await record(current.contents.verdict as Verdict, { id, subject });
      current = await states.record(current);
      if (current) onRecorded(current);
    }
    if (current?.contents.state === 'recorded') {
      current = isExpired ? await states.complete(current, 'refused') : await states.tell(current);
    }
    if (current?.contents.state === 'told') current = await tell(current, request.contents.state === 'told');
    return current ?? (await rows.find('request', id)) ?? request;
  }

  return {
    carryOut,
    heard(id) {
      const mark = underWay.get(id);
      if (mark) mark.announced = true;
      return mark !== undefined;
    },
  };
}

/** Rejects when `complete` has not answered in time. Does not keep the process alive. */
async function noAnswer(signal: AbortSignal): Promise<void> {
  const isOver = await wait(completeTimeout, true, { signal, ref: false }).catch(() => false);
  if (isOver) throw new Error(`complete did not answer within ${completeTimeout} ms`);
}

function decisionOf(verdict: Verdict): Decision {
  if (verdict.decision === 'denied') return denied();
  if (verdict.decision === 'failed') return failed();
  const { authTime, acr } = verdict;
  return authorized({ authTime, ...(acr !== undefined && { acr }) });
}

function isQueued(result: unknown): boolean {
  return (result as { action?: unknown } | null | undefined)?.action === 'QUEUED';
}

/**
 * `taken`: Authlete has the decision. `refused`: Authlete will never take it. `notTold`: Authlete certainly does not have it.
 * `unknown`: nobody will ever know. `again`: Authlete may have it, so it is told again.
 */
function outcomeOf(error: unknown, toldBefore: boolean): 'taken' | 'refused' | 'notTold' | 'unknown' | 'again' {
  const code = String((error as { code?: unknown } | undefined)?.code);
  switch (code) {
    case 'ERR_COMPLETE_REFUSED':
      // If an earlier answer was lost, a refusal means that Authlete had taken the decision.
      return toldBefore ? 'taken' : 'refused';
    case 'ERR_HANDLE_EXPIRED':
    case 'ERR_HANDLE_TAMPERED':
    case 'ERR_HANDLE_MALFORMED':
      return toldBefore ? 'unknown' : 'refused';
    case 'ERR_CLAIMS_FAILED':
    case 'ERR_CLOSED':
    case 'ERR_HANDLE_UNKNOWN_KEY':
      return toldBefore ? 'again' : 'notTold';
    default:
      // A connection may have broken before the answer, and `complete` may be the host's own call.
      return 'again';
  }
}
