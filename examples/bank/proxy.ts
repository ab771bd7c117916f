import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** PEM. */
export interface KeyAndCertificate {
  key: string;
  cert: string;
}

export interface Proxy {
  /** For browsers. */
  publicUrl: string;
  /** For clients, with their certificates. */
  mtlsUrl: string;
  /** Sends requests to these ports of this machine, in turn. */
  upstreams: number[];
  close(): void;
}

/** Does what nginx does in docs/production.md: replaces the header, and tries another process when one is gone. */
export async function startProxy(port: number, tls: KeyAndCertificate): Promise<Proxy> {
  const upstreams: number[] = [];
  let turn = 0;

  function forward(req: IncomingMessage, res: ServerResponse): void {
    const { 'x-ssl-client-cert': _, ...headers } = req.headers;
    const certificate = (req.socket as Partial<TLSSocket>).getPeerX509Certificate?.();
    if (certificate) headers['x-ssl-client-cert'] = encodeURIComponent(certificate.toString());
    headers['x-forwarded-proto'] = certificate ? 'https' : 'http';
    turn += 1;
    send(upstreams.length);

    function send(attempts: number): void {
      const upstream = { host: '127.0.0.1', port: upstreams[(turn + attempts) % upstreams.length], agent: false };
      const passed = request({ ...upstream, method: req.method, path: req.url, headers }, (answer) => {
        res.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(res);
      });
      passed.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNREFUSED' && attempts > 1) return send(attempts - 1);
        if (res.headersSent) res.destroy();
        else res.writeHead(502).end();
      });
      passed.once('socket', (socket) => socket.once('connect', () => req.pipe(passed)));
      res.once('close', () => passed.destroy());
    }
  }

  const open = createServer(forward).listen(port, 'localhost');
  await once(open, 'listening');
  const mutual = createTlsServer({ ...tls, requestCert: true, rejectUnauthorized: false }, forward).listen(
    0,
    'localhost',
  );
  await once(mutual, 'listening');
  return {
    publicUrl: `http://localhost:${(open.address() as AddressInfo).port}`,
    mtlsUrl: `https://localhost:${(mutual.address() as AddressInfo).port}`,
    upstreams,
    close() {
      for (const server of [open, mutual]) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}
