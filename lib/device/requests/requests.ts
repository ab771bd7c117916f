import { randomBytes } from 'node:crypto';
import type { Passkeys } from '../passkeys/passkeys.js';
import type { ApproveRequest, Details, Outcome, RequestList, RequestSummary } from '../settings/api.js';
import type { ApprovalRecord } from '../settings/approval-record.js';
import { CallError } from '../settings/errors.js';
import { runHook } from '../settings/hooks.js';
import type { CheckedOptions } from '../settings/options.js';
import type { Shown } from '../settings/shown.js';
import { textsFor } from '../settings/texts.js';
import type { Asked, Verdict } from '../store/contents.js';
import type { Entry, Rows } from '../store/rows.js';
import { lease, NotRecordedError, type Settle } from './settle.js';
import { approvalChallenge, shownString } from './shown.js';

/** How many requests may wait: for one user, and for one user from one client. */
const limits = { perOwner: 20, perGroup: 5 };

/** What `authenticate` knows of a request. */
export type Question = { id: string; subject: string } & Pick<Asked, 'handle' | 'request' | 'payment' | 'expiresAt'>;

/** The requests that users are asked about: waiting, decided, completed. */
export interface Requests {
  /**
   * @returns `full` when as many wait as may
   * @throws RequestViewError when it cannot be shown whole, in any of the languages
   */
  ask(question: Question): Promise<'inserted' | 'exists' | 'full'>;
  /** Asks no more. */
  withdraw(id: string): Promise<void>;
  /** How many wait. */
  waiting(subject: string): Promise<number>;
  list(subject: string, language: string): Promise<RequestList>;
  /** @throws CallError `not_found`, `expired` */
  details(subject: string, id: string, language: string): Promise<Details>;
  /** @throws CallError as {@link Outcome} says */
  deny(subject: string, id: string, reported: boolean): Promise<Outcome>;
  /** @throws CallError as {@link Outcome} says */
  approve(subject: string, request: ApproveRequest): Promise<Outcome>;
}

type RequestsOptions = Pick<CheckedOptions<never, never>, 'acr' | 'report' | 'texts' | 'logger'>;

