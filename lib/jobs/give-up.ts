import { closedError } from '../notification/attempt.js';
import { NotificationError } from '../notification/errors.js';
import { presentableEndpoint } from '../notification/post.js';
import type { GiveUpReport, NotificationOptions } from '../notification/types.js';
import type { EventListener, GiveUpReason } from '../telemetry/events.js';
import type { PackageLogger } from '../telemetry/logger.js';
import { about, type DecisionContents, type JobContents, type NotificationContents } from './contents.js';
import type { Undone } from './types.js';

/** Reports the work that is given up to the host: with an event, a line in the log and `onGiveUp`. */
export interface GiveUp {
  /** The work that `close()` has given up so far. */
  readonly undone: Undone;
  /** Reports a ping or push. @param attempts number of all attempts */
  notification(contents: NotificationContents, why: GiveUpReason, attempts: number, error: NotificationError): void;
  /** Reports a decision that Authlete has not taken, or whose outcome is unknown. */
  decision(contents: DecisionContents, why: GiveUpReason, durationMs: number): void;
  /** Reports work that `close()` has left undone and that the store perhaps does not have. */
  closing(contents: JobContents): void;
}

export interface GiveUpOptions {
  onGiveUp: NotificationOptions['onGiveUp'];
  emit: EventListener;
  logger: PackageLogger;
}

export function giveUp({ onGiveUp, emit, logger }: GiveUpOptions): GiveUp {
  function report(given: GiveUpReport): void {
    const failed = (error: unknown) => logger.error('notifications.onGiveUp failed', { error }, 'host');
    try {
      Promise.resolve(onGiveUp?.(given)).catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  const undone: Undone = { tickets: [], deliveries: 0 };
  const given: GiveUp = {
    undone,

    closing(contents) {
      if (contents.kind === 'decision') given.decision(contents, 'closed', 0);
      if (contents.kind === 'notification') given.notification(contents, 'closed', contents.attempts, closedError());
    },

    notification({ transaction, result, endpoint, status, begunAt }, why, attempts, error) {
      const what = {
        ...about(transaction),
        why,
        ...(status !== undefined && { status }),
        attempts,
        durationMs: Math.max(0, Date.now() - begunAt),
      };
      if (why === 'closed') undone.deliveries += 1;
      emit({ type: 'gaveUp', ...what });
      const details = { ...what, result, endpoint: presentableEndpoint(endpoint), error };
      // Only the host can allow calls to an address in its own network.
      if (error.code === 'ERR_NOTIFICATION_ENDPOINT') logger.error('a notification was given up', details, 'host');
      else logger.error('a notification was given up', details);
      report(details);
    },

    decision({ transaction, request, unasked }, why, durationMs) {
      const { ticket, deliveryMode } = transaction;
      if (why === 'closed') undone.tickets.push(ticket);
      // Nobody has decided, and the client knows by itself when its time is over.
      if (unasked && why !== 'unknown') return;
      const what = { ...about(transaction), why, durationMs };
      emit({ type: 'gaveUp', ...what, attempts: 0 });
      const { result } = request;
      logger.error('a decision was given up', { ...what, result });
      if (why !== 'unknown' || deliveryMode === 'POLL') return;
      const error = new NotificationError(
        'ERR_NOTIFICATION_UNKNOWN',
        "Authlete's answer was lost; whether there was something to deliver is not known",
      );
      report({ ...what, result, endpoint: '', attempts: 0, error });
    },
  };
  return given;
}
