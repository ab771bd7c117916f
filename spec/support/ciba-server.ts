import {
  authorized,
  type CibaBackchannelOptions,
  cibaBackchannel,
  cibaDiscovery,
  cibaToken,
  type Decision,
  decisionSignal,
} from 'ciba-backchannel';
import { type CibaClientOptions, cibaClient } from 'ciba-backchannel/client';
import { type ClientMetadata, embeddedAuthlete } from 'ciba-backchannel/embedded';
import express from 'express';
import * as openid from 'openid-client';
import { afterwards } from './concurrently.js';
import { type Deferred, deferred } from './deferred.js';
import { serving } from './serving.js';

// Jest lets nobody import while it is between two tests, as it is now and then while concurrent ones run: the client loads
// its peer here.
cibaClient({
  config: new openid.Configuration({ issuer: 'https://as.example', backchannel_authentication_endpoint: 'x' }, 'x'),
});

export const secret = 'the-secret-of-the-client';

/** Options of {@link cibaServer}. */
export interface CibaServerOptions {
  client?: Partial<ClientMetadata>;
  engine?: object;
  hooks?: Partial<CibaBackchannelOptions<{ subject: string }>>;
  /** Whether polls are held. */
  held?: boolean;
}

/** This package's server, whose user decides when the spec says so. */
export async function cibaServer({ client, engine, hooks, held = false }: CibaServerOptions = {}) {
  const app = express();
  const { port } = await serving(app);
  const issuer = `http://127.0.0.1:${port}`;
  const metadata = { client_id: 'agent', client_secret: secret, backchannel_token_delivery_mode: 'poll', ...client };
  const authlete = await embeddedAuthlete({ issuer, clients: [metadata as ClientMetadata], interval: 1, ...engine });
  const prompts: { decide: Deferred<Decision>; bindingMessage: string | undefined }[] = [];
  const polls: number[] = [];
  const signal = held ? decisionSignal() : undefined;
  const ciba = cibaBackchannel<{ subject: string }>({
    authlete,
    identifyUser: ({ hint }) => ({ subject: hint }),
    authenticate({ request }) {
      const decide = deferred<Decision>();
      prompts.push({ decide, bindingMessage: request.bindingMessage });
      prompted.resolve();
      return decide.promise;
    },
    decided: signal,
    logger: false,
    ...hooks,
  } as CibaBackchannelOptions<{ subject: string }>);
  const prompted = deferred();
  app.use('/backchannel/authentication', ciba);
  app.use('/token', (_req, _res, next) => {
    polls.push(performance.now());
    next();
  });
  app.use('/token', cibaToken({ authlete, ...(signal && { longPolling: { signal } }), logger: false }));
  app.use(cibaDiscovery({ authlete }));
  afterwards(() => ciba.close({ timeout: 0 }));
  return {
    app,
    authlete,
    issuer,
    prompts,
    /** When token requests came. */
    polls,
    /** Resolves when the user has been asked for the first time. */
    prompted: prompted.promise,
    approve: () => prompts.at(-1)?.decide.resolve(authorized()),
  };
}

export function discover(issuer: string, clientId = 'agent', auth = openid.ClientSecretBasic(secret), metadata = {}) {
  return openid.discovery(new URL(issuer), clientId, metadata, auth, { execute: [openid.allowInsecureRequests] });
}

/** A client that is closed when the spec ends. */
export function approvalsOf(options: CibaClientOptions) {
  const approvals = cibaClient({ logger: false, ...options });
  afterwards(() => approvals.close({ timeout: 0 }));
  return approvals;
}

export const request = { scope: 'openid', login_hint: 'alice', binding_message: 'W4SCT' };
