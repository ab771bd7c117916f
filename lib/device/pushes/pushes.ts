import { setMaxListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { backoff, isWorthRetrying, retryAfter } from '../../notification/retry.js';
import { proxyOption } from '../../outbound/proxy.js';
import type { Logger } from '../../telemetry/logger.js';
import type { PushPayload } from '../settings/api.js';
import type { PushOptions } from '../settings/options.js';
import type { Subscription } from '../store/contents.js';
import type { Entry, Rows } from '../store/rows.js';
import { type PushServiceAnswer, pushServices } from './push-service.js';
import { subscriptionOf } from './push-subscription.js';
import { unsubscribe } from './subscribe.js';

/** Maximum number of pushes on their way. Further ones are not sent; the page still lists the request. */
const maxPushes = 10_000;
/** The same for one user: a user could choose push services that hang, and must not use up the places of others. */
const maxOfOneUser = 100;

export interface PushTimes {
  /** Seconds for which the push service keeps it (RFC 8030, section 5.2). */
  ttl: number;
  /** Milliseconds since the epoch; after that no attempt begins. */
  until: number;
  /** Aborted when nobody needs to see it any longer. */
  signal?: AbortSignal;
  /** Called before a repetition: another process may know that nobody needs to see it any longer. */
  isWanted?: () => Promise<boolean>;
}

/** Web Push. */
export interface Pushes {
  /** @throws CallError `invalid_request` */
  subscriptionOf(value: unknown): Subscription;
  /**
   * Sends a push to a phone, and repeats it while the push service cannot take it. A final refusal (any 4xx
   * except 408, 425 and 429) is not repeated. Never rejects.
   *
   * @returns `gone` when the phone no longer has a subscription
   */
  send(phone: Entry<'phone'>, payload: PushPayload, times: PushTimes): Promise<'sent' | 'gone' | 'failed'>;
  close(): Promise<void>;
}

export function pushes(push: PushOptions, rows: Rows, logger: Logger): Pushes {
  const isAllowed = (url: URL) => push.allow?.(url) === true;
  const services = pushServices(isAllowed, proxyOption(push.proxy, 'push.proxy'));
  const webPush = loadWebPush();
  webPush.catch((error) => logger.error('no push can be sent', { error }));
  const closed = new AbortController();
  setMaxListeners(0, closed.signal);
  let running = 0;
  const runningOf = new Map<string, number>();

  async function attempt({ endpoint, keys }: Subscription, payload: PushPayload, ttl: number, stop: AbortSignal) {
    const { generateRequestDetails } = await webPush;
    const { subject, publicKey, privateKey } = push;
    const topic = Object.values(payload)[0] as string;
    const details = generateRequestDetails({ endpoint, keys }, JSON.stringify(payload), {
      vapidDetails: { subject, publicKey, privateKey },
      TTL: Math.max(0, Math.floor(ttl)),
      urgency: 'high',
      // A repeated push replaces the one before (RFC 8030, section 5.4).
      topic,
    });
    const headers = Object.entries(details.headers).map(([name, value]) => [name, String(value)]);
    return services.post({ endpoint, headers: Object.fromEntries(headers), body: details.body as Buffer }, stop);
  }

  async function send(phone: Entry<'phone'>, subscription: Subscription, payload: PushPayload, times: PushTimes) {
    const stop = AbortSignal.any([closed.signal, ...(times.signal ? [times.signal] : [])]);
    const begun = performance.now();
    const about = { phone: phone.id, pushService: new URL(subscription.endpoint).host };
    for (let attempts = 1; !stop.aborted; attempts += 1) {
      let answer: PushServiceAnswer | undefined;
      let error: unknown;
      try {
        answer = await attempt(subscription, payload, times.ttl - (performance.now() - begun) / 1000, stop);
      } catch (thrown) {
        error = thrown;
      }
      const { status = 0, retryAfter: header, reason } = answer ?? {};
      if (status >= 200 && status < 300) return 'sent';
      if (status === 404 || status === 410) {
        await forget(phone.id, subscription.endpoint);
        return 'gone';
      }
      if (status !== 0 && !isWorthRetrying(status)) {
        logger.error('a push service refuses pushes for good', { ...about, status, reason });
        return 'failed';
      }
      const delay = Math.max(backoff(attempts), retryAfter(header));
      const again = Date.now() + delay < times.until && !stop.aborted;
      if (!stop.aborted) {
        logger.warn('a push was not accepted', { ...about, status, reason, attempts, again, error });
      }
      if (!again) return 'failed';
      await wait(delay, undefined, { signal: stop, ref: false }).catch(() => {});
      // If the store does not answer, the push is sent.
      if (!stop.aborted && (await times.isWanted?.().catch(() => true)) === false) return 'failed';
    }
    return 'failed';
  }

  /** RFC 8030, section 7.3: push services answer 410 (some of them 404) when the subscription has ended. */
  async function forget(id: string, endpoint: string): Promise<void> {
    try {
      await unsubscribe(rows, id, endpoint);
    } catch (error) {
      logger.error('a push subscription that has ended could not be removed', { phone: id, error });
    }
  }

  return {
    subscriptionOf: (value) => subscriptionOf(value, isAllowed),
    async send(phone, payload, times) {
      const { subscription } = phone.contents;
      if (subscription === undefined) return 'gone';
      const ofUser = runningOf.get(phone.subject) ?? 0;
      if (running >= maxPushes || ofUser >= maxOfOneUser) {
        logger.error('too many pushes are on their way: one was not sent', { phone: phone.id, ofUser, running });
        return 'failed';
      }
      running += 1;
      runningOf.set(phone.subject, ofUser + 1);
      try {
        return await send(phone, subscription, payload, times);
      } finally {
        running -= 1;
        const left = (runningOf.get(phone.subject) ?? 1) - 1;
        if (left > 0) runningOf.set(phone.subject, left);
        else runningOf.delete(phone.subject);
      }
    },
    async close() {
      closed.abort();
      await services.destroy();
    },
  };
}

async function loadWebPush(): Promise<typeof import('web-push')> {
  try {
    return (await import('web-push')).default as typeof import('web-push');
  } catch (cause) {
    throw new Error('the option push of authenticationDevice needs the package web-push: npm install web-push', {
      cause,
    });
  }
}
