import { randomBytes } from 'node:crypto';
import type { SealedEntry } from '../stores/sealed-rows.js';
import type { PackageLogger } from '../telemetry/logger.js';
import type { Contents, Rows } from './record.js';

/** Milliseconds between two signs of life. */
const period = 1000;
/** Milliseconds for which the row of a process is kept. */
const lifetime = 3_600_000;

/**
 * The lease of a record belongs to the process whose id is in it, for as long as that process lives. One row for each
 * process shows that, with a new version every second: another process that sees the same version for a while takes over.
 * No two clocks are compared, and a killed process is noticed within seconds, even if the server holds its poll for longer.
 */
export interface Leases {
  /** The id of this process. */
  readonly mine: string;
  /** Begins to show signs of life, before the first lease is stored. */
  begin(): Promise<void>;
  /**
   * Whether a holder is gone. To find that out takes at least two calls, {@link deadAfter} apart.
   *
   * @param silence milliseconds without a sign of life
   */
  isGone(holder: string, silence?: number): Promise<boolean>;
  /** Whether a holder has shown a sign of life between two looks of {@link isGone}. */
  hasMoved(holder: string): boolean;
  /**
   * Ends the signs of life.
   *
   * @param isIdle whether nothing is under way: then others need not wait until they notice that this process is gone
   */
  end(isIdle: boolean): Promise<void>;
}

/** Milliseconds without a sign of life after which a process counts as killed. */
export const deadAfter = 3500;

export function leases(rows: Rows, logger: PackageLogger): Leases {
  const mine = randomBytes(16).toString('base64url');
  const seen = new Map<string, { version: number; since: number; hasMoved: boolean }>();
  let row: SealedEntry<Contents, 'process'> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let beginning: Promise<void> | undefined;

  async function show(): Promise<void> {
    row &&= await rows.replace(row, {});
    if (row) return;
    const expiresAt = Date.now() + lifetime;
    await rows.insert({ kind: 'process', id: mine, subject: mine, contents: {}, expiresAt });
    row = await rows.find('process', mine);
  }

  async function begin(): Promise<void> {
    await show();
    let isShowing = false;
    timer = setInterval(() => {
      if (isShowing) return;
      isShowing = true;
      show()
        .catch((error) => logger.warn('the store of approvals did not store a sign of life of this process', { error }))
        .finally(() => {
          isShowing = false;
        });
    }, period).unref();
  }

  return {
    mine,
    begin() {
      beginning ??= begin().catch((error) => {
        beginning = undefined;
        throw error;
      });
      return beginning;
    },
    async isGone(holder, silence = deadAfter) {
      if (holder === mine) return false;
      try {
        const found = await rows.find('process', holder);
        if (found === undefined) return true;
        const last = seen.get(holder);
        if (last?.version === found.version) return performance.now() - last.since >= silence;
        seen.set(holder, { version: found.version, since: performance.now(), hasMoved: last !== undefined });
        return false;
      } catch (error) {
        // A process that cannot reach the store could not show a sign of life either.
        seen.delete(holder);
        throw error;
      }
    },
    hasMoved: (holder) => seen.get(holder)?.hasMoved === true,
    async end(isIdle) {
      clearInterval(timer);
      if (!isIdle || row === undefined) return;
      const { id } = row;
      await rows.remove(row).catch((error) => logger.warn('the row of a process could not be removed', { id, error }));
    },
  };
}
