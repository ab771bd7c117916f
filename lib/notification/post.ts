import type { SecureContext } from 'node:tls';
import { outboundAgent } from '../outbound/outbound-agent.js';
import type { ProxyFor } from '../outbound/proxy.js';
import { isSilence } from '../outbound/public-lookup.js';
import { NotificationError } from './errors.js';

/** A ping or a push, as Authlete gave it. */
export interface Notification {
  endpoint: string;
  /** The client's notification token. Secret. */
  token: string;
  /** In push mode it holds the tokens. Secret. */
  body: string;
}

/** What the client's endpoint said. */
export interface EndpointAnswer {
  status: number;
  retryAfter?: string | string[];
}

/** Makes attempts to deliver notifications. */
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

/** Maximum connections to one origin: a client that has stopped answering must not use up the process's sockets. */
const maxConnections = 64;

export function poster({ allow, secureContext, proxyFor, timeout }: PosterOptions): Poster {
  const agent = outboundAgent({
    allow: allow && waiver(allow),
    secureContext,
    proxyFor,
    timeout,
    connections: maxConnections,
  });
  const lateError = () => new NotificationError('ERR_NOTIFICATION_TIMEOUT', `no answer within ${timeout} ms`);

  return {
    async post({ endpoint, token, body }, signal) {
      const url = webUrl(endpoint);
      if (url === undefined) {
        throw new NotificationError('ERR_NOTIFICATION_ENDPOINT', 'the notification endpoint is not an https: URL');
      }
      const sent = ['content-type', 'application/json', 'authorization', `Bearer ${token}`];
      try {
        const answer = await agent.post(url, { headers: sent, body, timeout, lateError, signal });
        const { 'retry-after': retryAfter } = answer.headers;
        return { status: answer.status, ...(retryAfter && { retryAfter }) };
      } catch (error) {
        throw notificationError(error);
      }
    },
    destroy: agent.destroy,
  };
}

/** The endpoint without user name, password, query and fragment, which may be secrets. */
export function presentableEndpoint(endpoint: string): string {
  const url = webUrl(endpoint);
  return url ? `${url.origin}${url.pathname}` : '';
}

function webUrl(endpoint: string): URL | undefined {
  const url = parsed(endpoint);
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? url : undefined;
}

function parsed(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
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

function notificationError(error: unknown): NotificationError {
  if (error instanceof NotificationError) return error;
  const { code, name, message, data } = error as { code?: unknown; name: string; message: string; data?: unknown };
  if (code === 'ERR_ADDRESS_NOT_PUBLIC' || code === 'ERR_HOST_NAME') {
    return new NotificationError('ERR_NOTIFICATION_ENDPOINT', message);
  }
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || isSilence(code)) {
    return new NotificationError('ERR_NOTIFICATION_TIMEOUT', 'no connection within the timeout', error);
  }
  // The parser's errors hold what the endpoint sent (`data`), which may echo what it received.
  const cause = data === undefined ? error : undefined;
  const what = code === 'ERR_PROXY' ? message : String(code ?? name);
  return new NotificationError('ERR_NOTIFICATION_UNREACHABLE', `the endpoint could not be reached: ${what}`, cause);
}
