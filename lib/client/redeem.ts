import type { DPoPHandle } from 'openid-client';
import type { PackageLogger } from '../telemetry/logger.js';
import { type Verdict, verdictOf } from './answers.js';
import { BadResponse, type Judge, tokensOf } from './id-token.js';
import { type ApprovalRecord, type ApprovalState, type Entry, ended, isOpen, type TokenResponse } from './record.js';
import type { Records } from './records.js';
import type { Server, ServerAnswer } from './server.js';

/** Seconds that each `slow_down` adds to the interval, for good (CIBA Core, section 11). */
const slowDownStep = 5;
/** Extra milliseconds on the interval: the server counts from its answer, and clocks are not that exact. */
const margin = 100;

/** What the errors of the token endpoint, and of pushes, mean (CIBA Core, sections 11 and 12). */
const ends: Readonly<Record<string, ApprovalState>> = {
  access_denied: 'denied',
  expired_token: 'expired',
  transaction_failed: 'failed',
};

/** Token requests, and their results. */
export interface Redeem {
  /**
   * Makes one token request and stores its result. Tokens are stored before they are checked.
   *
   * @returns milliseconds until the next may be made
   */
  poll(entry: Entry, dpop: DPoPHandle | undefined): Promise<number>;
  /** Checks the stored tokens. @returns `false` when the keys cannot be fetched, so that the check must be repeated */
  judge(entry: Entry): Promise<boolean>;
}

export function redeem(records: Records, server: Server, judgeResponse: Judge, logger: PackageLogger): Redeem {
  async function request(
    authReqId: string,
    dpop: DPoPHandle | undefined,
  ): Promise<{ verdict: Verdict; answer?: ServerAnswer }> {
    try {
      const answer = await server.token(authReqId, dpop);
      return { verdict: verdictOf(answer), answer };
    } catch (error) {
      logger.debug('a poll brought no answer', { error });
      return { verdict: { type: 'nothing', retryAfter: undefined } };
    }
  }

  async function keep(entry: Entry, response: TokenResponse): Promise<void> {
    const kept = await records.moveSurely(entry, (record) => withResponse(record, response));
    if (kept.contents.state === 'withdrawn') await revokeTokens(server, response, logger);
  }

  return {
    async poll(entry, dpop) {
      const { authReqId = '', interval = 5 } = entry.contents;
      const sentAt = performance.now();
      const { verdict, answer } = await request(authReqId, dpop);
      const wait = interval * 1000 + margin;
      if (verdict.type === 'nothing') return Math.max(wait, verdict.retryAfter ?? 0);
      if (verdict.type === 'ok') {
        if (answer) await keep(entry, { body: answer.body, at: answer.at });
        return 0;
      }
      if (verdict.error === 'authorization_pending') {
        // A poll that was held that long has already waited for its interval.
        return performance.now() - sentAt >= interval * 1000 ? 0 : wait;
      }
      if (verdict.error === 'use_dpop_nonce') return wait;
      if (verdict.error === 'slow_down') {
        const slower = interval + slowDownStep;
        await records.moveSurely(entry, (record) =>
          record.state === 'waiting' ? { ...record, interval: slower } : undefined,
        );
        return slower * 1000 + margin;
      }
      await records.moveSurely(entry, (record) => afterError(record, verdict.error, verdict.description));
      return 0;
    },
    async judge(entry) {
      const { response, authReqId = '' } = entry.contents;
      if (response === undefined) return true;
      try {
        await judgeResponse(response, authReqId);
        await records.moveSurely(entry, (record) => (record.state === 'waiting' ? approved(record) : undefined));
        return true;
      } catch (error) {
        if (!(error instanceof BadResponse)) {
          logger.warn('the keys of ID tokens could not be fetched: the client tries again', { error });
          return false;
        }
        logger.error('the server has sent tokens that must not be used', { why: error.message });
        await records.moveSurely(entry, (record) =>
          record.state === 'waiting'
            ? ended(record, 'lost', { error: 'invalid_response', errorDescription: error.message })
            : undefined,
        );
        return true;
      }
    },
  };
}

/** The record when tokens have come, even if they were thought lost. */
export function withResponse(record: ApprovalRecord, response: TokenResponse): ApprovalRecord | undefined {
  if (record.response !== undefined || (record.state !== 'waiting' && record.state !== 'lost')) return undefined;
  const { error: _, errorDescription: __, ...rest } = record;
  return { ...rest, state: 'waiting', response };
}

/** The record after an OAuth error that ends it. */
export function afterError(
  record: ApprovalRecord,
  error: string,
  description: string | undefined,
): ApprovalRecord | undefined {
  // Tokens that another process has fetched stay.
  if (!isOpen(record) || record.response !== undefined) return undefined;
  const state = ends[error] ?? 'lost';
  const why = { error, ...(description !== undefined && { errorDescription: description }) };
  // A poll of a process that was thought dead may still bring tokens, and they need the key.
  const { dpopKey, authReqId } = record;
  const kept = state === 'lost' && { ...(dpopKey && { dpopKey }), ...(authReqId !== undefined && { authReqId }) };
  return { ...ended(record, state, why), ...kept };
}

function approved(record: ApprovalRecord): ApprovalRecord {
  const { lease: _, notified: __, notificationToken: ___, ...rest } = record;
  return { ...rest, state: 'approved' };
}

/** Tries once to revoke the tokens of a withdrawn approval. */
export async function revokeTokens(server: Server, response: TokenResponse, logger: PackageLogger): Promise<void> {
  try {
    const { refreshToken, accessToken } = tokensOf(response);
    if (refreshToken !== undefined) await server.revoke(refreshToken, 'refresh_token');
    await server.revoke(accessToken, 'access_token');
  } catch (error) {
    logger.warn('the tokens of an approval that was withdrawn could not be revoked', { error });
  }
}
