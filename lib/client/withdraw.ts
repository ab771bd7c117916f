import { setTimeout as sleep } from 'node:timers/promises';
import type { Configuration } from 'openid-client';
import type { PackageLogger } from '../telemetry/logger.js';
import { verdictOf } from './answers.js';
import { ApprovalError } from './errors.js';
import { type ApprovalRecord, type Entry, ended } from './record.js';
import type { Records } from './records.js';
import { revokeTokens } from './redeem.js';
import type { Server } from './server.js';

/** Milliseconds for which the call to a server that does not answer is repeated. */
const patience = 10_000;

/** Takes a request back. */
export type Withdraw = (id: string) => Promise<Entry>;

/**
 * @param closed ends the repetitions
 * @returns a function that ends the record first, and then tells the server. It rejects with `ERR_APPROVAL_UNREACHABLE`
 *   when the server does not answer; call it again to tell the server again
 */
export function withdrawer(
  config: Configuration,
  records: Records,
  server: Server,
  changed: (id: string) => void,
  closed: AbortSignal,
  logger: PackageLogger,
): Withdraw {
  async function tell({ authReqId, response }: ApprovalRecord): Promise<void> {
    if (authReqId === undefined) return;
    if (config.serverMetadata().revocation_endpoint === undefined) {
      logger.warn('the server has no revocation endpoint: the user may still be asked', undefined, 'host');
      return;
    }
    if (response) return revokeTokens(server, response, logger);
    const until = performance.now() + patience;
    for (let wait = 250; ; wait *= 2) {
      let cause: unknown;
      try {
        const answer = await server.revoke(authReqId, 'auth_req_id');
        if (answer.status === 200) return;
        const verdict = verdictOf(answer);
        if (verdict.type === 'error') {
          logger.warn('the server did not accept the withdrawal', { error: verdict.error });
          return;
        }
        cause = new Error(`the answer has status ${answer.status}`);
      } catch (error) {
        cause = error;
      }
      closed.throwIfAborted();
      if (performance.now() + wait > until) {
        const message = 'the server does not answer: the user may still be asked';
        throw new ApprovalError('ERR_APPROVAL_UNREACHABLE', message, { cause });
      }
      await sleep(wait, undefined, { signal: closed }).catch(() => closed.throwIfAborted());
    }
  }

  return async (id) => {
    const entry = await records.find(id);
    if (entry === undefined) throw new ApprovalError('ERR_APPROVAL_UNKNOWN', 'there is no approval with this key');
    const moved = await records.move(entry, withdrawn);
    if (moved.contents.state === 'using') {
      throw new ApprovalError('ERR_APPROVAL_IN_USE', 'an approval that is being used cannot be withdrawn');
    }
    if (moved.contents.state !== 'withdrawn') return moved;
    changed(id);
    await tell(moved.contents);
    // The server has been told: what was kept to tell it can go.
    return records.move(moved, (record) =>
      record.state === 'withdrawn' && record.authReqId !== undefined ? ended(record, 'withdrawn') : undefined,
    );
  };
}

/** The record without its secrets, except those that the server must still be told. */
function withdrawn(record: ApprovalRecord): ApprovalRecord | undefined {
  if (record.state !== 'asking' && record.state !== 'waiting' && record.state !== 'approved') return undefined;
  const { authReqId, response } = record;
  return {
    ...ended(record, 'withdrawn'),
    ...(authReqId !== undefined && { authReqId }),
    ...(response && { response }),
  };
}
