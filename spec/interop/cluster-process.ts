// A provider's process: serves the endpoint and the devices' callback, and works on the queue. Events go into a file, by a
// synchronous write, so that they survive whoever kills the process.

import { appendFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { authleteClient, authorized, cibaBackchannel, later } from '../../lib/index.js';
import { postgresQueue } from '../../lib/postgres/index.js';

export interface ClusterSettings {
  /** Under which PostgreSQL and Authlete know this process. */
  name: string;
  database: string;
  authlete: { baseUrl: string; serviceId: string; accessToken: string };
  handleKey: string;
  lease: number;
  events: string;
}

export type ClusterMessage = { port: number } | { authReqId: string; handle: string } | { closed: object };

const settings = JSON.parse(process.argv[2] ?? '') as ClusterSettings;
const send = (message: ClusterMessage) => process.connected && process.send?.(message);

const pool = new pg.Pool({ connectionString: settings.database, application_name: settings.name });

const ciba = cibaBackchannel({
  authlete: authleteClient(settings.authlete),
  handleKeys: [settings.handleKey],
  queue: postgresQueue(pool, { lease: settings.lease }),
  identifyUser: ({ hint }) => ({ subject: hint }),
  authenticate: ({ authReqId, handle }) => {
    send({ authReqId, handle });
    return later();
  },
  notifications: { allow: () => true },
  onEvent: (event) => appendFileSync(settings.events, `${JSON.stringify(event)}\n`),
  logger: false,
});

const server = createServer(async (req, res) => {
  if (req.url !== '/complete') return ciba(req, res);
  try {
    const { action } = await ciba.complete(await text(req), authorized());
    res.end(action);
  } catch (error) {
    res.statusCode = 500;
    res.end((error as { code?: string }).code ?? String(error));
  }
});
server.listen(0, '127.0.0.1', () => send({ port: (server.address() as AddressInfo).port }));

process.on('message', async () => {
  send({ closed: await ciba.close({ timeout: 500 }) });
  await pool.end();
  process.exit();
});
process.on('disconnect', () => process.exit());

async function text(req: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of req) body += chunk;
  return body;
}
