/*
 * An agent that may call a tool only with a person's approval: the call of an MCP server's tool becomes a request on the
 * account holder's phone, and runs with a token that is good for exactly what was approved.
 *
 *     npm run example:mcp
 *
 * Three parts: this process is the bank (authorization server and payments API) and the agent's MCP client; the MCP
 * server (server.ts) is a separate process, as on the machines of people who use agents.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { authorized, cibaBackchannel, cibaDiscovery, cibaToken, denied } from 'ciba-backchannel';
import { embeddedAuthlete } from 'ciba-backchannel/embedded';
import { authorizationDetails, bindingMessage, clients, unpackDetail } from 'ciba-backchannel/policies';
import express from 'express';
import { type Payment, payment, paymentsApi } from '../payments.js';

function tell(who: string, what: string): void {
  console.log(`${who.padEnd(12)} ${what}`);
}

// ---------------------------------------------------------------------------------------------------------- the bank

const app = express();
const bank = createServer(app);
await new Promise<void>((resolve) => bank.listen(0, '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${(bank.address() as AddressInfo).port}`;

const authlete = await embeddedAuthlete({
  issuer,
  interval: 1,
  clients: [
    {
      client_id: 'payments-tool',
      client_secret: 'tool-secret',
      client_name: 'Payments tool of your AI agent',
      backchannel_token_delivery_mode: 'poll',
      authorization_details_types: ['payment_initiation'],
    },
  ],
});

/** Milliseconds that the person takes. */
const thinking = 5000;

const ciba = cibaBackchannel({
  authlete,
  identifyUser: ({ hint }) => (hint === 'alice@example.com' ? { subject: 'alice' } : undefined),
  policy: [
    clients({ allow: ['payments-tool'] }),
    authorizationDetails({ types: ['payment_initiation'], validate: { payment_initiation: payment } }),
    bindingMessage({ required: true }),
  ],
  async authenticate({ request, signal }) {
    const [order] = (request.authorizationDetails?.elements ?? []).map((element) => unpackDetail(element) as Payment);
    if (!order) return denied({ description: 'there is nothing to pay' });
    const { instructedAmount, creditorName } = order;
    tell('phone', `[${request.bindingMessage}] ${request.clientName} wants to pay`);
    tell('phone', `${instructedAmount.amount} ${instructedAmount.currency} to ${creditorName}`);
    await sleep(thinking, undefined, { signal });
    if (creditorName !== 'Example Railways') {
      tell('phone', 'Alice does not know the payee and says no');
      return denied({ description: 'the account holder said no' });
    }
    tell('phone', 'Alice approves');
    return authorized();
  },
});

app.use('/backchannel/authentication', ciba);
app.use('/token', cibaToken({ authlete }));
app.use(cibaDiscovery({ authlete }));
app.use(paymentsApi(authlete));

// --------------------------------------------------------------------------------------------------------- the agent

const agent = new Client({ name: 'travel-agent', version: '1.0.0' });
await agent.connect(
  new StdioClientTransport({
    command: process.execPath,
    args: ['--import', 'tsx', fileURLToPath(new URL('server.ts', import.meta.url))],
    env: { ISSUER: issuer, BANK: issuer, CLIENT_ID: 'payments-tool', CLIENT_SECRET: 'tool-secret' },
  }),
);

async function pay(amount: string, payee: string): Promise<void> {
  console.log(`\nThe agent has an invoice from ${payee}: ${amount} EUR\n`);
  tell('agent', 'calls the tool pay_invoice');
  const { content } = await agent.callTool(
    {
      name: 'pay_invoice',
      arguments: { payee, amount, currency: 'EUR', account_holder: 'alice@example.com' },
    },
    {
      // 60 seconds by default. Short here, so that the person takes longer than the agent would wait.
      timeout: 3000,
      resetTimeoutOnProgress: true,
      maxTotalTimeout: 120_000,
      onprogress: ({ progress, message }) => tell('tool', `${progress} s: ${message}`),
    },
  );
  for (const part of content) if (part.type === 'text') tell('tool', part.text);
}

await pay('89.90', 'Example Railways');
await pay('250.00', 'Mallory Inc.');

await agent.close();
await ciba.close();
bank.closeAllConnections();
bank.close();
