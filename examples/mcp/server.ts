/*
 * An MCP server whose tool needs a person's approval: `pay_invoice` becomes a CIBA request with authorization_details
 * (RFC 9396), and pays with the access token that the approval gave, which is good for just that payment.
 *
 * It speaks MCP over stdin and stdout, as programs that agents start do. `npm run example:mcp` starts it; it needs
 * ISSUER, CLIENT_ID, CLIENT_SECRET and BANK in its environment.
 */
import { createHash, randomUUID } from 'node:crypto';
import { type CallToolResult, McpServer, type ServerContext } from '@modelcontextprotocol/server';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import { cibaClient } from 'ciba-backchannel/client';
import * as openid from 'openid-client';
import { z } from 'zod';
import { type Payment, payment } from '../payments.js';

const { ISSUER = '', CLIENT_ID = '', CLIENT_SECRET = '', BANK = '' } = process.env;

const provider = await openid.discovery(
  new URL(ISSUER),
  CLIENT_ID,
  undefined,
  openid.ClientSecretBasic(CLIENT_SECRET),
  // The example runs on loopback, without TLS.
  { execute: [openid.allowInsecureRequests] },
);

// In production with `store` and `keys`: approvals then outlive this process.
const approvals = cibaClient({ config: provider });

const server = new McpServer({ name: 'payments', version: '1.0.0' });

server.registerTool(
  'pay_invoice',
  {
    title: 'Pay an invoice',
    description: 'Pays from the account of the person you work for, after asking them on their phone.',
    inputSchema: z.object({
      payee: payment.shape.creditorName,
      amount: payment.shape.instructedAmount.shape.amount,
      currency: payment.shape.instructedAmount.shape.currency,
      account_holder: z.email(),
    }),
  },
  async ({ payee, amount, currency, account_holder }, { mcpReq }) => {
    const order: Payment = { type: 'payment_initiation', instructedAmount: { currency, amount }, creditorName: payee };
    // The same call, repeated after a crash or a time limit, is the same approval.
    const key = String(mcpReq._meta?.invoice ?? randomUUID());
    const { bindingMessage } = await approvals.ask(key, {
      scope: 'openid',
      login_hint: account_holder,
      binding_message: codeFor(key),
      authorization_details: [order],
    });
    const waits = reporter(mcpReq, `waiting for approval; the phone shows the code ${bindingMessage}`);
    const withdraw = () => void approvals.withdraw(key).catch(() => {});
    mcpReq.signal.addEventListener('abort', withdraw);
    try {
      const { state, error, errorDescription } = await approvals.wait(key, { signal: mcpReq.signal });
      if (state === 'used') return said(`${amount} ${currency} to ${payee} had been paid already.`);
      if (state !== 'approved') return refused(`Not paid: ${errorDescription ?? error ?? state}`);
      return await approvals.use(key, async ({ fetch }) => {
        const headers = { 'content-type': 'application/json' };
        const response = await fetch(`${BANK}/payments`, { method: 'POST', headers, body: JSON.stringify(order) });
        return response.ok ? said(`Paid ${amount} ${currency} to ${payee}.`) : refused(await response.text());
      });
    } finally {
      clearInterval(waits);
      mcpReq.signal.removeEventListener('abort', withdraw);
    }
  },
);

/** The code that the person compares. A repeated call has the same code. */
function codeFor(key: string): string {
  return `PAY-${createHash('sha256').update(key).digest().readUInt16BE()}`;
}

/** Reports progress now and every second, if the client asked for it. */
function reporter({ _meta, notify }: ServerContext['mcpReq'], message: string): NodeJS.Timeout {
  const { progressToken } = _meta ?? {};
  let progress = 0;
  const report = () => {
    if (progressToken === undefined) return;
    progress += 1;
    const params = { progressToken, progress, message };
    // The transport notices a client that is gone.
    notify({ method: 'notifications/progress', params }).catch(() => {});
  };
  report();
  return setInterval(report, 1000);
}

function said(text: string): CallToolResult {
  return { content: [{ type: 'text', text }] };
}

function refused(text: string): CallToolResult {
  return { ...said(text), isError: true };
}

await server.connect(new StdioServerTransport());
