/*
 * The whole flow in one process, in all three delivery modes: an Express server on the embedded engine, and real
 * clients (openid-client) that have never heard of this package.
 *
 *     npm run demo
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { authorized, cibaBackchannel, cibaDiscovery, cibaToken, reject } from 'ciba-backchannel';
import { embeddedAuthlete } from 'ciba-backchannel/embedded';
import express from 'express';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as openid from 'openid-client';
import { describeEvent } from './tell-event.js';

const started = Date.now();
function tell(who: string, what: string): void {
  console.log(`${((Date.now() - started) / 1000).toFixed(1).padStart(5)} s  ${who.padEnd(8)} ${what}`);
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

// ---------------------------------------------------------------------------------------------------- the receiver

/** Receives the pings and pushes. */
let notified: (notification: { authorization?: string; body: Record<string, string> }) => void = () => {};
const receiver = createServer(
  express()
    .use(express.json())
    .post('/callback', (req, res) => {
      notified({ authorization: req.headers.authorization, body: req.body });
      res.sendStatus(204);
    }),
);
const callback = `${await listen(receiver)}/callback`;

// ------------------------------------------------------------------------------------------ the authorization server

const app = express();
const server = createServer(app);
const issuer = await listen(server);

const users = new Map([['+34666666666', { subject: 'alice', name: 'Alice', email: 'alice@example.com' }]]);

const authlete = await embeddedAuthlete({
  issuer,
  interval: 1,
  clients: (['poll', 'ping', 'push'] as const).map((mode) => ({
    client_id: `${mode}-client`,
    client_secret: `${mode}-secret`,
    client_name: `Bank teller (${mode})`,
    backchannel_token_delivery_mode: mode,
    ...(mode !== 'poll' && { backchannel_client_notification_endpoint: callback }),
  })),
});

const ciba = cibaBackchannel({
  authlete,
  identifyUser: (request) => users.get(request.hint),
  policy: (request) =>
    request.bindingMessage ? undefined : reject('INVALID_BINDING_MESSAGE', { description: 'say what it is about' }),
  async authenticate({ user, request }) {
    tell('phone', `${request.clientName} asks ${user.name}: "${request.bindingMessage}"`);
    await sleep(1200);
    tell('phone', 'approved with a fingerprint');
    return authorized({ acr: 'urn:example:fingerprint', authTime: new Date() });
  },
  claims: ({ name, email }) => ({ name, email }),
  // The receiver is on loopback and has no TLS, which would be refused without this line.
  notifications: { allow: (url) => url.href === callback },
  onEvent: (event) => tell('server', describeEvent(event)),
});
app.use('/backchannel/authentication', ciba);
app.use('/token', cibaToken({ authlete }));
app.use(cibaDiscovery({ authlete }));
tell('server', `listens at ${issuer}, on the embedded engine`);

// --------------------------------------------------------------------------------------------------------- the clients

const wanted = { scope: 'openid profile email offline_access', login_hint: '+34666666666' };

async function discover(mode: string): Promise<openid.Configuration> {
  console.log(`\n${mode} mode\n`);
  const config = await openid.discovery(
    new URL(issuer),
    `${mode}-client`,
    undefined,
    openid.ClientSecretBasic(`${mode}-secret`),
    { execute: [openid.allowInsecureRequests, openid.enableNonRepudiationChecks] },
  );
  tell('client', `discovered ${config.serverMetadata().backchannel_authentication_endpoint}`);
  return config;
}

async function request(config: openid.Configuration, parameters: Record<string, string>) {
  const acknowledgement = await openid.initiateBackchannelAuthentication(config, { ...wanted, ...parameters });
  tell('client', `got an auth_req_id that lives for ${acknowledgement.expires_in} s`);
  return acknowledgement;
}

async function poll(): Promise<void> {
  const config = await discover('poll');
  const acknowledgement = await request(config, { binding_message: 'TRANSFER-0815' });
  tell('client', `polls every ${acknowledgement.interval} s`);
  const tokens = await openid.pollBackchannelAuthenticationGrant(config, acknowledgement);
  show(tokens, tokens.claims());
}

async function ping(): Promise<void> {
  const config = await discover('ping');
  const arrived = nextNotification();
  const acknowledgement = await request(config, {
    binding_message: 'TRANSFER-0816',
    client_notification_token: 'ping-bearer-token',
  });
  const { authorization, body } = await arrived;
  tell('client', `was pinged (${authorization === 'Bearer ping-bearer-token' ? 'its own token' : 'a wrong token'})`);
  if (body.auth_req_id !== acknowledgement.auth_req_id) throw new Error('the ping is for another request');
  const tokens = await openid.genericGrantRequest(config, 'urn:openid:params:grant-type:ciba', {
    auth_req_id: acknowledgement.auth_req_id,
  });
  show(tokens, tokens.claims());
}

async function push(): Promise<void> {
  const config = await discover('push');
  const arrived = nextNotification();
  await request(config, { binding_message: 'TRANSFER-0817', client_notification_token: 'push-bearer-token' });
  const { body } = await arrived;
  tell('client', 'was pushed its tokens');
  // No client library checks a pushed ID token, so here is how: the keys are the provider's.
  const jwksUri = new URL(config.serverMetadata().jwks_uri as string);
  const { payload } = await jwtVerify(body.id_token as string, createRemoteJWKSet(jwksUri), {
    issuer,
    audience: 'push-client',
  });
  show(body, payload);
}

function nextNotification(): Promise<{ authorization?: string; body: Record<string, string> }> {
  return new Promise((resolve) => {
    notified = resolve;
  });
}

function show(tokens: { [name: string]: unknown }, claims: object | undefined): void {
  const shorten = (name: string, value: unknown) =>
    name.endsWith('_token') ? `${String(value).slice(0, 16)}...` : value;
  tell('client', 'got its tokens:');
  console.log(JSON.stringify(tokens, (name, value) => shorten(name, value), 2));
  tell('client', 'verified the ID token; its claims:');
  console.log(JSON.stringify(claims, null, 2));
}

await poll();
await ping();
await push();

// ---------------------------------------------------------------------------------------------------------- and the end

console.log();
const { transactions, deliveries } = await ciba.close();
tell('server', `closed, with ${transactions} transactions and ${deliveries} notifications unfinished`);
server.close();
receiver.close();
