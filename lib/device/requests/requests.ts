import type { Passkeys } from '../passkeys/passkeys.js';
import type { ApprovalRecord } from '../settings/approval-record.js';
import { CallError } from '../settings/errors.js';
import { callHost } from '../settings/host-call.js';
import type { CheckedOptions } from '../settings/options.js';
import type { ApproveRequest, Details, Outcome, RequestList, RequestSummary } from '../settings/request-api.js';
import type { Shown } from '../settings/shown.js';
import type { Verdict } from '../store/contents.js';
import type { Entry, Rows } from '../store/rows.js';
import { type CarryOut, NotRecordedError } from './carry-out.js';
import type { RequestWatch } from './request-watch.js';
import { approvalChallenge, shownIn } from './shown.js';
import { publicState, type Request, type States } from './states.js';

/** Number of decisions that the list shows; earlier ones are removed. */
const maxHistory = 50;

/** Maximum milliseconds for which the answer to `request` is held back; proxies wait longer than that. */
const hold = 10_000;

/** What the page does with the requests of its phone's user. */
export interface Requests {
  /** How many wait. */
  waiting(subject: string): Promise<number>;
  list(subject: string, language: string): Promise<RequestList>;
  /**
   * @param seen the state that the page shows: the answer is held back until it changes, or for {@link hold}
   * @throws CallError `not_found`, `expired`
   */
  details(subject: string, id: string, language: string, seen: unknown): Promise<Details>;
  /** @throws CallError as {@link Outcome} says */
  deny(phone: Entry<'phone'>, id: string, reported: boolean): Promise<Outcome>;
  /** @throws CallError as {@link Outcome} says */
  approve(phone: Entry<'phone'>, request: ApproveRequest): Promise<Outcome>;
}

type RequestsOptions = Pick<CheckedOptions<never, never>, 'acr' | 'logger'>;

