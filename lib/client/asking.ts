import { setTimeout as sleep } from 'node:timers/promises';
import type { PackageLogger } from '../telemetry/logger.js';
import { count, type Verdict, verdictOf } from './answers.js';
import { ApprovalError } from './errors.js';
import type { ApprovalRecord, Entry } from './record.js';
import { ended } from './record.js';
import type { Records } from './records.js';
import type { SignRequest } from './request-object.js';
import type { Server, ServerAnswer } from './server.js';

/** Milliseconds for which an unanswered request is repeated. */
const patience = 10_000;
/** Assumed lifetime in seconds of a request whose answer was lost, but whose ping arrived. */
const unknownLifetime = 120;

/** Sends the request of a record that is `asking`. */
export type Ask = (entry: Entry) => Promise<Entry>;

/**
 * @param sign signs the requests
 * @param closed ends the repetitions
 * @returns a function that resolves to the record after the answer, or as another process has left it; concurrent calls for
 *   one record share one request. Rejects with `ERR_APPROVAL_UNREACHABLE` when there is no answer for ten seconds
 */
export function asking(
  records: Records,
  server: Server,
  sign: SignRequest | undefined,
  closed: AbortSignal,
  logger: PackageLogger,
): Ask {
  const underway = new Map<string, Promise<Entry>>();

  async function ask(entry: Entry): Promise<Entry> {
    const taken = await records.take(entry);
    if (taken?.contents.state !== 'asking') return taken ?? entry;
    const { notified } = taken.contents;
    // The answer was lost, but a notification has brought the id. It had the right token, so it is from the server.
    if (notified !== undefined) return records.move(taken, (record) => waiting(record, notified, unknownLifetime));
    const { verdict, answer } = await send(taken).catch(async (error) => {
      await records.release(taken);
      throw error;
    });
    const moved = await records.moveSurely(taken, (record) => next(record, verdict, answer));
    if (moved.contents.state === 'withdrawn' && verdict.type === 'ok') await withdraw(verdict.body.auth_req_id);
    return moved;
  }

  /** @throws ApprovalError when there is no answer */
  async function send({ contents }: Entry): Promise<{ verdict: Verdict; answer: ServerAnswer }> {
    const { parameters = {}, notificationToken: token } = contents;
    const form = { ...parameters, ...(token !== undefined && { client_notification_token: token }) };
    const until = performance.now() + patience;
    for (let attempt = 0; ; attempt += 1) {
      let wait = Math.min(250 * 2 ** attempt, 2000);
      let cause: unknown;
      try {
        const answer = await server.backchannel(sign ? await sign(form) : form);
        const verdict = verdictOf(answer);
        if (verdict.type !== 'nothing') return { verdict, answer };
        wait = Math.max(wait, verdict.retryAfter ?? 0);
        cause = new Error(`the answer has status ${answer.status}, so it cannot be used`);
      } catch (error) {
        if (error instanceof ApprovalError) throw error;
        cause = error;
      }
      closed.throwIfAborted();
      if (performance.now() + wait > until) {
        throw new ApprovalError('ERR_APPROVAL_UNREACHABLE', 'the server does not answer the authentication request', {
          cause,
        });
      }
      logger.debug('an authentication request is repeated', { attempt: attempt + 1, error: cause });
      await sleep(wait, undefined, { signal: closed }).catch(() => closed.throwIfAborted());
    }
  }

  async function withdraw(authReqId: unknown): Promise<void> {
    if (typeof authReqId !== 'string') return;
    await server.revoke(authReqId, 'auth_req_id').catch((error) => {
      logger.warn('a request that was withdrawn meanwhile could not be ended at the server', { error });
    });
  }

  return (entry) => {
    const joined = underway.get(entry.id);
    if (joined) return joined;
    const work = ask(entry).finally(() => underway.delete(entry.id));
    underway.set(entry.id, work);
    return work;
  };
}

function next(record: ApprovalRecord, verdict: Verdict, { at }: ServerAnswer): ApprovalRecord | undefined {
  if (record.state !== 'asking') return undefined;
  if (verdict.type === 'error') {
    const { error, description } = verdict;
    return ended(record, 'refused', { error, ...(description !== undefined && { errorDescription: description }) });
  }
  if (verdict.type !== 'ok') return undefined;
  const { auth_req_id: authReqId, expires_in: expires, interval } = verdict.body;
  const lifetime = count(expires);
  if (typeof authReqId !== 'string' || authReqId === '') return incomplete(record, 'auth_req_id');
  if (lifetime === undefined || lifetime === 0) return incomplete(record, 'expires_in');
  // At shorter intervals, polls would flood the server.
  return waiting(record, authReqId, lifetime, Math.max(1, count(interval) ?? 5), at - Date.now());
}

/** CIBA Core, 7.3: both are required. */
function incomplete(record: ApprovalRecord, what: string): ApprovalRecord {
  return ended(record, 'lost', { error: 'invalid_response', errorDescription: `the answer has no ${what}` });
}

function waiting(record: ApprovalRecord, authReqId: string, lifetime: number, interval = 5, skew = 0): ApprovalRecord {
  // The lease goes: the process that waits may not be the one that asked.
  const { parameters: _, lease: __, notified, response, ...rest } = record;
  const isNotified = notified === authReqId;
  return {
    ...rest,
    state: 'waiting',
    authReqId,
    expiresAt: Math.round(Date.now() + lifetime * 1000),
    interval,
    skew,
    ...(isNotified && { notified }),
    ...(isNotified && response && { response }),
  };
}
