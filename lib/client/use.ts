import { setTimeout as sleep } from 'node:timers/promises';
import type { IDToken } from 'openid-client';
import { optionalStrings, requireFunction } from '../options/checks.js';
import { requireKnownOptions } from '../options/known-options.js';
import type { PackageLogger } from '../telemetry/logger.js';
import { ApprovalError } from './errors.js';
import { type Tokens, tokensOf } from './id-token.js';
import type { Leases } from './leases.js';
import { type Entry, ended, type TokenResponse } from './record.js';
import type { Records } from './records.js';
import type { ResourceFetch } from './resource-fetch.js';

/** Milliseconds without a sign of life after which a process that uses an approval counts as killed. */
const silence = 7000;
/** Milliseconds between two looks. */
const lookPeriod = 500;

/** What `use()` gives to the function that does what was approved. */
export interface Granted {
  readonly accessToken: string;
  readonly idToken: string | undefined;
  /** The claims of the ID token. */
  readonly claims: IDToken | undefined;
  /** What was granted (RFC 9396), according to the server. */
  readonly authorizationDetails: readonly object[] | undefined;
  /**
   * `fetch` with the token, and with a proof if the token is bound to a key (RFC 9449). It calls only the origins that the
   * option `origins` names; by default, that of the first call.
   */
  readonly fetch: ResourceFetch;
  /** 1 the first time. If it is more, the work may have been done, wholly or in part: check before you do it again. */
  readonly attempt: number;
  /** Aborted when the client is closed. */
  readonly signal: AbortSignal;
}

/** Options of `use()`. */
export interface UseOptions {
  /** Origins to which the token may go, such as `https://bank.example`. Default: that of the first call. */
  origins?: readonly string[] | undefined;
}

/** Does what was approved, one call at a time. */
export type Use = <T>(id: string, run: Run<T>, options?: UseOptions) => Promise<T>;

type Run<T> = (granted: Granted) => T | PromiseLike<T>;

/**
 * @param fetchFor makes the `fetch` that adds the token
 * @param closing aborted when the client is closed
 */
export function user(
  records: Records,
  leases: Leases,
  fetchFor: (entry: Entry, tokens: Tokens, origins: readonly string[] | undefined) => Promise<ResourceFetch>,
  closing: AbortSignal,
  logger: PackageLogger,
): Use {
  const running = new Set<string>();

  /** Takes the record for a use by this process. */
  async function begin(id: string): Promise<Entry> {
    for (;;) {
      const entry = await records.find(id);
      if (entry === undefined) throw new ApprovalError('ERR_APPROVAL_UNKNOWN', 'there is no approval with this key');
      const { state, lease } = entry.contents;
      if (state !== 'approved' && state !== 'using') throw notApproved(state);
      if (state === 'using' && !(await isAbandoned(lease))) throw inUse();
      await leases.begin();
      const begun = await records.move(entry, (record) =>
        record.state === state && record.lease === lease
          ? { ...record, state: 'using', lease: leases.mine, attempt: (record.attempt ?? 0) + 1 }
          : undefined,
      );
      if (begun.version === entry.version + 1 && begun.contents.lease === leases.mine) return begun;
    }
  }

  /** Whether the process that holds the record is gone. Waits until this is clear. */
  async function isAbandoned(holder: string | undefined): Promise<boolean> {
    if (holder === undefined || holder === leases.mine) return true;
    const until = performance.now() + silence + 2 * lookPeriod;
    while (performance.now() < until) {
      if (await leases.isGone(holder, silence)) return true;
      if (leases.hasMoved(holder)) return false;
      await sleep(lookPeriod);
    }
    return false;
  }

  async function end(entry: Entry, isUsed: boolean): Promise<void> {
    await records.moveSurely(entry, (record) => {
      if (record.state !== 'using' || record.lease !== leases.mine || record.attempt !== entry.contents.attempt) {
        return undefined;
      }
      if (isUsed) return ended(record, 'used');
      const { lease: _, ...rest } = record;
      return { ...rest, state: 'approved' };
    });
  }

  async function runOrGiveBack<T>(entry: Entry, run: Run<T>, { origins }: UseOptions): Promise<T> {
    try {
      const tokens = tokensOf(entry.contents.response as TokenResponse);
      const { accessToken, idToken, claims, authorizationDetails } = tokens;
      return await run({
        accessToken,
        idToken,
        claims: claims as IDToken | undefined,
        authorizationDetails: authorizationDetails as readonly object[] | undefined,
        fetch: await fetchFor(entry, tokens, origins),
        attempt: entry.contents.attempt ?? 1,
        signal: closing,
      });
    } catch (error) {
      await end(entry, false).catch((cause) => {
        logger.error('an approval could not be made usable again after its use failed', { error: cause });
      });
      throw error;
    }
  }

  return async (id, run, options = {}) => {
    requireFunction(run, 'run');
    requireKnownOptions(options, { origins: true }, 'use');
    optionalStrings(options.origins, 'origins');
    if (closing.aborted) throw new ApprovalError('ERR_APPROVAL_CLOSED', 'the client is closed');
    if (running.has(id)) throw inUse();
    running.add(id);
    try {
      const entry = await begin(id);
      const result = await runOrGiveBack(entry, run, options);
      await end(entry, true);
      return result;
    } finally {
      running.delete(id);
    }
  };
}

function notApproved(state: string): ApprovalError {
  return new ApprovalError('ERR_APPROVAL_NOT_APPROVED', `there is nothing to use: the approval is ${state}`, { state });
}

function inUse(): ApprovalError {
  return new ApprovalError('ERR_APPROVAL_IN_USE', 'the approval is being used');
}
