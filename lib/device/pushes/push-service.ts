import { outboundAgent } from '../../outbound/outbound-agent.js';
import type { ProxyFor } from '../../outbound/proxy.js';

/** Milliseconds for one attempt. */
const timeout = 15_000;
/** Bytes of an answer that are read. */
const maxBody = 16 * 1024;
/** Maximum characters of a push service's reason in the log. */
const maxReason = 300;

/** A push service's answer. */
export interface PushServiceAnswer {
  status: number;
  retryAfter?: string | string[];
  /** Its reason for a refusal, cut short. */
  reason?: string;
}

/** One encrypted message. */
export interface PushMessage {
  endpoint: string;
  headers: Record<string, string>;
  body: Buffer;
}

/** Connections to push services: on public addresses and over `https:`, unless `isAllowed` waives that. */
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
      const { 'retry-after': retryAfter } = response.headers;
      const answer = { status: response.statusCode, ...(retryAfter && { retryAfter }) };
      if (answer.status >= 400) return { ...answer, reason: await startOf(response.body) };
      response.body.dump({ limit: maxBody }).catch(() => {});
      return answer;
    },
    destroy: agent.destroy,
  };
}

/** The reason is for the log: if it cannot be read, the status must do. */
async function startOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  let text = '';
  try {
    for await (const chunk of body) {
      text += Buffer.from(chunk).toString();
      if (text.length > maxReason) break;
    }
  } catch {
    // The status is known.
  }
  return text.slice(0, maxReason);
}
