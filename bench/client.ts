/*
 * npm run bench:client: what `ciba-backchannel/client` costs and how soon it has its tokens: the memory for each approval that
 * waits, and the time from the decision to the end of `wait()`.
 *
 *   npm run bench:client -- latency     one part only: memory or latency
 */
import type { AddressInfo } from 'node:net';
import { authorized, cibaBackchannel, cibaDiscovery, cibaToken, type Decision, decisionSignal } from 'ciba-backchannel';
import { cibaClient } from 'ciba-backchannel/client';
import { embeddedAuthlete } from 'ciba-backchannel/embedded';
import express from 'express';
import * as openid from 'openid-client';
import { median, percentile, spread } from './statistics.js';

const approvalsAtOnce = 1_000;
const rounds = 3;
const transactions = 200;
const asked = { scope: 'openid', login_hint: 'alice', binding_message: 'W4-7' };

async function heap(): Promise<number> {
  for (let i = 0; i < 4; i += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return process.memoryUsage().heapUsed;
}

/** What the approvals of a client take, when they were asked for and when they are waited for as well. */
async function memory(): Promise<void> {
  const issuer = 'https://as.example.com';
  const endpoints = { backchannel_authentication_endpoint: `${issuer}/ciba`, token_endpoint: `${issuer}/token` };
  const config = new openid.Configuration({ issuer, ...endpoints }, 'shop', 'a-secret');
  let calls = 0;
  // Connections would be counted too. Its user never decides.
  config[openid.customFetch] = async (url) => {
    calls += 1;
    if (url !== endpoints.backchannel_authentication_endpoint) {
      return Response.json({ error: 'authorization_pending' }, { status: 400 });
    }
    const id = `auth-req-id-${calls}-012345678901234567890`;
    return Response.json({ auth_req_id: id, expires_in: 3600, interval: 3600 });
  };

  const rows: number[] = [];
  const waits: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const approvals = cibaClient({ config, logger: false });
    const keys = Array.from({ length: approvalsAtOnce }, (_, i) => `invoice-${i}`);
    const empty = await heap();
    for (let i = 0; i < keys.length; i += 20) {
      await Promise.all(keys.slice(i, i + 20).map((key) => approvals.ask(key, asked)));
    }
    const known = await heap();
    calls = 0;
    for (const key of keys) approvals.wait(key).catch(() => {});
    // Each has been polled once.
    while (calls < keys.length) await new Promise((resolve) => setTimeout(resolve, 50));
    const waiting = await heap();
    await approvals.close({ timeout: 0 });
    // The first round is to get warm.
    if (round === 0) continue;
    rows.push((known - empty) / keys.length);
    waits.push((waiting - known) / keys.length);
  }
  console.log(`| bytes for the row of an approval, in memory | ${spread(rows, 0)} | |`);
  const verdict = median(waits) < 2_000 ? 'reached' : 'missed';
  console.log(`| bytes for an approval that waits, beyond its row | ${spread(waits, 0)} | under 2000: ${verdict} |`);
}

/** This package's server, which holds polls; all in one process. */
async function latency(): Promise<void> {
  const app = express();
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = { client_id: 'shop', client_secret: 'a-secret', backchannel_token_delivery_mode: 'poll' as const };
  const authlete = await embeddedAuthlete({ issuer, interval: 5, clients: [client] });
  const signal = decisionSignal();
  let decide!: (decision: Decision) => void;
  const ciba = cibaBackchannel({
    authlete,
    decided: signal,
    identifyUser: ({ hint }) => ({ subject: hint }),
    authenticate: () =>
      new Promise<Decision>((resolve) => {
        decide = resolve;
      }),
  });
  app.use('/backchannel/authentication', ciba);
  app.use('/token', cibaToken({ authlete, longPolling: { signal } }));
  app.use(cibaDiscovery({ authlete }));
  const authentication = openid.ClientSecretBasic(client.client_secret);
  const config = await openid.discovery(new URL(issuer), client.client_id, undefined, authentication, {
    execute: [openid.allowInsecureRequests],
  });
  const approvals = cibaClient({ config, logger: false });

  const values: number[] = [];
  for (let i = 0; i < transactions; i += 1) {
    const key = `invoice-${i}`;
    await approvals.ask(key, asked);
    const outcome = approvals.wait(key);
    // Sooner than any second poll could be.
    await new Promise((resolve) => setTimeout(resolve, 20));
    const since = performance.now();
    decide(authorized());
    const { state } = await outcome;
    if (state !== 'approved') throw new Error(`the approval is ${state}`);
    values.push(performance.now() - since);
  }
  const [p50, p99] = [percentile(values, 0.5), percentile(values, 0.99)];
  const verdict = p50 < 20 ? 'reached' : 'missed';
  console.log(
    `| ms from the decision to the approval, p50 / p99 | ${p50.toFixed(1)} / ${p99.toFixed(1)} | 20: ${verdict} |`,
  );
  await approvals.close();
  await ciba.close();
  server.closeAllConnections();
  server.close();
}

console.log('| the client | | wanted |\n|---|---|---|');
const wanted = process.argv[2];
for (const part of [memory, latency]) if (wanted === undefined || part.name === wanted) await part();
