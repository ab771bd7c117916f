/*
 * An AI agent, the trip planner of Example Travel, that may prepare payments, but needs a person's approval for each. The
 * agent sends what it wants to pay as `authorization_details` (RFC 9396), and who it is as `actor_token`; the phone shows
 * just that; the access token is good for just that, once, within a minute. Which agent acted is visible on the phone, in
 * the record of the approval, in the events, in the token and in the bank's log.
 *
 *     npm run example:agent
 *
 * In a terminal you are the person and approve or refuse; otherwise the approval is simulated, and the bank writes its record
 * itself. With PHONE=1 the person has a real phone, the page of examples/phone.ts in a browser of this machine, whose passkey
 * signs the record.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  authorized,
  type CibaEvent,
  cibaBackchannel,
  cibaCompletion,
  cibaDiscovery,
  cibaToken,
  type Decision,
  denied,
} from 'ciba-backchannel';
import { cibaClient, type Granted } from 'ciba-backchannel/client';
import { embeddedAuthlete } from 'ciba-backchannel/embedded';
import { verifyActorToken } from 'ciba-backchannel/hints';
import { authorizationDetails, bindingMessage, clients, promptLimit, unpackDetail } from 'ciba-backchannel/policies';
import express from 'express';
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
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

// -------------------------------------------------------------------------------- Example Travel, which has many agents

const travel = 'https://travel.example';
const { publicKey, privateKey } = await generateKeyPair('ES256');
const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: '1', alg: 'ES256', use: 'sig' }] };

/** Says which agent asks. */
const actorToken = await new SignJWT({ name: 'Trip planner' })
  .setProtectedHeader({ alg: 'ES256', kid: '1' })
  .setIssuer(travel)
  .setSubject('trip-planner')
  .setAudience(issuer)
  .setIssuedAt()
  .setExpirationTime('1h')
  .sign(privateKey);

// ------------------------------------------------------------------------------------------ the authorization server

const authlete = await embeddedAuthlete({
  issuer,
  interval: 1,
  accessTokenFormat: 'jwt',
  clients: [
    {
      client_id: 'example-travel',
      client_secret: 'travel-secret',
      client_name: 'Example Travel',
      backchannel_token_delivery_mode: 'poll',
      authorization_details_types: ['payment_initiation'],
    },
  ],
});

const handleKeys = ['the handles of an example, which nobody else opens'];
const completion = cibaCompletion({ authlete, handleKeys, onEvent });
const device =
  process.env.PHONE === '1'
    ? phoneHost(issuer, (handle, decision) => completion.complete(handle, forOnePayment(decision)))
    : undefined;

/** The token is used at once: one that leaks a minute later is worth nothing. */
function forOnePayment(decision: Decision): Decision {
  if (decision.result !== 'AUTHORIZED') return decision;
  const { result, ...approval } = decision;
  return authorized({ ...approval, accessTokenDuration: 60 });
}

/** The audit log. */
function onEvent({ type, subject, actor }: CibaEvent): void {
  if (actor) tell('event', `${type}: ${actor.sub} of ${actor.iss} acts for ${subject}`);
}

const users = [{ subject: 'alice', email: 'alice@example.com' }];

const ciba = cibaBackchannel({
  authlete,
  async identifyUser({ hint }, { parameter }) {
    const issuers = { [travel]: { jwks } };
    const { actor } = await verifyActorToken(parameter('actor_token'), { issuers, audience: issuer });
    const user = users.find(({ email }) => email === hint);
    return user && { ...user, actor };
  },
  policy: [
    clients({ allow: ['example-travel'] }),
    authorizationDetails({ types: ['payment_initiation'], validate: { payment_initiation: payment } }),
    bindingMessage({ required: true }),
    promptLimit({ perUser: 5, perClient: 3, perActor: 3, window: 300 }),
  ],
  handleKeys,
  onEvent,
  async authenticate(transaction) {
    if (device) return device.phone.authenticate(transaction);
    const { id, request, actor, signal } = transaction;
    tell('phone', `${actor?.name}, an agent of ${request.clientName} [${request.bindingMessage}], wants to:`);
    for (const element of request.authorizationDetails?.elements ?? []) {
      const { instructedAmount, creditorName } = unpackDetail(element) as Payment;
      tell('phone', `  pay ${instructedAmount.amount} ${instructedAmount.currency} to ${creditorName}`);
    }
    if (!(await approves(signal))) return denied({ description: 'the account holder said no' });
    const { clientName, bindingMessage, authorizationDetails } = request;
    const record = {
      id,
      client: clientName,
      actor,
      bindingMessage,
      approved: authorizationDetails?.elements.map(unpackDetail),
    };
    tell('approval', `recorded: ${JSON.stringify(record)}`);
    return forOnePayment(authorized());
  },
});

/** The person with the phone: you, if there is a terminal. */
async function approves(signal: AbortSignal): Promise<boolean> {
  if (!process.stdin.isTTY) {
    await sleep(1500, undefined, { signal });
    tell('phone', 'approved');
    return true;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await terminal.question(`${'phone'.padEnd(12)} Approve? [y/N] `, { signal });
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

app.use(
  paymentsApi(authlete, ({ instructedAmount, creditorName }, { subject, clientIdAlias, act }) => {
    const by = `${act?.sub} of ${act?.iss}, through ${clientIdAlias}`;
    tell('bank log', `${instructedAmount.amount} EUR to ${creditorName} for ${subject}, by ${by}`);
  }),
);

// ---------------------------------------------------------------------------------------------------------- the agent

const config = await openid.discovery(
  new URL(issuer),
  'example-travel',
  undefined,
  openid.ClientSecretBasic('travel-secret'),
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

/** The tool that asks a person. @param key the task: nobody is asked twice for the same one */
async function askForApproval(key: string, what: Payment): Promise<boolean> {
  const code = 'TRIP-4711';
  tell('agent', `asks for approval; "please compare the code ${code} on your phone"`);
  await approvals.ask(key, {
    scope: 'openid',
    login_hint: 'alice@example.com',
    actor_token: actorToken,
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
  console.log('The phone is a browser on this machine.');
  console.log(`Open ${issuer}/login, sign in and set the browser up as a phone; then press Enter here.`);
  await once(process.stdin, 'data');
} else {
  console.log(process.stdin.isTTY ? 'This terminal is the phone.' : 'The phone is simulated: it approves by itself.');
}
chapter('The agent is told: "Buy me the ticket for 89.90 EUR." It cannot pay by itself.');
await pay(ticket);

chapter('It asks the account holder.');
if (await askForApproval('ticket', ticket)) {
  chapter('With the approval the agent can pay: only what was approved, and only once.');
  await approvals.use('ticket', async ({ fetch, accessToken }) => {
    const { sub, act, iat = 0, exp = 0 } = decodeJwt(accessToken);
    tell('token', `${JSON.stringify({ sub, act })}, good for ${exp - iat} seconds`);
    await pay({ ...ticket, instructedAmount: { currency: 'EUR', amount: '99.90' } }, fetch);
    await pay({ ...ticket, creditorName: 'Mallory Inc.' }, fetch);
    await pay(ticket, fetch);
    await pay(ticket, fetch);
  });
}

chapter('A payment that no agent may ask for does not even reach the phone.');
await askForApproval('too-much', tooMuch);

await approvals.close();
await device?.phone.close();
await ciba.close();
await completion.close();
process.stdin.pause();
server.closeAllConnections();
server.close();
