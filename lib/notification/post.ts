import type { SecureContext } from 'node:tls';
import { type OutboundAgent, outboundAgent } from '../outbound/outbound-agent.js';
import type { ProxyFor } from '../outbound/proxy.js';
import { isSilence } from '../outbound/public-lookup.js';
import { NotificationError } from './errors.js';

/** A ping or a push, as Authlete gave it. */
export interface Notification {
  endpoint: string;
  /** The client's notification token. Secret. */
  token: string;
  /** Of a push it holds the tokens. Secret. */
  body: string;
}

/** What the client's endpoint said. */
export interface EndpointAnswer {
  status: number;
  retryAfter?: string | string[];
}

/** Makes attempts. */
export interface Poster {
  /**
   * One attempt.
   *
   * @throws NotificationError
   */
  post(notification: Notification, signal: AbortSignal): Promise<EndpointAnswer>;
  /** Ends every connection. */
  destroy(): Promise<void>;
}

export interface PosterOptions {
  allow?: ((url: URL) => boolean) | undefined;
  secureContext?: SecureContext | undefined;
  proxyFor?: ProxyFor | undefined;
  /** Longest time of an attempt, in milliseconds. */
  timeout: number;
}

/** What is read of the answer's body, so that the connection can be used again. Bytes. */
const maxBody = 16 * 1024;

/** Connections to one origin: a client that has stopped answering must not use up the process's sockets. */
const maxConnections = 64;

export function poster({ allow, secureContext, proxyFor, timeout }: PosterOptions): Poster {
  const agent = outboundAgent({
    allow: allow && waiver(allow),
    secureContext,
    proxyFor,
    timeout,
    connections: maxConnections,
  });

  return {
    async post(notification, signal) {
      const attempt = new AbortController();
      const timer = setTimeout(() => attempt.abort(timedOut(timeout)), timeout);
      const stop = () => attempt.abort(signal.reason);
      signal.addEventListener('abort', stop);
      const release = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', stop);
      };
      try {
        signal.throwIfAborted();
        const { statusCode, headers, body } = await send(agent, notification, attempt.signal);
        // The status has said it all: the rest of the answer is waited for by nobody, and bounded.
        timer.unref();
        body
          .dump({ limit: maxBody })
          .catch(() => {})
          .finally(release);
        return { status: statusCode, ...(headers['retry-after'] && { retryAfter: headers['retry-after'] }) };
      } catch (error) {
        release();
        throw notificationError(error);
      }
    },
    destroy: agent.destroy,
  };
}

function send(agent: OutboundAgent, { endpoint, token, body }: Notification, signal: AbortSignal) {
  const url = webUrl(endpoint);
  if (url === undefined) {
    throw new NotificationError('ERR_NOTIFICATION_ENDPOINT', 'the notification endpoint is not an https: URL');
  }
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  return agent.request(url, { method: 'POST', headers, body, signal });
}

/** The endpoint without user name, password, query and fragment, which may be secrets. */
export function presentableEndpoint(endpoint: string): string {
  const url = webUrl(endpoint);
  return url ? `${url.origin}${url.pathname}` : '';
}

function webUrl(endpoint: string): URL | undefined {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  return url && /^https?:$/.test(url.protocol) ? url : undefined;
}

function waiver(allow: (url: URL) => boolean): (url: URL) => boolean {
  return (url) => {
    try {
      return allow(url);
    } catch (error) {
      throw new NotificationError('ERR_NOTIFICATION_ENDPOINT', 'notifications.allow failed', error);
    }
  };
}

function timedOut(timeout: number): NotificationError {
  return new NotificationError('ERR_NOTIFICATION_TIMEOUT', `no answer within ${timeout} ms`);
}

function notificationError(error: unknown): NotificationError {
  if (error instanceof NotificationError) return error;
  const { code, name, message, data } = error as { code?: unknown; name: string; message: string; data?: unknown };
  if (code === 'ERR_ADDRESS_NOT_PUBLIC' || code === 'ERR_HOST_NAME') {
    return new NotificationError('ERR_NOTIFICATION_ENDPOINT', message);
  }
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || isSilence(code)) {
    return new NotificationError('ERR_NOTIFICATION_TIMEOUT', 'no connection within the timeout', error);
  }
  // The parser's errors have what the endpoint sent in them (`data`), and that may be an echo of what it got.
  const cause = data === undefined ? error : undefined;
  const what = code === 'ERR_PROXY' ? message : String(code ?? name);
  return new NotificationError('ERR_NOTIFICATION_UNREACHABLE', `the endpoint could not be reached: ${what}`, cause);
}
