/*
 * An authorization server to play with: Express, the embedded engine, a poll, a ping and a push client, and the simulator
 * as the user's phone and as the clients.
 *
 *     npm start
 *
 * PORT (3000; 0 for any that is free) may be set in the environment.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cibaBackchannel, cibaDiscovery, cibaToken } from 'ciba-backchannel';
import { embeddedAuthlete } from 'ciba-backchannel/embedded';
import { bindingMessage } from 'ciba-backchannel/policies';
import { simulator } from 'ciba-backchannel/simulator';
import express from 'express';
import { endWith } from './end-with.js';
import { tellEvent } from './tell-event.js';

const app = express();
// Signed requests and certificates in headers can be longer than Node's 16 kB.
const server = createServer({ maxHeaderSize: 64 * 1024 }, app);
server.on('error', (error) => endWith(error, 'npm start'));
// On loopback only: anybody who can open the simulator can approve.
await new Promise<void>((resolve) => server.listen(Number(process.env.PORT ?? 3000), 'localhost', resolve));
const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;

const callback = `${issuer}/simulator/notifications`;
const clients = [
  {
    client_id: 'teller',
    client_secret: 'teller-secret',
    client_name: 'Bank teller',
    backchannel_token_delivery_mode: 'poll',
    scope: 'openid profile offline_access',
  },
  {
    client_id: 'shop',
    client_secret: 'shop-secret',
    client_name: 'Web shop',
    backchannel_token_delivery_mode: 'ping',
    backchannel_client_notification_endpoint: callback,
    scope: 'openid email payments',
  },
  {
    client_id: 'kiosk',
    client_secret: 'kiosk-secret',
    client_name: 'Ticket kiosk',
    backchannel_token_delivery_mode: 'push',
    backchannel_client_notification_endpoint: callback,
    scope: 'openid profile',
  },
] as const;

const users = new Map([
  ['alice', { subject: 'alice', name: 'Alice Arendt', email: 'alice@example.com' }],
  ['bob', { subject: 'bob', name: 'Bob Bernhard', email: 'bob@example.com' }],
]);

const authlete = await embeddedAuthlete({
  issuer,
  clients,
  scopes: [
    'openid',
    'offline_access',
    { name: 'profile', description: 'Your name' },
    { name: 'email', description: 'Your e-mail address' },
    { name: 'payments', description: 'Payments in your name' },
  ],
  acrs: ['urn:example:acr:password', 'urn:example:acr:fingerprint'],
  interval: 2,
});
const sim = simulator({ issuer, clients, loginHints: [...users.keys()] });

const ciba = cibaBackchannel({
  authlete,
  // The engine has verified an id_token_hint, and gives its subject.
  identifyUser: (request) => users.get(request.sub ?? request.hint),
  policy: bindingMessage({ maxLength: 40 }),
  authenticate: sim.authenticate,
  claims: ({ name, email }) => ({ name, email }),
  // The clients are on loopback and have no TLS, which would be refused without this line.
  notifications: { allow: (url) => url.href === callback },
  onEvent: tellEvent,
});

app.use('/backchannel/authentication', ciba);
app.use('/token', cibaToken({ authlete }));
app.use(cibaDiscovery({ authlete }));
app.use('/simulator', sim);
app.get('/', (_req, res) => res.redirect('/simulator/'));

console.log(`An authorization server that speaks CIBA, on the embedded engine. Stop it with Ctrl-C.

Open ${issuer}/simulator/, press Send request, and then Approve: you are the client (${clients.map(({ client_name }) => client_name).join(', ')}) and the user.

Or send a request from a terminal, and decide on the page:

  curl -u teller:teller-secret ${issuer}/backchannel/authentication -d scope=openid -d login_hint=alice -d binding_message=W4SCT

With the auth_req_id of the answer, decide from the terminal as well, and get the tokens:

  curl -X POST '${issuer}/simulator/decide?action=allow&auth_req_id=...'
  curl -u teller:teller-secret ${issuer}/token -d grant_type=urn:openid:params:grant-type:ciba -d auth_req_id=...
`);

async function stop(): Promise<void> {
  sim.close();
  await ciba.close({ timeout: 1000 });
  server.close();
  server.closeAllConnections();
}
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop);
