import { authorized, type Decision, denied } from '../../completion/decision.js';
import { backoff } from '../../notification/retry.js';
import type { Logger } from '../../telemetry/logger.js';
import { runHook } from '../settings/hooks.js';
import type { AuthenticationDeviceOptions } from '../settings/options.js';
import type { Asked, Verdict } from '../store/contents.js';
import type { Entry, Rows } from '../store/rows.js';

/** Milliseconds for which the process that has taken a decided request looks after it alone. */
export const lease = 45_000;

/** Longest wait between two attempts to tell Authlete, in milliseconds. */
const maxDelay = 10_000;

/** The host could not store an approval. */
export class NotRecordedError extends Error {
  constructor(cause: unknown) {
    super('onApproval failed', { cause });
    this.name = 'NotRecordedError';
  }
}

/**
 * Carries out what was decided: the host records it, Authlete is told, the row says so.
 *
 * @param toldBefore whether Authlete may have been told by an earlier attempt
 */
export type Settle = (entry: Entry<'request'>, toldBefore: boolean) => Promise<Asked['state']>;

type SettleOptions = Pick<AuthenticationDeviceOptions, 'complete' | 'onApproval'> & { logger: Logger };

/**
 * Creates a {@link Settle}. It may run in two processes at a time: Authlete takes the first.
 *
 * @throws NotRecordedError when the host's `onApproval` fails; Authlete has not been told then
 */
export function settler(rows: Rows, { complete, onApproval, logger }: SettleOptions): Settle {
  return async (entry, toldBefore) => {
    const { handle, verdict, attempts } = entry.contents as Asked & { verdict: Verdict };
    if (verdict.decision === 'approved' && !verdict.recorded) {
      await runHook('onApproval', () => onApproval?.({ ...verdict.record })).catch((cause) => {
        throw new NotRecordedError(cause);
      });
    }
    try {
      await complete(handle, decisionOf(verdict));
      return await end(entry, 'completed');
    } catch (error) {
      const outcome = outcomeOf(error, toldBefore);
      const { id, subject } = entry;
      if (outcome === 'completed') return end(entry, outcome);
      logger.error('a decision could not be completed', { id, subject, decision: verdict.decision, outcome, error });
      if (outcome === 'refused') return end(entry, outcome);
      const dueAt = Date.now() + Math.min(backoff(attempts + 1), maxDelay);
      const kept: Verdict = verdict.decision === 'approved' ? { ...verdict, recorded: true } : verdict;
      // When somebody else was first, they look after it.
      const told = toldBefore || mayHaveBeenTold(error);
      await rows.replace(entry, {
        contents: { ...entry.contents, verdict: kept, attempts: attempts + 1, told },
        dueAt,
      });
      return outcome;
    }
  };

  async function end(entry: Entry<'request'>, state: 'completed' | 'refused'): Promise<Asked['state']> {
    for (let latest: Entry<'request'> | undefined = entry; latest; latest = await rows.find('request', entry.id)) {
      if (latest.contents.state !== 'decided') return latest.contents.state;
      const { handle, ...rest } = latest.contents;
      // The handle has served its purpose.
      if (await rows.replace(latest, { contents: { ...rest, handle: '', state }, dueAt: null })) break;
    }
    return state;
  }
}

function decisionOf(verdict: Verdict): Decision {
  if (verdict.decision === 'denied') return denied();
  const { authTime, acr } = verdict;
  return authorized({ authTime, ...(acr !== undefined && { acr }) });
}

function outcomeOf(error: unknown, toldBefore: boolean): Asked['state'] {
  // Where Authlete may have been told before and nobody heard the answer, a refusal means that it had taken the decision.
  if (isOneOf(error, ['ERR_COMPLETE_REFUSED'])) return toldBefore ? 'completed' : 'refused';
  return isOneOf(error, ['ERR_HANDLE_EXPIRED', 'ERR_HANDLE_TAMPERED', 'ERR_HANDLE_MALFORMED']) ? 'refused' : 'decided';
}

/** Whatever else went wrong: a connection may have broken before the answer, and `complete` may be a call of the host's. */
function mayHaveBeenTold(error: unknown): boolean {
  return !isOneOf(error, ['ERR_CLAIMS_FAILED', 'ERR_CLOSED', 'ERR_HANDLE_UNKNOWN_KEY']);
}

function isOneOf(error: unknown, codes: readonly string[]): boolean {
  return codes.includes(String((error as { code?: unknown } | undefined)?.code));
}
