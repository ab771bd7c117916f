import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type CibaEvent, cibaBackchannel, cibaDiscovery, cibaToken, type Logger } from 'ciba-backchannel';
import { embeddedAuthlete } from 'ciba-backchannel/embedded';
import { bindingMessage } from 'ciba-backchannel/policies';
import { simulator } from 'ciba-backchannel/simulator';
import express from 'express';
import { accounts } from './accounts.js';
import type { ClientsFile } from './clients-file.js';
import { acrValue } from './conformance-run.js';
import type { KeyAndCertificate } from './self-signed.js';
import { tlsOptions } from './tls-options.js';

export interface FapiServerOptions {
  clientsFile: ClientsFile;
  /** The server's own, with an RSA key. */
  tls: KeyAndCertificate;
  /** Default: any free one. */
  port?: number;
  /** The address to listen on. Default `localhost`: whoever reaches this server can approve requests. */
  host?: string;
  /** Default: `https://localhost` with the port. */
  issuer?: string;
  logger?: Logger;
  onEvent?: (event: CibaEvent) => void;
  /** The engine's time, milliseconds since the epoch: specs set it forward instead of waiting. Default `Date.now`. */
  clock?: () => number;
}

export interface FapiServer {
  issuer: string;
  close(): Promise<void>;
}

/** Starts an authorization server under the rules of FAPI-CIBA, on the embedded engine, with a protected resource. */
export async function startFapiServer(options: FapiServerOptions): Promise<FapiServer> {
  const server = createServer(tlsOptions(options.tls));
  server.listen(options.port ?? 0, options.host ?? 'localhost');
  await once(server, 'listening');
  const issuer = options.issuer ?? `https://localhost:${(server.address() as AddressInfo).port}`;
  try {
    const { app, stop } = await authorizationServer(issuer, options);
    server.on('request', app);
    return {
      issuer,
      async close() {
        server.close();
        await stop();
        server.closeAllConnections();
      },
    };
  } catch (error) {
    server.close();
    throw error;
  }
}

async function authorizationServer(issuer: string, { clientsFile, logger, onEvent, clock }: FapiServerOptions) {
  const authlete = await embeddedAuthlete({
    issuer,
    fapi: true,
    clients: clientsFile.clients,
    scopes: ['openid', 'offline_access', 'accounts'],
    acrs: [acrValue],
    expiresIn: 300,
    clock,
  });
  const users = new Set(clientsFile.clients.map((client) => client.hint_value));
  const endpoints = new Set(clientsFile.clients.map((client) => client.backchannel_client_notification_endpoint));
  const sim = simulator();

  const ciba = cibaBackchannel({
    authlete,
    clientCertificate: 'tls',
    identifyUser({ hint, hintType, sub }) {
      const subject = hintType === 'ID_TOKEN_HINT' ? sub : hint;
      return subject && users.has(subject) ? { subject } : null;
    },
    // What the device can show.
    policy: bindingMessage({ maxLength: 20, pattern: /^[\x20-\x7e]+$/ }),
    authenticate: sim.authenticate,
    notifications: {
      // The suite runs on this machine: a private address, but one that was registered.
      allow: (url) => endpoints.has(url.href),
      tls: { ca: clientsFile.notification_ca },
    },
    logger,
    onEvent,
  });

  const app = express();
  app.disable('x-powered-by');
  app.use(cibaDiscovery({ authlete }));
  app.use('/backchannel/authentication', ciba);
  app.use('/token', cibaToken({ authlete, clientCertificate: 'tls', logger }));
  app.get('/accounts', accounts(authlete));
  app.use('/simulator', sim);

  async function stop(): Promise<void> {
    // What nobody has decided fails at once, so there is nothing to wait for but notifications on their way.
    sim.close();
    await ciba.close({ timeout: 1000 });
  }
  return { app, stop };
}
