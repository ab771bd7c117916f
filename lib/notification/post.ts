import type { SecureContext } from 'node:tls';
import { Agent, type Dispatcher, request } from 'undici';
import { NotificationError } from '../completion/errors.js';
import { publicConnector, tlsOptions } from '../outbound/public-address.js';

/** What is sent in one attempt. */
export interface Message {
  endpoint: URL;
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
  post(message: Message, signal: AbortSignal): Promise<EndpointAnswer>;
  /** Ends every connection. */
  destroy(): Promise<void>;
}

export interface PosterOptions {
  allow?(url: URL): boolean;
  secureContext?: SecureContext;
  /** Longest time of an attempt, milliseconds. */
  timeout: number;
}

/** What is read of the answer's body, so that the connection can be used again. Bytes. */
const bodyLimit = 16 * 1024;

/** Connections to one origin: a client that has stopped answering must not use up the process's sockets. */
const connections = 64;

export function poster({ allow, secureContext, timeout }: PosterOptions): Poster {
  // Redirects are never followed: undici's request() does not. Idle connections do not hold the process.
  const common = { connections, headersTimeout: 0, bodyTimeout: 0 };
  const strict = new Agent({
    ...common,
    connect: publicConnector({ ...(secureContext && { secureContext }), timeout }),
  });
  // For endpoints that `allow` waives the rule for: two agents, as a connection may serve several URLs of an origin.
  const waived = new Agent({ ...common, connect: { ...tlsOptions(secureContext), timeout } });

  async function send(message: Message, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    try {
      return await sendBy(strict, message, signal);
    } catch (error) {
      if (codeOf(error) !== 'ERR_ADDRESS_NOT_PUBLIC') throw error;
      if (!isAllowed(message.endpoint)) {
        throw new NotificationError('ERR_NOTIFICATION_ENDPOINT', (error as Error).message);
      }
      return sendBy(waived, message, signal);
    }
  }

  function isAllowed(endpoint: URL): boolean {
    try {
      return allow?.(new URL(endpoint)) === true;
    } catch (error) {
      throw new NotificationError('ERR_NOTIFICATION_ENDPOINT', 'notifications.allow failed', error);
    }
  }

  return {
    async post(message, signal) {
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
        const sent = send(message, attempt.signal);
        const { statusCode, headers, body } = await unlessAborted(sent, attempt.signal);
        // The status has said it all: the rest of the answer is waited for by nobody, and bounded.
        timer.unref();
        body
          .dump({ limit: bodyLimit })
          .catch(() => {})
          .finally(release);
        return { status: statusCode, ...(headers['retry-after'] && { retryAfter: headers['retry-after'] }) };
      } catch (error) {
        release();
        throw notificationError(error);
      }
    },
    async destroy() {
      await Promise.all([strict.destroy(), waived.destroy()]);
    },
  };
}

function sendBy(agent: Agent, { endpoint, token, body }: Message, signal: AbortSignal) {
  return request(endpoint, {
    dispatcher: agent,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body,
    signal,
  });
}

/** undici hears of an abort only after it has connected. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}

function timedOut(timeout: number): NotificationError {
  return new NotificationError('ERR_NOTIFICATION_TIMEOUT', `no answer within ${timeout} ms`);
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code;
}

function notificationError(error: unknown): NotificationError {
  if (error instanceof NotificationError) return error;
  const code = String(codeOf(error) ?? (error as Error).name);
  if (code === 'UND_ERR_CONNECT_TIMEOUT') {
    return new NotificationError('ERR_NOTIFICATION_TIMEOUT', 'no connection within the timeout', error);
  }
  // The parser's errors have what the endpoint sent in them (`data`), and that may be an echo of what it got.
  const cause = (error as { data?: unknown } | null)?.data === undefined ? error : undefined;
  return new NotificationError('ERR_NOTIFICATION_UNREACHABLE', `the endpoint could not be reached: ${code}`, cause);
}
