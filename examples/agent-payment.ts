/*
 * An AI agent that may prepare payments, but needs a person's approval for each. The agent sends what it wants to pay
 * as `authorization_details` (RFC 9396); the telephone shows just that; the access token is good for just that.
 *
 *     npm run example:agent
 *
 * In a terminal you are the person and approve or refuse; otherwise the approval is simulated. With PHONE=1 the person
 * has a real one: the page of examples/phone.ts, in a browser of this machine.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { authorized, cibaBackchannel, cibaCompletion, cibaDiscovery, cibaToken, denied } from 'ciba-backchannel';
import { cibaClient, type Granted } from 'ciba-backchannel/client';
import { embeddedAuthlete } from 'ciba-backchannel/embedded';
import { authorizationDetails, bindingMessage, clients, promptLimit, unpackDetail } from 'ciba-backchannel/policies';
import express from 'express';
import * as openid from 'openid-client';
import { type Payment, payment, paymentsApi } from './payments.js';
import { phoneHost } from './phone/host.js';

function tell(who: string, what: string): void {
  console.log(`${who.padEnd(12)} ${what}`);
}

function chapter(title: string): void {
  console.log(`\n${title}\n`);
}

const app = express();
const server = createServer(app);
await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;

// ------------------------------------------------------------------------------------------ the authorization server

const authlete = await embeddedAuthlete({
  issuer,
  interval: 1,
  clients: [
    {
      client_id: 'travel-agent',
      client_secret: 'agent-secret',
      client_name: 'Travel agent (AI)',
      backchannel_token_delivery_mode: 'poll',
      authorization_details_types: ['payment_initiation'],
    },
  ],
});

const handleKeys = ['the handles of an example, which nobody else opens'];
const completion = cibaCompletion({ authlete, handleKeys });
const device = process.env.PHONE === '1' ? phoneHost(issuer, completion.complete) : undefined;

const users = [{ subject: 'alice', email: 'alice@example.com' }];

const ciba = cibaBackchannel({
  authlete,
  identifyUser: ({ hint }) => users.find(({ email }) => email === hint),
  policy: [
    clients({ allow: ['travel-agent'] }),
    authorizationDetails({ types: ['payment_initiation'], validate: { payment_initiation: payment } }),
    bindingMessage({ required: true }),
    promptLimit({ perUser: 5, perClient: 3, window: 300 }),
  ],
  handleKeys,
  async authenticate(transaction) {
    if (device) return device.phone.authenticate(transaction);
    const { request, signal } = transaction;
    tell('telephone', `${request.clientName} [${request.bindingMessage}] wants to:`);
    for (const element of request.authorizationDetails?.elements ?? []) {
      const { instructedAmount, creditorName } = unpackDetail(element) as Payment;
      tell('telephone', `  pay ${instructedAmount.amount} ${instructedAmount.currency} to ${creditorName}`);
    }
    return (await approves(signal)) ? authorized() : denied({ description: 'the account holder said no' });
  },
});

/** The person with the telephone: you, where there is a terminal. */
async function approves(signal: AbortSignal): Promise<boolean> {
  if (!process.stdin.isTTY) {
    await sleep(1500, undefined, { signal });
    tell('telephone', 'approved (simulated: there is no terminal to ask in)');
    return true;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await terminal.question(`${'telephone'.padEnd(12)} Approve? [y/N] `, { signal });
    return /^y/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}

if (device) app.use(device.router);
app.use('/backchannel/authentication', ciba);
app.use('/token', cibaToken({ authlete }));
app.use(cibaDiscovery({ authlete }));

// --------------------------------------------------------------------------------------------------- the bank's API

app.use(paymentsApi(authlete));

// ---------------------------------------------------------------------------------------------------------- the agent

const config = await openid.discovery(
  new URL(issuer),
  'travel-agent',
  undefined,
  openid.ClientSecretBasic('agent-secret'),
  { execute: [openid.allowInsecureRequests] },
);

const approvals = cibaClient({ config });

/** The tool that pays. */
async function pay(what: Payment, fetch: Granted['fetch'] = globalThis.fetch as Granted['fetch']): Promise<void> {
  const { instructedAmount, creditorName } = what;
  tell('agent', `pays ${instructedAmount.amount} EUR to ${creditorName} ...`);
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${issuer}/payments`, { method: 'POST', headers, body: JSON.stringify(what) });
  tell('bank', `${response.status} ${JSON.stringify(await response.json())}`);
}

/** The tool that asks a person. @param key the task: for the same one nobody is asked twice */
async function askForApproval(key: string, what: Payment): Promise<boolean> {
  const code = 'TRIP-4711';
  tell('agent', `asks for approval; "please compare the code ${code} on your telephone"`);
  await approvals.ask(key, {
    scope: 'openid',
    login_hint: 'alice@example.com',
    binding_message: code,
    authorization_details: [what],
  });
  const { state, error, errorDescription } = await approvals.wait(key);
  if (state === 'approved') tell('agent', 'got an access token for this payment');
  else tell('agent', `got no approval: ${error ?? state}, ${errorDescription ?? 'without a reason'}`);
  return state === 'approved';
}

const ticket: Payment = {
  type: 'payment_initiation',
  instructedAmount: { currency: 'EUR', amount: '89.90' },
  creditorName: 'Example Railways',
};
const tooMuch: Payment = { ...ticket, instructedAmount: { currency: 'EUR', amount: '8990.00' } };

console.log(`The authorization server, the bank and the agent share ${issuer}.`);
if (device) {
  console.log(`Open ${issuer}/login, sign in and set the browser up as a phone; then press Enter here.`);
  await once(process.stdin, 'data');
} else if (process.stdin.isTTY) {
  console.log('You hold the telephone.');
}
chapter('The agent is told: "Buy me the ticket for 89.90 EUR." It cannot pay by itself.');
await pay(ticket);

chapter('It asks the account holder.');
if (await askForApproval('ticket', ticket)) {
  chapter('With the approval it pays: what was approved, nothing else, and once.');
  await approvals.use('ticket', async ({ fetch }) => {
    await pay({ ...ticket, instructedAmount: { currency: 'EUR', amount: '99.90' } }, fetch);
    await pay({ ...ticket, creditorName: 'Mallory Inc.' }, fetch);
    await pay(ticket, fetch);
    await pay(ticket, fetch);
  });
}

chapter('What no agent may ask for does not even reach the telephone.');
await askForApproval('too-much', tooMuch);

await approvals.close();
await device?.phone.close();
await ciba.close();
await completion.close();
process.stdin.pause();
server.closeAllConnections();
server.close();
