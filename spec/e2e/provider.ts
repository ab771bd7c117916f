import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type AuthleteApi,
  authleteClient,
  type CibaBackchannelOptions,
  type CibaTokenOptions,
  cibaBackchannel,
  cibaDiscovery,
  cibaToken,
  type User,
} from 'ciba-backchannel';
import { authleteRouter, type ClientMetadata, embeddedAuthlete } from 'ciba-backchannel/embedded';
import express from 'express';
import * as openid from 'openid-client';

/** Something to close at the end of a spec, the newest first. */
export type Closing = (() => Promise<unknown>)[];

/** A listening server on loopback. */
export async function listen(listener: RequestListener, closing: Closing): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.unshift(() => closeServer(server));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}

export interface ProviderOptions<U extends User> {
  clients: ClientMetadata[];
  hooks: Omit<CibaBackchannelOptions<U>, 'authlete'>;
  /** Whether the engine is in the process, or reached as Authlete would be. */
  engine: 'embedded' | 'over HTTP';
  engineOptions?: object;
  tokenOptions?: Partial<CibaTokenOptions>;
}

/** An Express authorization server as the README shows it. */
export async function provider<U extends User>(options: ProviderOptions<U>, closing: Closing) {
  const app = express();
  const issuer = await listen(app, closing);
  const engine = await embeddedAuthlete({ issuer, clients: options.clients, interval: 1, ...options.engineOptions });
  const authlete = options.engine === 'embedded' ? engine : await overHttp(engine, closing);
  const ciba = cibaBackchannel({ authlete, ...options.hooks } as CibaBackchannelOptions<U>);
  closing.unshift(() => ciba.close({ timeout: 0 }));
  app.use('/backchannel/authentication', ciba);
  app.use('/token', cibaToken({ authlete, htu: `${issuer}/token`, ...options.tokenOptions }));
  app.use(cibaDiscovery({ authlete }));
  return { issuer, ciba, authlete };
}

async function overHttp(engine: AuthleteApi, closing: Closing): Promise<AuthleteApi> {
  const account = { serviceId: '715948317', accessToken: 'a-service-access-token' };
  const baseUrl = await listen(express().use('/api', authleteRouter(engine, account)), closing);
  const client = authleteClient({ baseUrl, ...account });
  closing.unshift(() => client.close());
  return client;
}

/** A relying party that checks the signatures of ID tokens. */
export function discover(issuer: string, clientId: string, secret: string): Promise<openid.Configuration> {
  const execute = [openid.allowInsecureRequests, openid.enableNonRepudiationChecks];
  return openid.discovery(new URL(issuer), clientId, undefined, openid.ClientSecretBasic(secret), { execute });
}
