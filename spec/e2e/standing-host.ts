import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * One address for all specs of a suite, each with an application of its own behind it. To a browser they are one site,
 * whose process it keeps, with all that it has compiled.
 */
export interface StandingHost {
  origin: string;
  server: Server;
  /** Has this application answer from now on. @returns the one that answered before */
  serve(app: RequestListener): RequestListener;
  close(): Promise<void>;
}

export async function standingHost(hostname: string): Promise<StandingHost> {
  let current: RequestListener = (_req, res) => res.writeHead(404).end();
  const server = createServer((req, res) => current(req, res));
  server.listen(0, hostname);
  await once(server, 'listening');
  return {
    origin: `http://${hostname}:${(server.address() as AddressInfo).port}`,
    server,
    serve(app) {
      const former = current;
      current = app;
      return former;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
