import { setMaxListeners } from 'node:events';
import type { BackchannelAuthenticationCompleteResult } from '../authlete/backchannel-authentication-complete.js';
import type { DeliveryMode } from '../authlete/common-types.js';
import { NotificationError } from '../completion/errors.js';
import type { EventListener } from '../telemetry/events.js';
import type { Logger } from '../telemetry/logger.js';
import { Deadline } from '../time/deadline.js';
import { inFlight } from '../time/in-flight.js';
import { closed, type DeliveryOptions, deliver } from './deliver.js';
import type { CheckedNotificationOptions } from './options.js';
import { poster } from './post.js';
import type { GiveUpReport, NotificationOutcome } from './types.js';

/** A ping or a push, and what may be told of it. */
export interface Notification {
  /** As Authlete gave it. */
  endpoint: string;
  /** The client's notification token. Secret. */
  token: string;
  /** Of a push it holds the tokens. Secret. */
  body: string;
  /** After this no attempt begins, milliseconds since the epoch. */
  until: number;
  clientId: string;
  subject: string;
  result: BackchannelAuthenticationCompleteResult;
  deliveryMode?: DeliveryMode;
}

/** Everything that is on its way to clients. */
export interface Deliveries {
  /** Never rejects. */
  start(notification: Notification): Promise<NotificationOutcome>;
  /**
   * Waits for the deliveries until the deadline; gives up what is left.
   *
   * @returns how many were given up because of it
   */
  close(deadline: Deadline): Promise<number>;
}

export interface DeliveriesOptions extends CheckedNotificationOptions, Pick<DeliveryOptions, 'backoff'> {
  logger: Logger;
  emit: EventListener;
}

/** Milliseconds that an attempt under way has when `close()` is out of time: it may be the first and the only one. */
const lastChance = 500;

export function deliveries(options: DeliveriesOptions): Deliveries {
  const { logger, emit, onGiveUp, backoff } = options;
  const { post, destroy } = poster(options);
  const running = inFlight();
  const stop = new AbortController();
  const kill = new AbortController();
  setMaxListeners(0, stop.signal, kill.signal);
  let undone = 0;

  async function run(notification: Notification): Promise<NotificationOutcome> {
    const { endpoint, token, body, clientId, subject } = notification;
    const begun = performance.now();
    const url = webUrl(endpoint);
    const outcome = url
      ? await deliver({ post }, { endpoint: url, token, body }, whenItFails(notification))
      : notAUrl();
    const durationMs = performance.now() - begun;
    const { attempts } = outcome;
    if (outcome.delivered) {
      emit({ type: 'notified', clientId, subject, status: outcome.status, attempts, durationMs });
    } else {
      const { status, error } = outcome;
      if (error.code === 'ERR_NOTIFICATION_CLOSED') undone += 1;
      const answered = status === undefined ? {} : { status };
      emit({ type: 'gaveUp', clientId, subject, ...answered, attempts, durationMs });
      tell({ ...about(notification, url), ...answered, attempts, error, durationMs });
    }
    return outcome;
  }

  function whenItFails({ until, clientId, subject }: Notification): DeliveryOptions {
    return {
      until,
      stop: stop.signal,
      kill: kill.signal,
      onRetry(failure) {
        logger.warn('a notification failed and will be repeated', { clientId, subject, ...failure });
      },
      ...(backoff && { backoff }),
    };
  }

  function tell(report: GiveUpReport): void {
    logger.error('a notification was given up', report);
    const failed = (error: unknown) => logger.error('notifications.onGiveUp failed', { error });
    try {
      Promise.resolve(onGiveUp?.(report)).catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  return {
    start(notification) {
      const delivery = run(notification);
      running.track(delivery);
      return delivery;
    },
    async close(deadline) {
      await running.idle(deadline);
      stop.abort(closed());
      await running.idle(new Deadline(lastChance));
      kill.abort(closed());
      await running.idle(new Deadline(lastChance));
      await destroy();
      return undone;
    },
  };
}

function webUrl(endpoint: string): URL | undefined {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  return url && /^https?:$/.test(url.protocol) ? url : undefined;
}

function notAUrl(): NotificationOutcome {
  const error = new NotificationError('ERR_NOTIFICATION_ENDPOINT', 'the notification endpoint is not an https: URL');
  return { delivered: false, attempts: 0, error };
}

/** What may be told: user name, password and query of the endpoint may be secrets. */
function about({ clientId, subject, result, deliveryMode }: Notification, url: URL | undefined) {
  const endpoint = url ? `${url.origin}${url.pathname}` : '';
  return { clientId, subject, result, ...(deliveryMode && { deliveryMode }), endpoint };
}
