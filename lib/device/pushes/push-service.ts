import { outboundAgent } from '../../outbound/outbound-agent.js';
import type { ProxyFor } from '../../outbound/proxy.js';

/** Milliseconds for one attempt. */
const timeout = 15_000;

/** What a push service said. */
export interface PushServiceAnswer {
  status: number;
  retryAfter?: string | string[];
}

/** One message, encrypted already. */
export interface PushMessage {
  endpoint: string;
  headers: Record<string, string>;
  body: Buffer;
}

/** Connections to push services: on public addresses and over `https:`, but where `isAllowed` waives that. */
export interface PushServices {
  /** One attempt. @throws Error of the connection */
  post(message: PushMessage, stop: AbortSignal): Promise<PushServiceAnswer>;
  destroy(): Promise<void>;
}

export function pushServices(isAllowed: (url: URL) => boolean, proxyFor?: ProxyFor): PushServices {
  const agent = outboundAgent({ allow: isAllowed, timeout, proxyFor, connections: 64 });

  return {
    async post({ endpoint, headers, body }, stop) {
      const signal = AbortSignal.any([stop, AbortSignal.timeout(timeout)]);
      const response = await agent.request(new URL(endpoint), { method: 'POST', headers, body, signal });
      response.body.dump({ limit: 16 * 1024 }).catch(() => {});
      const { 'retry-after': retryAfter } = response.headers;
      return { status: response.statusCode, ...(retryAfter && { retryAfter }) };
    },
    destroy: agent.destroy,
  };
}
