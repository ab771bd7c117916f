import { Agent, request } from 'undici';
import { publicConnector, tlsOptions } from '../outbound/public-address.js';

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

export function pushServices(isAllowed: (url: URL) => boolean): PushServices {
  const common = { connections: 64, headersTimeout: timeout, bodyTimeout: timeout };
  const strict = new Agent({ ...common, connect: publicConnector({ timeout }) });
  const waived = new Agent({ ...common, connect: { ...tlsOptions(), timeout } });

  async function post(dispatcher: Agent, { endpoint, headers, body }: PushMessage, stop: AbortSignal) {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(timeout)]);
    const response = await request(endpoint, { dispatcher, method: 'POST', headers, body, signal });
    response.body.dump({ limit: 16 * 1024 }).catch(() => {});
    const { 'retry-after': retryAfter } = response.headers;
    return { status: response.statusCode, ...(retryAfter && { retryAfter }) };
  }

  return {
    async post(message, stop) {
      try {
        return await post(strict, message, stop);
      } catch (error) {
        const isRefused = (error as { code?: string }).code === 'ERR_ADDRESS_NOT_PUBLIC';
        if (!isRefused || !isAllowed(new URL(message.endpoint))) throw error;
        return post(waived, message, stop);
      }
    },
    async destroy() {
      await Promise.all([strict.destroy(), waived.destroy()]);
    },
  };
}