/** @param decided is told of each request that is decided in this process */
export function requests(
  rows: Rows,
  passkeys: Passkeys,
  settle: Settle,
  { acr, report, texts, logger }: RequestsOptions,
  decided: (id: string) => void,
): Requests {
  async function find(subject: string, id: string): Promise<Entry<'request'>> {
    const entry = await rows.find('request', id);
    if (entry?.subject !== subject) throw new CallError('not_found', 'there is no such request');
    return entry;
  }

  async function findWaiting(subject: string, id: string): Promise<Entry<'request'>> {
    const entry = await find(subject, id);
    const { state, verdict, expiresAt } = entry.contents;
    if (state !== 'waiting') throw alreadyDecided(verdict);
    if (expiresAt <= Date.now()) throw expired();
    return entry;
  }

  /** The first decision wins: it is the one that is stored. */
  async function decide(waiting: Entry<'request'>, verdict: Verdict): Promise<Outcome> {
    const contents: Asked = { ...waiting.contents, state: 'decided', verdict, told: true };
    const entry = await rows.replace(waiting, { contents, open: false, dueAt: Date.now() + lease });
    if (entry === undefined) throw alreadyDecided((await find(waiting.subject, waiting.id)).contents.verdict);
    decided(entry.id);
    try {
      return { state: (await settle(entry, false)) as Outcome['state'], decision: verdict.decision };
    } catch (error) {
      if (!(error instanceof NotRecordedError)) throw error;
      logger.error('onApproval failed: the request waits again', { id: entry.id, subject: entry.subject, error });
      await rows.replace(entry, { contents: waiting.contents, open: true, dueAt: null });
      throw new CallError('not_recorded', 'the approval could not be recorded: nothing was approved, try again');
    }
  }

  function shown(entry: Pick<Entry<'request'>, 'id' | 'subject' | 'contents'>, language: string): string {
    return shownString(entry, textsFor(language, texts).request);
  }

  return {
    async ask({ id, subject, expiresAt, ...question }) {
      const nonce = randomBytes(16).toString('base64url');
      const contents: Asked = {
        ...question,
        nonce,
        issuedAt: Date.now(),
        expiresAt,
        state: 'waiting',
        attempts: 0,
      };
      for (const { request } of texts) shownString({ id, subject, contents }, request);
      const client = question.request.clientId;
      return rows.insert({ kind: 'request', id, subject, contents, client, expiresAt }, limits);
    },
    async withdraw(id) {
      const entry = await rows.find('request', id);
      if (entry) await rows.remove(entry);
    },
    async waiting(subject) {
      const entries = await rows.list('request', subject);
      return entries.filter(({ contents }) => contents.state === 'waiting' && contents.expiresAt > Date.now()).length;
    },
    async list(subject, language) {
      const now = Date.now();
      const entries = await rows.list('request', subject);
      const live = entries.filter(({ contents }) => contents.expiresAt > now);
      live.sort((a, b) => b.contents.issuedAt - a.contents.issuedAt);
      return { requests: live.map((entry) => summary(entry, JSON.parse(shown(entry, language)))), now };
    },
    async details(subject, id, language) {
      const entry = await find(subject, id);
      const { state, verdict, expiresAt } = entry.contents;
      if (expiresAt <= Date.now()) throw expired();
      return {
        state,
        ...(verdict && { decision: verdict.decision }),
        shown: shown(entry, language),
        publicKey: passkeys.requestOptions(await passkeys.list(subject)),
        now: Date.now(),
      };
    },
    async deny(subject, id, reported) {
      const entry = await findWaiting(subject, id);
      const outcome = await decide(entry, { decision: 'denied' });
      if (reported) {
        await runHook('report', () => report?.(JSON.parse(shown(entry, '')))).catch((error) =>
          logger.error('report failed', { id, subject, error }),
        );
      }
      return outcome;
    },
    async approve(subject, { id, language, credential }) {
      const entry = await findWaiting(subject, id);
      const text = shown(entry, language);
      const { passkey, assertion } = await passkeys.assert(credential, approvalChallenge(text), subject);
      const record: ApprovalRecord = {
        version: 1,
        shown: text,
        credentialId: assertion.id,
        authenticatorData: assertion.response.authenticatorData,
        clientDataJSON: assertion.response.clientDataJSON,
        signature: assertion.response.signature,
      };
      const reached = await runHook('acr', () => acr?.({ ...record, deviceBound: passkey.contents.deviceBound }));
      const authTime = Math.floor(Date.now() / 1000);
      return decide(entry, {
        decision: 'approved',
        record,
        recorded: false,
        authTime,
        ...(reached && { acr: reached }),
      });
    },
  };
}

function summary({ id, contents }: Entry<'request'>, view: Shown) {
  const { issuedAt, expiresAt, state, verdict } = contents;
  return {
    id,
    clientName: view.client.name,
    ...(view.bindingMessage !== undefined && { bindingMessage: view.bindingMessage }),
    ...(view.payment ? { payment: view.payment } : amountsOf(view)),
    issuedAt,
    expiresAt,
    state,
    ...(verdict && { decision: verdict.decision }),
  } satisfies RequestSummary;
}

function amountsOf({ details }: Shown): { amounts?: string[] } {
  const lines = details.flatMap(({ lines }) => lines).filter(({ isAmount }) => isAmount);
  return lines.length === 0 ? {} : { amounts: lines.map(({ value }) => value) };
}

function expired(): CallError {
  return new CallError('expired', 'the request has expired');
}

function alreadyDecided(verdict: Verdict | undefined): CallError {
  return new CallError('already_decided', 'the request has been decided already', {
    ...(verdict && { details: { decision: verdict.decision } }),
  });
}
