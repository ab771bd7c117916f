/*
 * A bank as it goes live: two processes of server.ts with PostgreSQL, behind a proxy that replaces nginx, and
 * a shop with a client certificate that asks for a payment whenever you press Enter.
 *
 *     npm run example:bank
 *
 * PostgreSQL comes from npm and lives in a temporary folder; set DATABASE_URL to use another. The embedded engine plays Authlete;
 * to use your own service, set AUTHLETE_URL, AUTHLETE_SERVICE and AUTHLETE_TOKEN, SHOP_CLIENT to its client, and SHOP_CERT and
 * SHOP_KEY to the files with that client's certificate and key. PORT (3000; 0 for any that is free) is the page's.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { authleteRouter, embeddedAuthlete } from 'ciba-backchannel/embedded';
import webPush from 'web-push';
import { endWith } from '../end-with.js';
import { makeSelfSigned } from '../fapi/self-signed.js';
import { startProxy } from './proxy.js';
import { openShop } from './shop.js';

const { env } = process;
const secret = () => randomBytes(32).toString('base64url');
const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));

// ---------------------------------------------------------------------------------------------------------- PostgreSQL

const database = env.DATABASE_URL ? undefined : fork(file('database.ts'), { detached: true });
const databaseUrl = env.DATABASE_URL ?? (await once(database as ChildProcess, 'message'))[0].url;

// ----------------------------------------------------------------------------------------------------------- the proxy

const tls = await makeSelfSigned('localhost', ['localhost']);
const proxy = await startProxy(Number(env.PORT ?? 3000), tls).catch((error) => endWith(error, 'npm run example:bank'));
const { publicUrl, mtlsUrl } = proxy;

// ------------------------------------------------------------------------------------------------------------ Authlete

const certificate =
  env.SHOP_CERT && env.SHOP_KEY
    ? { cert: readFileSync(env.SHOP_CERT, 'utf8'), key: readFileSync(env.SHOP_KEY, 'utf8') }
    : await makeSelfSigned('shop');
const clientId = env.SHOP_CLIENT ?? 'shop';

/** The engine behind Authlete's HTTP API, so that all processes ask the same one. */
async function startEngine() {
  const x509 = new X509Certificate(certificate.cert);
  const engine = await embeddedAuthlete({
    issuer: publicUrl,
    interval: 1,
    expiresIn: 300,
    accessTokenDuration: 60, // one payment takes no longer
    acrs: ['urn:bank:acr:passkey', 'urn:bank:acr:synced-passkey'],
    endpoints: {
      mtls_endpoint_aliases: {
        token_endpoint: `${mtlsUrl}/token`,
        backchannel_authentication_endpoint: `${mtlsUrl}/backchannel/authentication`,
      },
    },
    clients: [
      {
        client_id: clientId,
        client_name: 'Example Railways shop',
        token_endpoint_auth_method: 'self_signed_tls_client_auth',
        tls_client_certificate_bound_access_tokens: true,
        backchannel_token_delivery_mode: 'poll',
        authorization_details_types: ['payment_initiation'],
        jwks: { keys: [{ ...x509.publicKey.export({ format: 'jwk' }), x5c: [x509.raw.toString('base64')] }] },
      },
    ],
  });
  const credentials = { serviceId: '1', accessToken: secret() };
  const router = authleteRouter(engine, credentials);
  const server = createServer((req, res) => router(req, res, () => res.writeHead(404).end())).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, ...credentials };
}
const engine = env.AUTHLETE_URL ? undefined : await startEngine();

// -------------------------------------------------------------------------------------------- two processes of the bank

const vapid = webPush.generateVAPIDKeys();
const settings = {
  ...env,
  ...(engine && { AUTHLETE_URL: engine.url, AUTHLETE_SERVICE: engine.serviceId, AUTHLETE_TOKEN: engine.accessToken }),
  DATABASE_URL: databaseUrl,
  PUBLIC_URL: publicUrl,
  MTLS_URL: mtlsUrl,
  CLIENTS: clientId,
  SESSION_SECRET: secret(),
  HANDLE_KEYS: secret(),
  DEVICE_KEYS: secret(),
  VAPID_PUBLIC_KEY: vapid.publicKey,
  VAPID_PRIVATE_KEY: vapid.privateKey,
  DRAIN_MS: '0',
};
const [migrated] = await once(fork(file('migrate.ts'), { env: settings }), 'exit');
if (migrated !== 0) throw new Error('the tables could not be made');

/** Resolves when the process says that it is healthy. */
async function startProcess(): Promise<ChildProcess> {
  const free = createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const { port } = free.address() as AddressInfo;
  free.close();
  const child = fork(file('server.ts'), { env: { ...settings, PORT: String(port) } });
  const isHealthy = () =>
    fetch(`http://127.0.0.1:${port}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isHealthy())) {
    if (child.exitCode !== null) throw new Error('a process of the bank did not start');
    await sleep(100);
  }
  proxy.upstreams.push(port);
  console.log(`bank       process ${proxy.upstreams.length} listens at port ${port}`);
  return child;
}
const processes = [await startProcess(), await startProcess()];

// ------------------------------------------------------------------------------------------------------------ the shop

const shop = await openShop({ issuer: publicUrl, mtlsUrl, clientId, certificate, ca: tls.cert });
console.log(`
A bank of two processes, a page for phones and a shop. Stop them with Ctrl-C.

1. Open ${publicUrl}/login, sign in, and set this browser up as a phone.
2. Press Enter here: the shop asks for a payment.
3. Approve or deny on the page.
`);
const terminal = createInterface({ input: process.stdin });
terminal.on('line', () => shop.pay('89.90').catch((error) => console.error('shop      ', error)));

let isStopping = false;
async function stop(): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  terminal.close();
  // Ctrl-C has reached them as well; SIGTERM has not.
  for (const child of processes) child.kill('SIGTERM');
  const ends = await Promise.all(processes.map(async (child) => child.exitCode ?? (await once(child, 'exit'))[0]));
  console.log(`bank       both processes have ended: ${ends.join(' and ')}`);
  await shop.close();
  proxy.close();
  engine?.server.close();
  engine?.server.closeAllConnections();
  database?.disconnect();
  if (database) await once(database, 'exit');
  process.exit(ends.every((code) => code === 0) ? 0 : 1);
}
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, stop);
