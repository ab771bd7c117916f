import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** What an HTTP proxy of a spec was asked. */
export interface ConnectProxy {
  url: string;
  host: string;
  tunnels: { authority: string | undefined; headers: IncomingHttpHeaders }[];
  close(): Promise<void>;
}

/**
 * Starts an HTTP proxy that takes CONNECT.
 *
 * @param answer a port of loopback to lead to, whatever was asked for; a status to refuse with; or `hang`
 */
export async function startConnectProxy(
  answer: (authority: string, nth: number) => { port: number } | { status: number } | 'hang',
): Promise<ConnectProxy> {
  const tunnels: ConnectProxy['tunnels'] = [];
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)));
  const server = createServer();
  server.on('connection', keep);
  server.on('connect', ({ url = '', headers }, socket: Socket) => {
    tunnels.push({ authority: url, headers });
    const what = answer(url, tunnels.length);
    if (what === 'hang') return;
    if ('status' in what) return void socket.end(`HTTP/1.1 ${what.status} No\r\nContent-Length: 0\r\n\r\n`);
    const target = connect(what.port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(target).pipe(socket);
    });
    keep(target);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${host}`,
    host,
    tunnels,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