/** @param onDecided called for each request that is decided in this process */
export function requests(
  rows: Rows,
  states: States,
  passkeys: Passkeys,
  watch: RequestWatch,
  carryOut: CarryOut,
  { acr, logger }: RequestsOptions,
  onDecided: (id: string) => void,
): Requests {
  async function find(subject: string, id: string): Promise<Request> {
    const request = await rows.find('request', id);
    if (request?.subject !== subject) throw new CallError('not_found', 'there is no such request');
    return request;
  }

  /** Resolves to the request once its state is not the one that was seen, or after {@link hold}. */
  async function findChanged(subject: string, id: string, seen: unknown): Promise<Request> {
    if (seen === undefined) return find(subject, id);
    const until = performance.now() + hold;
    for (;;) {
      const left = until - performance.now();
      // Begun before the request is read, so that a change in between is not missed.
      const changed = watch.nextChange(id, Math.max(0, left));
      const request = await find(subject, id);
      const isSeen = publicState(request).state === seen && !(seen === 'waiting' && !isWaiting(request));
      if (!isSeen || left <= 0 || !(await changed)) return request;
    }
  }

  async function findWaiting(subject: string, id: string): Promise<Request> {
    const request = await find(subject, id);
    requireWaiting(request);
    return request;
  }

  /** The first decision wins: it is the one that is stored. */
  async function decide(waiting: Request, verdict: Verdict & { decision: Outcome['decision'] }): Promise<Outcome> {
    const { id, subject } = waiting;
    let request = await states.decide(waiting, verdict);
    while (request === undefined) {
      // If nobody has decided, the row was only sealed anew: the request is the same.
      request = await states.decide(await findWaiting(subject, id), verdict);
    }
    onDecided(id);
    try {
      const { state } = publicState(await carryOut(request));
      return { state: state as Outcome['state'], decision: verdict.decision };
    } catch (error) {
      if (!(error instanceof NotRecordedError)) throw error;
      logger.error('onApproval or onDecision failed: the request waits again', { id, subject, error });
      await states.waitAgain(request);
      throw new CallError('not_recorded', 'the decision could not be recorded: nothing was decided, try again');
    }
  }

  async function live(subject: string): Promise<{ waiting: Request[]; decided: Request[] }> {
    const all = await rows.list('request', subject);
    const waiting = all.filter(isWaiting).sort((a, b) => b.contents.issuedAt - a.contents.issuedAt);
    const decided = all.filter(({ contents }) => contents.verdict && contents.verdict.decision !== 'failed');
    decided.sort((a, b) => (b.contents.endedAt ?? 0) - (a.contents.endedAt ?? 0));
    return { waiting, decided };
  }

  return {
    waiting: async (subject) => (await live(subject)).waiting.length,
    async list(subject, language) {
      const { waiting, decided } = await live(subject);
      const old = decided.slice(maxHistory).filter(({ contents }) => contents.state === 'completed');
      await Promise.all(old.map((request) => rows.remove(request)));
      const listed = [...waiting, ...decided.slice(0, maxHistory)];
      return { requests: listed.map((request) => summary(request, language)), now: Date.now() };
    },
    async details(subject, id, language, seen) {
      const request = await findChanged(subject, id, seen);
      const { state, shown, expiresAt } = request.contents;
      if (state === 'waiting' && expiresAt <= Date.now()) throw expired();
      return {
        ...publicState(request),
        shown: shownIn(shown, language),
        publicKey: passkeys.requestOptions(await passkeys.list(subject)),
        now: Date.now(),
      };
    },
    async deny(phone, id, reported) {
      const waiting = await findWaiting(phone.subject, id);
      const shown = shownIn(waiting.contents.shown, '');
      const record = { version: 1, shown, phone: phone.id, deniedAt: Date.now(), reported } as const;
      return decide(waiting, { decision: 'denied', record });
    },
    async approve({ subject }, { id, language, credential }) {
      const waiting = await findWaiting(subject, id);
      const shown = shownIn(waiting.contents.shown, language);
      const { passkey, assertion } = await passkeys.assert(credential, approvalChallenge(shown), subject);
      const { authenticatorData, clientDataJSON, signature } = assertion.response;
      const record: ApprovalRecord = {
        version: 1,
        shown,
        credentialId: assertion.id,
        authenticatorData,
        clientDataJSON,
        signature,
      };
      const reached = await callHost('acr', () => acr?.({ ...record, deviceBound: passkey.contents.deviceBound }));
      const authTime = Math.floor(Date.now() / 1000);
      return decide(waiting, { decision: 'approved', record, authTime, ...(reached && { acr: reached }) });
    },
  };
}

function isWaiting({ contents }: Request): boolean {
  return contents.state === 'waiting' && contents.expiresAt > Date.now();
}

/** @throws CallError that says how it ended */
function requireWaiting(request: Request): void {
  const { state, decision, end } = publicState(request);
  if (decision)
    throw new CallError('already_decided', 'the request has been decided already', { details: { decision } });
  if (state === 'ended') throw new CallError('ended', 'the request has ended', { details: { end } });
  if (!isWaiting(request)) throw expired();
}

function summary(request: Request, language: string): RequestSummary {
  const { issuedAt, expiresAt, shown } = request.contents;
  const { client, actor, bindingMessage, payment, details }: Shown = JSON.parse(shownIn(shown, language));
  const amounts = details.flatMap(({ lines }) => lines).filter(({ isAmount }) => isAmount);
  const { state, decision, endedAt } = publicState(request);
  return {
    id: request.id,
    clientName: client.name,
    ...(actor && { agentName: actor.name }),
    ...(bindingMessage !== undefined && { bindingMessage }),
    ...(payment && { payment }),
    ...(!payment && amounts.length > 0 && { amounts: amounts.map(({ value }) => value) }),
    issuedAt,
    expiresAt,
    state,
    ...(decision && { decision }),
    ...(endedAt !== undefined && { endedAt }),
  };
}

function expired(): CallError {
  return new CallError('expired', 'the request has expired');
}
