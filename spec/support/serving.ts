import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterwards } from './concurrently.js';

/** Serves on loopback until the spec ends; gives the server, for supertest, with its port. */
export async function serving(
  handler: (req: IncomingMessage, res: ServerResponse) => void,
): Promise<Server & { port: number }> {
  const server = createServer(handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterwards(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return Object.assign(server, { port: (server.address() as AddressInfo).port });
}
