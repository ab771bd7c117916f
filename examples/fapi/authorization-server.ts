import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import {
  type CibaEvent,
  cibaBackchannel,
  cibaDiscovery,
  cibaToken,
  type Logger,
  type LongPollingOptions,
  reject,
} from 'ciba-backchannel';
import { embeddedAuthlete } from 'ciba-backchannel/embedded';
import { bindingMessage } from 'ciba-backchannel/policies';
import { simulator } from 'ciba-backchannel/simulator';
import express from 'express';
import type { JSONWebKeySet } from 'jose';
import type { ClientsFile } from './clients-file.js';
import { rememberIntents } from './intents.js';
import { type ProfileName, profiles } from './profile.js';
import { registration } from './registration.js';
import { resources } from './resources.js';
import type { KeyAndCertificate } from './self-signed.js';
import { makeSigningKeys } from './signing-keys.js';
import { tlsOptions } from './tls-options.js';

export interface FapiServerOptions {
  clientsFile: ClientsFile;
  /** Default `plain_fapi`. */
  profile?: ProfileName;
  /** The FAPI profile under FAPI-CIBA. Default `1.0`. */
  fapi?: '1.0' | '2.0';
  /** The server's key, which must be RSA, and its certificate. */
  tls: KeyAndCertificate;
  /** Private keys that sign ID tokens. Default: new ones. */
  signingKeys?: JSONWebKeySet;
  /** Default: any free one. */
  port?: number;
  /** The address to listen on. Default `localhost`: anybody who can reach this server can approve requests. */
  host?: string;
  /** Default: `https://localhost` with the port. */
  issuer?: string;
  logger?: Logger;
  onEvent?: (event: CibaEvent) => void;
  /** Holds polls until the decision. Default: every poll is answered at once. */
  longPolling?: LongPollingOptions;
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
  const starting = authorizationServer(issuer, options);
  // It already listens, to know its port: requests wait until everything is ready.
  server.on('request', async (req, res) => {
    try {
      const { app } = await starting;
      app(req, res);
    } catch {
      res.destroy();
    }
  });
  try {
    const { stop } = await starting;
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

async function authorizationServer(issuer: string, options: FapiServerOptions) {
  const { clientsFile, logger, onEvent, longPolling, clock } = options;
  const profile = profiles[options.profile ?? 'plain_fapi'];
  const { deliveryModes = ['poll', 'ping'] } = profile.engine;
  const intents = rememberIntents();
  const { initial_access_token: initialAccessToken, suite } = clientsFile;
  const authlete = await embeddedAuthlete({
    issuer,
    fapi: options.fapi ?? '1.0',
    // The file has the clients of all profiles.
    clients: clientsFile.clients.filter(({ backchannel_token_delivery_mode: mode }) => deliveryModes.includes(mode)),
    ...profile.engine,
    jwks: options.signingKeys ?? (await makeSigningKeys(profile.idTokenAlgorithms)),
    endpoints: { userinfo_endpoint: '/userinfo' },
    registration: initialAccessToken === undefined ? undefined : { initialAccessToken },
    clock,
  });
  const users = new Set(clientsFile.clients.map((client) => client.hint_value));
  const endpoints = new Set(clientsFile.clients.map((client) => client.backchannel_client_notification_endpoint));
  const sim = simulator();

  const ciba = cibaBackchannel({
    authlete,
    clientCertificate: 'tls',
    identifyUser({ hint, hintType, sub, clientId, dynamicScopes }) {
      if (profile.hintIsIntent) {
        const isConsent = dynamicScopes?.some(({ value }) => value === `consent:${hint}`);
        return isConsent && intents.has(hint, clientId) ? { subject: 'customer-1' } : reject('UNKNOWN_USER_ID');
      }
      const subject = hintType === 'ID_TOKEN_HINT' ? sub : hint;
      return subject && users.has(subject) ? { subject } : null;
    },
    // What the device can show.
    policy: bindingMessage({ maxLength: 20, pattern: /^[\x20-\x7e]+$/ }),
    authenticate: sim.authenticate,
    notifications: {
      // The suite runs on this machine: a private address, but one that was registered, or the suite's own.
      allow: (url) => endpoints.has(url.href) || (suite !== undefined && url.href.startsWith(`${suite}/test/`)),
      tls: { ca: clientsFile.notification_ca },
    },
    decided: longPolling?.signal,
    logger,
    onEvent,
  });
  const token = cibaToken({ authlete, clientCertificate: 'tls', htu: `${issuer}/token`, longPolling, logger });

  const app = express();
  app.disable('x-powered-by');
  app.use(cibaDiscovery({ authlete }));
  app.use('/backchannel/authentication', ciba);
  app.use('/token', token);
  app.use('/register', registration(authlete));
  app.use(resources(authlete, issuer, profile, intents));
  app.use('/simulator', sim);
  app.get('/', (_req, res) => res.redirect('/simulator/'));

  async function stop(): Promise<void> {
    // Undecided transactions fail at once, so there is nothing to wait for but notifications on their way.
    sim.close();
    await ciba.close({ timeout: 1000 });
    await token.close({ timeout: 1000 });
  }
  return { app, stop };
}
