import type { AuthleteError } from '../authlete/errors.js';
import type { AttemptOutcome } from '../notification/attempt.js';
import type { Trace, TraceDetails } from '../telemetry/trace.js';
import type { DecisionContents, IssuedTransaction, NotificationContents } from './contents.js';
import type { AuthleteVerdict } from './tell-authlete.js';

// The two steps after a request, perhaps in another process. Each has its own trace, with a link to the request's trace.

/** The result of a call to Authlete. */
export type Told = { verdict: AuthleteVerdict; durationMs: number } | { error: AuthleteError; durationMs: number };

type Call = (contents: DecisionContents, within: number | undefined) => Promise<Told>;
type Attempt = (contents: NotificationContents) => Promise<AttemptOutcome>;

/** Makes each call that tells Authlete of a decision a step of the trace. Without `trace`, returns the call as it is. */
export function tracedCall(call: Call, trace: Trace | undefined): Call {
  if (trace === undefined) return call;
  return (contents, within) => {
    const { transaction, request } = contents;
    const details: TraceDetails = { ...detailsOf(transaction), result: request.result };
    return trace('complete', details, async () => {
      const told = await call(contents, within);
      const { issuedAt } = transaction;
      if ('error' in told) details.error = told.error.code;
      else if (told.verdict.action === 'SERVER_ERROR') details.error = 'refused';
      else if (issuedAt !== undefined) details.sinceIssuedMs = Math.max(0, Date.now() - issuedAt);
      return told;
    });
  };
}

/** Makes each attempt to notify the client a step of the trace. Without `trace`, returns the attempt as it is. */
export function tracedAttempt(attempt: Attempt, trace: Trace | undefined): Attempt {
  if (trace === undefined) return attempt;
  return (contents) => {
    const { transaction, result, attempts } = contents;
    const details: TraceDetails = { ...detailsOf(transaction), result, attempt: attempts + 1 };
    return trace('notify', details, async () => {
      const outcome = await attempt(contents);
      if (outcome.status !== undefined) details.status = outcome.status;
      if (!outcome.delivered) details.error = outcome.error.code;
      return outcome;
    });
  };
}

function detailsOf({ id, clientId, clientIdAlias, deliveryMode, traceparent }: IssuedTransaction): TraceDetails {
  return {
    transaction: id,
    clientId,
    ...(clientIdAlias && { clientIdAlias }),
    deliveryMode,
    ...(traceparent && { traceparent }),
  };
}
