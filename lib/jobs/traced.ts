import type { AuthleteError } from '../authlete/errors.js';
import type { AttemptOutcome } from '../notification/attempt.js';
import type { Trace, TraceDetails } from '../telemetry/trace.js';
import type { DecisionContents, IssuedTransaction, NotificationContents } from './contents.js';
import type { AuthleteVerdict } from './tell-authlete.js';

// The two steps that follow a request, perhaps in another process: separate traces, linked to the request's.

/** The result of a call to Authlete. */
export type Told = { verdict: AuthleteVerdict; durationMs: number } | { error: AuthleteError; durationMs: number };

type Call = (contents: DecisionContents, within: number | undefined) => Promise<Told>;
type Attempt = (contents: NotificationContents) => Promise<AttemptOutcome>;

/** A call that tells Authlete of a decision, as a step; without `trace` the call itself. */
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

/** An attempt to notify the client, as a step; without `trace` the attempt itself. */
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
