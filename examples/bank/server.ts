// One process of the bank. Start at least two.

import type { AddressInfo } from 'node:net';
import {
  authleteClient,
  type CibaBackchannel,
  cibaBackchannel,
  cibaDiscovery,
  cibaToken,
  type EventListener,
  pinoLogger,
} from 'ciba-backchannel';
import { authenticationDevice } from 'ciba-backchannel/device';
import { authorizationDetails, bindingMessage, clients, promptLimit, resources } from 'ciba-backchannel/policies';
import { postgresDeviceStore, postgresQueue, postgresSignal } from 'ciba-backchannel/postgres';
import express from 'express';
import pg from 'pg';
import pino from 'pino';
import { RateLimiterPostgres } from 'rate-limiter-flexible';
import { auditTrail } from './audit.js';
import { hasJustSignedIn, login, signedIn } from './login.js';
import { count, metrics } from './metrics.js';
import { payment, paymentsApi, shownPayment } from './payments.js';
import { type Customer, claimsOf, findCustomer } from './users.js';

/** From your secret store, the same in every process but for `PORT`. */
function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} must be set in the environment`);
  return value;
}
const publicUrl = setting('PUBLIC_URL'); // of this server, for browsers and the API: https://as.bank.example
const mtlsUrl = setting('MTLS_URL'); // where clients with certificates go: https://mtls.bank.example
const drain = Number(process.env.DRAIN_MS ?? 10_000); // until the proxy has noticed that this process is leaving

const log = pino();
const logger = pinoLogger(log);
const onEvent: EventListener = (event) => {
  count(event);
  log.info(event, event.type);
};
// The proxy in front replaces this header; nobody else can reach this process.
const clientCertificate = { header: 'X-SSL-Client-Cert', format: 'nginx' } as const;

const authlete = authleteClient({
  baseUrl: setting('AUTHLETE_URL'),
  serviceId: setting('AUTHLETE_SERVICE'),
  accessToken: setting('AUTHLETE_TOKEN'),
});
const pool = new pg.Pool({ connectionString: setting('DATABASE_URL'), query_timeout: 5_000 });
pool.on('error', (error) => logger.error('a connection to PostgreSQL was lost', { error }));
const signal = postgresSignal(pool, { logger });
const limiter = new RateLimiterPostgres({
  storeClient: pool,
  tableName: 'bank_prompt',
  tableCreated: true, // by migrate.ts
  points: 10,
  duration: 600,
});
const audit = auditTrail(pool);
const {
  sessions,
  router: loginPage,
  close: closeSessions,
} = login(pool, {
  secret: setting('SESSION_SECRET'),
  secure: publicUrl.startsWith('https:'),
});

const phone = authenticationDevice<Customer, express.Request>({
  origin: publicUrl,
  rp: { id: new URL(publicUrl).hostname, name: 'Example Bank' },
  keys: setting('DEVICE_KEYS').split(','), // the first seals, all open
  store: postgresDeviceStore(pool),
  user: signedIn,
  stepUp: hasJustSignedIn,
  signIn: '/login',
  push: {
    subject: 'mailto:ops@bank.example',
    publicKey: setting('VAPID_PUBLIC_KEY'),
    privateKey: setting('VAPID_PRIVATE_KEY'),
  },
  complete: (handle, decision) => ciba.complete(handle, decision),
  decided: signal,
  payment: shownPayment,
  acr: ({ deviceBound }) => (deviceBound ? 'urn:bank:acr:passkey' : 'urn:bank:acr:synced-passkey'),
  onApproval: (record) => audit('approval', record),
  onDecision: (record) => audit('denial', record),
  onChange: (change) => audit(change.type, change),
  report: (shown) => audit('report', shown),
  logger,
});

const ciba: CibaBackchannel = cibaBackchannel({
  authlete,
  identifyUser: ({ hint }) => findCustomer(hint),
  policy: [
    clients({ allow: setting('CLIENTS').split(',') }),
    resources({ allow: [`${mtlsUrl}/payments`] }),
    authorizationDetails({ types: ['payment_initiation'], validate: { payment_initiation: payment } }),
    bindingMessage({ required: true }),
    promptLimit({ perUser: 10, perClient: 5, window: 600, limiter }),
  ],
  authenticate: phone.authenticate,
  claims: claimsOf,
  clientCertificate,
  handleKeys: setting('HANDLE_KEYS').split(','), // the first seals, all open
  queue: postgresQueue(pool, { logger }),
  decided: signal,
  logger,
  onEvent,
});
const token = cibaToken({
  authlete,
  clientCertificate,
  htu: `${mtlsUrl}/token`,
  longPolling: { hold: 20_000, signal },
  logger,
  onEvent,
});

let leaving = false;
const app = express();
app.disable('x-powered-by');
app.set('trust proxy', 1); // tells Express whether a browser came by https
app.get('/health', (_req, res) => void res.sendStatus(leaving ? 503 : 200));
app.get('/metrics', (_req, res, next) => {
  metrics().then((text) => res.type('text/plain').send(text), next);
});
app.use('/backchannel/authentication', ciba);
app.use('/token', token);
app.use(cibaDiscovery({ authlete, logger }));
app.use(loginPage);
app.use('/device', sessions, phone);
app.use(paymentsApi(pool, { authlete, clientCertificate, resources: [`${mtlsUrl}/payments`], htu: mtlsUrl, logger }));

// If the proxy is on another machine, set HOST to this machine's address in the private network.
const server = app.listen(Number(setting('PORT')), process.env.HOST ?? '127.0.0.1', (error) => {
  if (error) throw error;
  logger.info('listening', { port: (server.address() as AddressInfo).port });
});
server.keepAliveTimeout = 65_000; // longer than the proxy's, which may otherwise use a connection that is closing

async function stop(): Promise<void> {
  if (leaving) return;
  leaving = true; // 1 the health check fails: the proxy sends nothing new
  await new Promise((resolve) => setTimeout(resolve, drain));
  await phone.close(); // 2 from here on other processes take the decisions of phones
  const left = await ciba.close({ timeout: 20_000 }); // 3 work in flight ends; new requests get 503 and are retried
  await token.close(); // 4 held polls end, with the decisions so far
  server.close(); // 5 no new connections; accepted ones have been answered
  server.closeIdleConnections();
  closeSessions();
  await signal.close(); // 6 last, what all of these used
  await pool.end();
  await authlete.close();
  process.exit(left.transactions + left.deliveries === 0 ? 0 : 1);
}
for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, stop);
