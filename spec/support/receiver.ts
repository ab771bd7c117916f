import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { makeCertificate, type TestCertificate } from './certificates.js';

/** What a client's notification endpoint got. */
export interface Received {
  method?: string;
  url?: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A client's notification endpoint on loopback. */
export interface Receiver {
  url: string;
  received: Received[];
  close(): Promise<void>;
}

/** Answers the n-th request, counted from 1. */
type Answer = (res: ServerResponse, n: number, req: IncomingMessage) => void;

let certificate: Promise<TestCertificate> | undefined;

/** The certificate that receivers show: trust it as a CA. */
export function receiverCertificate(): Promise<TestCertificate> {
  certificate ??= makeCertificate({
    subject: 'CN=localhost',
    san: [
      { type: 'dns', value: 'localhost' },
      { type: 'ip', value: '127.0.0.1' },
    ],
  });
  return certificate;
}

export async function startReceiver(answer: Answer, options: ServerOptions = {}): Promise<Receiver> {
  const { cert, key } = await receiverCertificate();
  const received: Received[] = [];
  const server = createServer({ cert, key, ...options }, async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk);
    const { method, url, headers } = req;
    received.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
    answer(res, received.length, req);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}/cb`,
    received,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Answers with these statuses, one after the other, and the last one from then on. */
export function statuses(...list: number[]): Answer {
  return (res, n) => {
    res.statusCode = list[Math.min(n, list.length) - 1] ?? 500;
    res.end();
  };
}
