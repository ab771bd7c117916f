import type { PackageLogger } from './logger.js';

/**
 * What is traced:
 * - `request`: a request to one of the endpoints, up to its answer
 * - `hook`: one of the host's hooks
 * - `authlete`: a call to Authlete
 * - `complete`: telling Authlete of a decision, and what follows
 * - `notify`: one attempt to deliver a ping or a push
 */
export type TraceStep = 'request' | 'hook' | 'authlete' | 'complete' | 'notify';

/**
 * What is counted:
 * - `jobs`: jobs that this process is working on
 * - `waitingJobs`: jobs in this process's memory, including those that it is working on, but not those of a `queue`
 * - `polls`: token requests that this process holds
 */
export type TraceCount = 'jobs' | 'waitingJobs' | 'polls';

/**
 * What is known about a step. Some members are added while it runs: read them when the result of `run()` has settled. Plain
 * data, without secrets.
 */
export interface TraceDetails {
  /** Of a request. */
  endpoint?: 'backchannelAuthentication' | 'token' | undefined;
  /** Name of the hook, as in the options. */
  hook?: string | undefined;
  /** Name of Authlete's API, as in `AuthleteApi`. */
  api?: string | undefined;
  /** Authlete's answer to the call. */
  action?: string | undefined;
  /** Authlete's answer to the call. */
  resultCode?: string | undefined;
  /** The transaction's id, see `transactionId()`. */
  transaction?: string | undefined;
  clientId?: string | undefined;
  clientIdAlias?: string | undefined;
  /** HTTP status: of the answer to a request, or of the client's answer to a notification. */
  status?: number | undefined;
  /** `error` of the answer to a request. */
  error?: string | undefined;
  /** How the authentication on the device ended. */
  result?: 'AUTHORIZED' | 'ACCESS_DENIED' | 'TRANSACTION_FAILED' | undefined;
  /** Milliseconds from the `auth_req_id` to the decision. */
  sinceIssuedMs?: number | undefined;
  /** Of a notification: 1 is the first. */
  attempt?: number | undefined;
  deliveryMode?: 'PING' | 'PUSH' | 'POLL' | undefined;
  /**
   * For work that begins after its request, perhaps in another process: what {@link Trace.traceparent} returned in
   * the request.
   */
  traceparent?: string | undefined;
}

/**
 * Runs each step: calls `run()` and returns what it returns. `openTelemetry()` of `ciba-backchannel/opentelemetry` makes
 * one; without one nothing is traced. What it throws is logged and changes nothing.
 *
 * @example
 * ```ts
 * const trace = (step, details, run) => {
 *   const begun = performance.now();
 *   const result = run();
 *   Promise.resolve(result).finally(() => console.log(step, details, performance.now() - begun)).catch(() => {});
 *   return result;
 * };
 * ```
 */
export interface Trace {
  <T>(step: TraceStep, details: TraceDetails, run: () => T): T;
  /** The current position in the trace, as W3C Trace Context writes it: kept, sealed, with the transaction. */
  traceparent?(): string | undefined;
  /** Called with how many more, or fewer, there are. */
  count?(what: TraceCount, change: number): void;
}

/** The host's `trace`, whose own failures change nothing: the step runs exactly once, whatever becomes of its tracing. */
export function guardedTrace(trace: Trace | undefined, logger: PackageLogger): Trace | undefined {
  if (trace === undefined) return undefined;

  function guarded<T>(step: TraceStep, details: TraceDetails, run: () => T): T {
    let outcome: { value: T } | { error: unknown } | undefined;
    const once = (): T => {
      if (outcome === undefined) {
        try {
          outcome = { value: run() };
        } catch (error) {
          outcome = { error };
        }
      }
      if ('error' in outcome) throw outcome.error;
      return outcome.value;
    };
    try {
      // A promise that `trace` derives from the step's own would reject with nobody to handle it.
      Promise.resolve(trace?.(step, details, once)).catch(() => {});
    } catch (error) {
      if (!outcome || !('error' in outcome) || outcome.error !== error) failed(error);
    }
    return once();
  }

  function failed(error: unknown): void {
    logger.error('trace failed', { error }, 'host');
  }

  return Object.assign(guarded, {
    traceparent() {
      try {
        return trace.traceparent?.();
      } catch (error) {
        failed(error);
        return undefined;
      }
    },
    count(what: TraceCount, change: number) {
      try {
        trace.count?.(what, change);
      } catch (error) {
        failed(error);
      }
    },
  });
}

type Hook = (...args: never[]) => unknown;

/** A hook with a traced step around each call; without `trace` the hook itself. */
export function tracedHook<H extends Hook | undefined>(
  name: string,
  hook: H,
  trace: Trace | undefined,
  about?: (...args: Parameters<NonNullable<H>>) => TraceDetails,
): H {
  if (trace === undefined || hook === undefined) return hook;
  const traced = (...args: Parameters<NonNullable<H>>) =>
    trace('hook', { ...about?.(...args), hook: name }, () => hook(...args));
  return traced as Hook as H;
}
