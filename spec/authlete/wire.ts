import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { type AuthleteClient, type AuthleteClientConfig, authleteClient } from 'ciba-backchannel';
import { afterwards } from '../support/concurrently.js';

/** A request as it came over the wire. */
export interface WireRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
  socket: Socket;
}

/** A server that writes bytes, so that it can answer what no HTTP library would. */
export interface Wire {
  port: number;
  requests: WireRequest[];
  /** How many connections there have been. */
  opened(): number;
  onConnection(listener: (socket: Socket) => void): void;
  /** Resolves when no connection is left. */
  allClosed(): Promise<void>;
  /** Resolves when the connection of the first request is closed. */
  firstClosed(): Promise<void>;
  /** Resolves when so many requests have come. */
  received(count: number): Promise<void>;
}

/** Writes the answer to a request. */
export type Reply = (request: WireRequest) => void;

/** Serves on loopback until the spec ends. */
export async function wire(reply: Reply, tls?: TlsOptions): Promise<Wire> {
  const requests: WireRequest[] = [];
  const open = new Set<Socket>();
  let opened = 0;
  const server = tls ? createTlsServer(tls) : createServer();

  server.on('connection', (socket: Socket) => {
    opened++;
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      open.delete(socket);
      server.emit('left');
    });
  });
  server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => {
    socket.on('error', () => {});
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const request = parse(text, socket);
      if (!request) return;
      text = '';
      requests.push(request);
      server.emit('received');
      reply(request);
    });
  });

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterwards(async () => {
    server.close();
    for (const socket of open) socket.destroy();
    await once(server, 'close');
  });
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    opened: () => opened,
    onConnection: (listener) => void server.on('connection', listener),
    async allClosed() {
      while (open.size > 0) await once(server, 'left');
    },
    async firstClosed() {
      while (requests[0] && !requests[0].socket.destroyed) await once(server, 'left');
    },
    async received(count) {
      while (requests.length < count) await once(server, 'received');
    },
  };
}

function parse(text: string, socket: Socket): WireRequest | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [first = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const body = text.slice(end + 4);
  if (Buffer.byteLength(body) < Number(headers['content-length'] ?? 0)) return undefined;
  const [method = '', path = ''] = first.split(' ');
  return { method, path, headers, body, socket };
}

/** An answer with a length. */
export function answer(body: string | Buffer, { status = 200, type = 'application/json' } = {}): Buffer {
  const bytes = Buffer.from(body);
  const head = `HTTP/1.1 ${status} Whatever\r\nContent-Type: ${type}\r\nContent-Length: ${bytes.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), bytes]);
}

/** Answers every request with this. */
export function always(body: string | Buffer, options?: { status?: number; type?: string }): Reply {
  return ({ socket }) => socket.write(answer(body, options));
}

export const accessToken = 'access-token-of-the-service-3d1f';

/** A client for Authlete 3.0, closed when the spec ends. */
export function clientFor({ port }: Pick<Wire, 'port'>, config: Partial<AuthleteClientConfig> = {}): AuthleteClient {
  const client = authleteClient({
    baseUrl: `http://127.0.0.1:${port}`,
    serviceId: '1234567890',
    accessToken,
    ...config,
  } as AuthleteClientConfig);
  afterwards(client.close);
  return client;
}
