import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { makeCertificate } from '../support/certificates.js';
import { type Deferred, deferred } from '../support/deferred.js';

/** A request at a client's notification endpoint. */
export interface Notification {
  path: string;
  headers: NodeJS.Dict<string | string[]>;
  body: Record<string, unknown>;
  protocol: string | null;
  /** Ends the request with an answer. */
  answer(status: number, headers?: Record<string, string>, body?: string): void;
}

/** Where the suite takes notifications, over TLS with a certificate that signs itself. */
export interface NotificationEndpoint {
  baseUrl: string;
  /** Who issued its certificate. */
  ca: string;
  /** Everything that has arrived. */
  received: Notification[];
  /** The first notification of a request. It waits for an answer until the spec gives one. */
  notification(authReqId: string): Promise<Notification>;
  close(): void;
}

export async function notificationEndpoint(): Promise<NotificationEndpoint> {
  const { cert, key } = await makeCertificate({ subject: 'CN=localhost', san: [{ type: 'dns', value: 'localhost' }] });
  const received: Notification[] = [];
  const expected = new Map<string, Deferred<Notification>>();
  function expectation(authReqId: string): Deferred<Notification> {
    const known = expected.get(authReqId) ?? deferred<Notification>();
    expected.set(authReqId, known);
    return known;
  }

  const server = createServer({ cert, key }, async (req, res) => {
    let text = '';
    for await (const chunk of req.setEncoding('utf8')) text += chunk;
    // A redirection that is followed arrives without a body.
    const body = JSON.parse(text || '{}');
    const notification: Notification = {
      path: req.url ?? '',
      headers: req.headers,
      body,
      protocol: (req.socket as TLSSocket).getProtocol(),
      answer: (status, headers = {}, content = '') => res.writeHead(status, headers).end(content),
    };
    received.push(notification);
    expectation(body.auth_req_id).resolve(notification);
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  return {
    baseUrl: `https://localhost:${(server.address() as AddressInfo).port}`,
    ca: cert,
    received,
    notification: (authReqId) => expectation(authReqId).promise,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
