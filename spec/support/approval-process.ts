/*
 * An agent that asks, waits and pays, in a process that a spec kills. Its store is the spec's: every call of it is a
 * request to STORE.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cibaClient, type RowStore } from 'ciba-backchannel/client';
import * as openid from 'openid-client';
import { keys, pay, request, secret } from './approval-request.js';

const { ISSUER = '', STORE = '', MODE = 'poll' } = process.env;

async function call(method: string, ...args: unknown[]): Promise<never> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(STORE, { method: 'POST', headers, body: JSON.stringify({ method, args }) });
  const { result } = (await response.json()) as { result?: unknown };
  return result as never;
}

const methods = ['insert', 'find', 'list', 'replace', 'remove', 'due', 'sweep'];
const store = Object.fromEntries(methods.map((method) => [method, (...args: unknown[]) => call(method, ...args)]));

const config = await openid.discovery(new URL(ISSUER), 'agent', undefined, openid.ClientSecretBasic(secret), {
  execute: [openid.allowInsecureRequests],
});
const mode = MODE as 'poll' | 'ping';
const approvals = cibaClient({ config, mode, keys, store: store as unknown as RowStore, logger: false });
const endpoint = createServer(approvals).listen(0, '127.0.0.1', async () => {
  process.stdout.write(`${(endpoint.address() as AddressInfo).port}\n`);
  await approvals.ask('invoice-1', request);
  await approvals.wait('invoice-1');
  await approvals.use('invoice-1', pay(ISSUER));
});
