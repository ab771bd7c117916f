import type { Trace, TraceDetails } from '../telemetry/trace.js';
import type { IssuedTransaction } from './contents.js';
import type { Decide } from './decide.js';
import type { Notify } from './notify.js';

// The two steps that follow a request, perhaps in another process: traces of their own, linked to the request's.

/** {@link Decide} as a step; without `trace` as it is. */
export function tracedDecide(decide: Decide, trace: Trace | undefined): Decide {
  if (trace === undefined) return decide;
  return (held, doing) => {
    const { transaction, request } = held.contents;
    const details: TraceDetails = { ...detailsOf(transaction), result: request.result };
    return trace('complete', details, async () => {
      const ended = await decide(held, doing);
      const { issuedAt } = transaction;
      if (ended.end === 'taken' && issuedAt !== undefined) details.sinceIssuedMs = Math.max(0, Date.now() - issuedAt);
      else if (ended.end !== 'taken') details.error = ended.end;
      return ended;
    });
  };
}

/** {@link Notify} as a step; without `trace` as it is. */
export function tracedNotify(notify: Notify, trace: Trace | undefined): Notify {
  if (trace === undefined) return notify;
  return (held) => {
    const { transaction, result, attempts } = held.contents;
    const details: TraceDetails = { ...detailsOf(transaction), result, attempt: attempts + 1 };
    return trace('notify', details, async () => {
      const outcome = await notify(held);
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
