import type { RequestEnd, RequestState } from '../settings/request-api.js';
import type { Asked, Ending, Verdict } from '../store/contents.js';
import type { Entry, Rows } from '../store/rows.js';

/** A request's row. */
export type Request = Entry<'request'>;

/**
 * Milliseconds for which the process that has moved a request works on it alone. Its work until the next
 * move takes less: two hooks of 10 s, and 15 s for Authlete.
 */
export const lease = 45_000;

/** Milliseconds for which a decision stays in the list. */
const historyKept = 30 * 24 * 3_600_000;

/*
 * The states of a request. Only this file writes them, each time by compare and set: if two processes move a request at the
 * same time, one succeeds.
 *
 * | state       | what is known                          | what may follow                                            |
 * |-------------|----------------------------------------|------------------------------------------------------------|
 * | `waiting`   | nobody has decided                     | `decided`; `completed`, when it has ended elsewhere        |
 * | `decided`   | the decision that was first            | `recorded`; `waiting`, when the host could not record it   |
 * | `recorded`  | the host has the record                | `told`; `completed`, when it is too late                   |
 * | `told`      | Authlete may have the decision         | `completed`; `recorded`, when Authlete certainly has not   |
 * | `completed` | how it ended                           |                                                            |
 */

/** Moves requests from state to state. Each resolves to the request as it is now, or to `undefined` when somebody else was first. */
export interface States {
  decide(waiting: Request, verdict: Verdict): Promise<Request | undefined>;
  waitAgain(decided: Request): Promise<Request | undefined>;
  record(decided: Request): Promise<Request | undefined>;
  tell(recorded: Request): Promise<Request | undefined>;
  /** Writes the state, and when a process is to work on the request again; `null`: none needs to. */
  putOff(request: Request, state: 'decided' | 'recorded' | 'told', dueAt: number | null): Promise<Request | undefined>;
  complete(request: Request, ending: Ending): Promise<Request | undefined>;
}

export function states(rows: Rows): States {
  function move(request: Request, values: Partial<Asked>, row: Partial<Pick<Request, 'open' | 'dueAt' | 'expiresAt'>>) {
    return rows.replace(request, { contents: { ...request.contents, ...values }, ...row });
  }
  const leased = () => ({ dueAt: Date.now() + lease });

  return {
    decide(waiting, verdict) {
      const expiresAt = verdict.decision === 'failed' ? {} : { expiresAt: Date.now() + historyKept };
      return move(
        waiting,
        { state: 'decided', verdict, endedAt: Date.now() },
        { open: false, ...leased(), ...expiresAt },
      );
    },
    waitAgain(decided) {
      const { verdict, endedAt, ...contents } = decided.contents;
      const { expiresAt } = contents;
      return rows.replace(decided, { contents: { ...contents, state: 'waiting' }, open: true, dueAt: null, expiresAt });
    },
    record: (decided) => move(decided, { state: 'recorded' }, leased()),
    tell: (recorded) => move(recorded, { state: 'told' }, leased()),
    putOff: (request, state, dueAt) => move(request, { state, attempts: request.contents.attempts + 1 }, { dueAt }),
    complete(request, ending) {
      const { endedAt = Date.now() } = request.contents;
      // The handle is no longer needed.
      return move(request, { state: 'completed', ending, endedAt, handle: '' }, { open: false, dueAt: null });
    },
  };
}

/** What the page gets. */
export interface PublicState {
  state: RequestState;
  decision?: 'approved' | 'denied';
  end?: RequestEnd;
  endedAt?: number;
}

export function publicState({ contents }: Pick<Request, 'contents'>): PublicState {
  const { state, verdict, ending, endedAt } = contents;
  if (state === 'waiting') return { state };
  const at = { ...(endedAt !== undefined && { endedAt }) };
  if (verdict === undefined) return { state: 'ended', end: ending === 'expired' ? ending : 'elsewhere', ...at };
  if (verdict.decision === 'failed') return { state: 'ended', end: verdict.why, ...at };
  const { decision } = verdict;
  if (state !== 'completed') return { state: 'decided', decision, ...at };
  return { state: ending === 'refused' ? 'refused' : 'completed', decision, ...at };
}
