import type { LongPollingOptions } from 'ciba-backchannel';
import { type Clients, makeClients } from './clients.js';
import { type FapiRun, startRun } from './fapi-run.js';
import { type NotificationEndpoint, notificationEndpoint } from './notification-endpoint.js';

/** The example server, and clients that are notified at an endpoint. */
export interface NotifiedRun {
  endpoint: NotificationEndpoint;
  clients: Clients;
  run: FapiRun;
  close(): Promise<void>;
}

export async function startNotifiedRun(longPolling?: LongPollingOptions, fapi?: '1.0' | '2.0'): Promise<NotifiedRun> {
  const endpoint = await notificationEndpoint();
  const clients = await makeClients(endpoint);
  const run = await startRun(clients.file, undefined, longPolling, fapi);
  async function close(): Promise<void> {
    await run.close();
    endpoint.close();
  }
  return { endpoint, clients, run, close };
}
