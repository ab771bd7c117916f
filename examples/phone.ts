/*
 * The user's own phone: a bank with a tiny login, its page for phones, and a shop that asks for a payment whenever you
 * press Enter.
 *
 *     npm run example:phone
 *
 * Passkeys work on http://localhost in a browser of the same machine. docs/device.md says how to try a real phone. PORT
 * (3000; 0 for any that is free) may be set in the environment.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { cibaBackchannel, cibaCompletion, cibaDiscovery, cibaToken } from 'ciba-backchannel';
import { embeddedAuthlete } from 'ciba-backchannel/embedded';
import { authorizationDetails, bindingMessage, promptLimit } from 'ciba-backchannel/policies';
import express from 'express';
import * as openid from 'openid-client';
import { endWith } from './end-with.js';
import { payment } from './payments.js';
import { alice, phoneHost } from './phone/host.js';

const app = express();
const server = createServer(app);
server.on('error', (error) => endWith(error, 'npm run example:phone'));
await new Promise<void>((resolve) => server.listen(Number(process.env.PORT ?? 3000), 'localhost', resolve));
const origin = `http://localhost:${(server.address() as AddressInfo).port}`;

// ---------------------------------------------------------------------------------------------------------- the bank

const authlete = await embeddedAuthlete({
  issuer: origin,
  interval: 1,
  expiresIn: 300,
  clients: [
    {
      client_id: 'shop',
      client_secret: 'shop-secret',
      client_name: 'Example Railways shop',
      backchannel_token_delivery_mode: 'poll',
      authorization_details_types: ['payment_initiation'],
    },
  ],
  acrs: ['urn:example:acr:passkey', 'urn:example:acr:synced-passkey'],
});
const handleKeys = ['the handles of an example, which nobody else opens'];
const completion = cibaCompletion({ authlete, handleKeys });
const { router, phone } = phoneHost(origin, completion.complete);
const ciba = cibaBackchannel({
  authlete,
  identifyUser: ({ hint }) => (hint === alice.email ? alice : undefined),
  policy: [
    authorizationDetails({ types: ['payment_initiation'], validate: { payment_initiation: payment } }),
    bindingMessage({ required: true }),
    // A client that asks too often is refused before a phone rings.
    promptLimit({ perUser: 20, perClient: 20, window: 300 }),
  ],
  authenticate: phone.authenticate,
  handleKeys,
});

app.use('/backchannel/authentication', ciba);
app.use('/token', cibaToken({ authlete }));
app.use(cibaDiscovery({ authlete }));
app.use(router);
app.get('/', (_req, res) => res.redirect('/login'));

// ---------------------------------------------------------------------------------------------------------- the shop

const config = await openid.discovery(new URL(origin), 'shop', undefined, openid.ClientSecretBasic('shop-secret'), {
  execute: [openid.allowInsecureRequests],
});

async function askForPayment(): Promise<void> {
  const code = `RAIL-${Math.floor(1000 + Math.random() * 9000)}`;
  console.log(`shop         asks for 89.90 EUR; "please compare the code ${code} on your phone"`);
  try {
    const acknowledgement = await openid.initiateBackchannelAuthentication(config, {
      scope: 'openid',
      login_hint: alice.email,
      binding_message: code,
      authorization_details: JSON.stringify([
        {
          type: 'payment_initiation',
          instructedAmount: { currency: 'EUR', amount: '89.90' },
          creditorName: 'Example Railways',
        },
      ]),
    });
    const tokens = await openid.pollBackchannelAuthenticationGrant(config, acknowledgement);
    console.log(`shop         got an access token; the ID token says ${JSON.stringify(tokens.claims())}`);
  } catch (error) {
    if (!(error instanceof openid.ResponseBodyError)) throw error;
    console.log(`shop         got no approval: ${error.error}`);
  }
}

console.log(`A bank, a page for phones and a shop. Stop them with Ctrl-C.

1. Open ${origin}/login, sign in, and set this browser up as a phone.
2. Press Enter here: the shop asks for a payment.
3. Approve or deny on the page.
`);
const terminal = createInterface({ input: process.stdin });
terminal.on('line', askForPayment);

async function stop(): Promise<void> {
  terminal.close();
  await phone.close();
  await ciba.close({ timeout: 1000 });
  await completion.close({ timeout: 1000 });
  server.close();
  server.closeAllConnections();
}
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop);
