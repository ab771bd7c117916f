import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { authorized, cibaBackchannel, cibaDiscovery, cibaToken, type Decision, denied } from 'ciba-backchannel';
import { embeddedAuthlete } from 'ciba-backchannel/embedded';
import express from 'express';
import { paymentsApi } from '../../examples/payments.js';
import { type Deferred, deferred } from '../support/deferred.js';
import { program } from '../support/program.js';

describe('the example MCP server', () => {
  const agent = new Client({ name: 'agent', version: '1.0.0' });
  const bank = createServer();
  const persons = new Map<string, Deferred<Decision>>();

  beforeAll(async () => {
    bank.listen(0, '127.0.0.1');
    await once(bank, 'listening');
    const issuer = `http://127.0.0.1:${(bank.address() as AddressInfo).port}`;
    const authlete = await embeddedAuthlete({
      issuer,
      interval: 1,
      clients: [
        {
          client_id: 'tool',
          client_secret: 'tool-secret',
          backchannel_token_delivery_mode: 'poll',
          authorization_details_types: ['payment_initiation'],
        },
      ],
    });
    const ciba = cibaBackchannel({
      authlete,
      identifyUser: ({ hint }) => ({ subject: hint }),
      authenticate: ({ user }) => (persons.get(user.subject) as Deferred<Decision>).promise,
    });
    const app = express();
    app.use('/backchannel/authentication', ciba);
    app.use('/token', cibaToken({ authlete }));
    app.use(cibaDiscovery({ authlete }));
    app.use(paymentsApi(authlete));
    bank.on('request', app);
    await agent.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: [program('examples/mcp/server.ts')],
        env: { ISSUER: issuer, BANK: issuer, CLIENT_ID: 'tool', CLIENT_SECRET: 'tool-secret' },
      }),
    );
  }, 60_000);

  afterAll(async () => {
    await agent.close();
    bank.closeAllConnections();
    bank.close();
  });

  /** Calls the tool for an invoice that a person has to approve. */
  function call(person: string, options: Parameters<typeof agent.callTool>[1]) {
    persons.set(person, deferred());
    const order = { payee: 'Example Railways', amount: '89.90', currency: 'EUR', account_holder: person };
    return agent.callTool({ name: 'pay_invoice', arguments: order }, options);
  }

  // They overlap, since each waits out an interval.

  it.concurrent('pays when the person approves, however long that takes, since progress resets the time limit of the agent', async () => {
    const result = call('alice@example.com', {
      timeout: 3000,
      resetTimeoutOnProgress: true,
      // After 4 seconds: the agent would have given up by then.
      onprogress: ({ progress }) => progress === 5 && persons.get('alice@example.com')?.resolve(authorized()),
    });
    expect(await result).toMatchObject({ content: [{ text: 'Paid 89.90 EUR to Example Railways.' }] });
  });

  it.concurrent('tells the agent when the person refuses', async () => {
    const result = call('bob@example.com', {});
    persons.get('bob@example.com')?.resolve(denied({ description: 'not mine' }));
    expect(await result).toMatchObject({ isError: true, content: [{ text: 'Not paid: not mine' }] });
  });

  it.concurrent('refuses an order that a person could not be shown', async () => {
    const order = { payee: '<b>Bank</b>', amount: '1', currency: 'BTC', account_holder: 'alice@example.com' };
    expect(await agent.callTool({ name: 'pay_invoice', arguments: order })).toMatchObject({ isError: true });
  });
});
