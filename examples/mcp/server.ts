/*
 * An MCP server whose tool needs a person's approval: `pay_invoice` becomes a CIBA request with authorization_details
 * (RFC 9396), and pays with the access token that the approval gave, which is good for just that payment.
 *
 * It speaks MCP over stdin and stdout, as programs that agents start do. `npm run example:mcp` starts it; it needs
 * ISSUER, CLIENT_ID, CLIENT_SECRET and BANK in its environment.
 */
import { type CallToolResult, McpServer, type ServerContext } from '@modelcontextprotocol/server';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';
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

const server = new McpServer({ name: 'payments', version: '1.0.0' });

server.registerTool(
  'pay_invoice',
  {
    title: 'Pay an invoice',
    description: 'Pays from the account of the person whom you work for, who is asked on their telephone first.',
    inputSchema: z.object({
      payee: payment.shape.creditorName,
      amount: payment.shape.instructedAmount.shape.amount,
      currency: payment.shape.instructedAmount.shape.currency,
      account_holder: z.email(),
    }),
  },
  async ({ payee, amount, currency, account_holder }, context) => {
    const order: Payment = {
      type: 'payment_initiation',
      instructedAmount: { currency, amount },
      creditorName: payee,
    };
    try {
      const accessToken = await approval(order, account_holder, context);
      const response = await fetch(`${BANK}/payments`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${accessToken}` },
        body: JSON.stringify(order),
      });
      return response.ok ? said(`Paid ${amount} ${currency} to ${payee}.`) : refused(await response.text());
    } catch (error) {
      if (!(error instanceof openid.ResponseBodyError)) throw error;
      return refused(`Not paid: ${error.error_description ?? error.error}`);
    }
  },
);

/**
 * Asks the account holder and waits for the answer.
 *
 * Whoever called the tool hears every second that it still waits: MCP clients give a call up after 60 seconds, unless
 * progress is reported and they count from there. When they give up, or cancel, polling ends with them.
 */
async function approval(order: Payment, accountHolder: string, { mcpReq }: ServerContext): Promise<string> {
  const code = `PAY-${Math.floor(1000 + Math.random() * 9000)}`;
  const waits = reporter(mcpReq, `waiting for approval; the telephone shows the code ${code}`);
  try {
    const acknowledgement = await openid.initiateBackchannelAuthentication(provider, {
      scope: 'openid',
      login_hint: accountHolder,
      binding_message: code,
      authorization_details: JSON.stringify([order]),
    });
    const { signal } = mcpReq;
    const tokens = await openid.pollBackchannelAuthenticationGrant(provider, acknowledgement, undefined, { signal });
    return tokens.access_token;
  } finally {
    clearInterval(waits);
  }
}

/** Reports progress now and every second, where it was asked for. */
function reporter({ _meta, notify }: ServerContext['mcpReq'], message: string): NodeJS.Timeout {
  const { progressToken } = _meta ?? {};
  let progress = 0;
  const report = () => {
    if (progressToken === undefined) return;
    progress += 1;
    const params = { progressToken, progress, message };
    // A client that is gone is noticed by the transport.
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
