import type { SecureContext } from 'node:tls';
import type { Agent, Dispatcher } from 'undici';
import { isPossibleHostName } from '../options/host-name.js';
import { AddressError, notPublic } from './address-error.js';
import { connector, publicConnector, refusalOf } from './connectors.js';
import { type OutboundPost, type PostAnswer, sendPost } from './posting.js';
import type { ProxyFor } from './proxy.js';
import { isUnknownName, publicLookup } from './public-lookup.js';
import { type Undici, withUndici } from './with-undici.js';

/** Options of {@link outboundAgent}. */
export interface OutboundAgentOptions {
  /**
   * Returns `true` to waive the rule that a URL is `https:` and at a public address. Called only if the rule refuses the URL,
   * or if DNS does not know its name: one from the hosts file, or of a search domain.
   */
  allow?: ((url: URL) => boolean) | undefined;
  /** Trusted authorities and client certificate; Node's defaults without it. */
  secureContext?: SecureContext | undefined;
  /** Longest time to connect, in milliseconds. */
  timeout: number;
  /** The proxy that leads to a host. */
  proxyFor?: ProxyFor | undefined;
  /** Maximum connections to one origin. */
  connections?: number;
  /** Maximum bytes of an answer's body. */
  maxResponseSize?: number;
  /** Whether connections are kept for the next request; default `true`. */
  keepAlive?: boolean;
}

/** Calls URLs that others chose: clients their endpoints and key sets, browsers their push service. */
export interface OutboundAgent {
  /**
   * One request. Redirects are never followed.
   *
   * @throws AddressError when the URL is not at a public `https:` address, and that is not waived
   */
  request(url: URL, options: OutboundRequest): Promise<Dispatcher.ResponseData>;
  /**
   * One POST. It costs less, since only the status and the headers of its answer are returned.
   *
   * @throws AddressError as above; the reason of the signal; or what `lateError` makes
   */
  post(url: URL, post: OutboundPost): Promise<PostAnswer>;
  /** Ends every connection. */
  destroy(): Promise<void>;
}

/** What is sent, and the signal that ends it. */
export interface OutboundRequest {
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body?: string | Uint8Array;
  signal: AbortSignal;
}

/**
 * Creates the agent: it reaches public addresses over `https:`, and others only where `allow` waives the rule.
 *
 * @example
 * ```ts
 * const { request } = outboundAgent({ timeout: 5000 });
 * const { statusCode } = await request(url, { method: 'GET', headers: {}, signal: AbortSignal.timeout(5000) });
 * ```
 */
export function outboundAgent(options: OutboundAgentOptions): OutboundAgent {
  const { allow, secureContext, timeout, proxyFor, connections, maxResponseSize, keepAlive = true } = options;
  // The request's signal limits its time.
  const common = {
    headersTimeout: 0,
    bodyTimeout: 0,
    ...(connections !== undefined && { connections }),
    ...(maxResponseSize !== undefined && { maxResponseSize }),
    ...(!keepAlive && { pipelining: 0 }),
  };
  const { lookup, cancel } = publicLookup(timeout);
  const connect = { secureContext, timeout, proxyFor };
  // Made for the first call, since many servers never make one. There are two, since a connection may serve several URLs of
  // an origin, and `allow` judges each URL.
  const agents = withUndici((undici) => ({
    strict: new undici.Agent({ ...common, connect: publicConnector(undici, { ...connect, lookup }) }),
    waived: new undici.Agent({ ...common, connect: connector(undici, connect) }),
    request: undici.request,
  }));
  let isUsed = false;
  let isDestroyed = false;

  /** Sends by the agent that may reach the URL. @throws AddressError */
  function judged<T>(url: URL, send: (agent: Agent, request: Undici['request']) => Promise<T>): Promise<T> {
    if (!isPossibleHostName(url.hostname)) {
      throw new AddressError('ERR_HOST_NAME', 'the host name is too long');
    }
    const sendBy = (name: 'strict' | 'waived') => {
      if (isDestroyed) throw new Error('the agent has been destroyed');
      isUsed = true;
      const made = agents();
      if (!(made instanceof Promise)) return send(made[name], made.request);
      return made.then((ready) => send(ready[name], ready.request));
    };
    const waive = (refusal: () => Error) => {
      if (allow?.(new URL(url)) !== true) throw refusal();
      return sendBy('waived');
    };
    // If the text of the URL already breaks the rule, no connection is needed to find that out.
    const refusal = refusalOf(url);
    if (refusal !== undefined) return waive(() => notPublic(refusal));
    return sendBy('strict').catch((error) => {
      if (error?.code !== 'ERR_ADDRESS_NOT_PUBLIC' && !isUnknownName(error)) throw error;
      return waive(() => error);
    });
  }

  return {
    async request(url, { signal, ...rest }) {
      signal.throwIfAborted();
      const sent = judged(url, (dispatcher, request) => request(url, { ...rest, dispatcher, signal }));
      return unlessAborted(sent, signal);
    },
    async post(url, post) {
      post.signal.throwIfAborted();
      const deadline = performance.now() + post.timeout;
      return judged(url, (agent) => sendPost(agent, url, post, deadline - performance.now()));
    },
    async destroy() {
      isDestroyed = true;
      cancel();
      if (!isUsed) return;
      const made = await Promise.resolve(agents()).catch(() => undefined);
      await Promise.all([made?.strict.destroy(), made?.waived.destroy()]);
    },
  };
}

/** undici hears of an abort only after it has connected. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
