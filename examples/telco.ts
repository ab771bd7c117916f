/*
 * A mobile operator's authorization server with the CAMARA profile, one of CAMARA's APIs (SIM swap), and a bank that
 * uses it: poll mode, a `login_hint` of one of three kinds, exactly one purpose, a different `sub` for each client.
 *
 *     npm run example:telco
 *
 * In a terminal you are the subscriber and give or refuse your consent; otherwise it is simulated.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AuthenticationRequest,
  authorized,
  cibaBackchannel,
  cibaDiscovery,
  cibaToken,
  denied,
} from 'ciba-backchannel';
import { embeddedAuthlete } from 'ciba-backchannel/embedded';
import { identifyBy, parseLoginHint } from 'ciba-backchannel/hints';
import { camara, clients, promptLimit } from 'ciba-backchannel/policies';
import express from 'express';
import { exportJWK, generateKeyPair } from 'jose';
import * as openid from 'openid-client';

function tell(who: string, what: string): void {
  console.log(`${who.padEnd(12)} ${what}`);
}

function chapter(title: string): void {
  console.log(`\n${title}\n`);
}

const app = express();
const server = createServer(app);
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

/** The bank's keys: the profile requires clients to authenticate with a signed assertion. The operator gets the public one. */
const bankKeys = await generateKeyPair('ES256');

// ------------------------------------------------------------------------------------ the operator: what it knows

interface Subscriber {
  subject: string;
  phoneNumber: string;
  simSwappedAt: Date;
  /** Each has the client's id and the purpose. */
  consents: Set<string>;
}

const subscriber: Subscriber = {
  subject: 'subscriber-1',
  phoneNumber: '+34666666666',
  simSwappedAt: new Date('2024-05-01'),
  consents: new Set(),
};
const subscribers = new Map([[subscriber.phoneNumber, subscriber]]);

/** Which subscriber has an address and port of the network at the moment. */
const sessions = new Map([['80.90.34.2:16790', subscriber]]);

/** The temporary tokens that phones got from the operator (GSMA TS.43). */
const operatorTokens = new Map([['ts43-0815', subscriber]]);

// ------------------------------------------------------------------------------------------ the authorization server

const authlete = await embeddedAuthlete({
  issuer,
  interval: 1,
  ignoreRequestedExpiry: true,
  maxAssertionLifetime: 300,
  scopes: [
    'sim-swap:check',
    { name: 'dpv:FraudPreventionAndDetection', description: 'to prevent fraud' },
    { name: 'dpv:Marketing', description: 'to make you offers' },
  ],
  clients: [
    {
      client_id: 'bank',
      client_name: 'Example Bank',
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'ES256',
      jwks: { keys: [{ ...(await exportJWK(bankKeys.publicKey)), kid: 'bank-1', alg: 'ES256', use: 'sig' }] },
      backchannel_token_delivery_mode: 'poll',
      // Each client gets a different `sub` for the same subscriber.
      subject_type: 'pairwise',
    },
  ],
});

const identifyUser = identifyBy({
  loginHint(hint) {
    const parsed = parseLoginHint(hint);
    if (parsed.type === 'tel') return subscribers.get(parsed.phoneNumber);
    if (parsed.type === 'ipport') return sessions.get(`${parsed.address}:${parsed.port}`);
    return parsed.type === 'operatortoken' ? operatorTokens.get(parsed.token) : undefined;
  },
});

const ciba = cibaBackchannel({
  authlete,
  identifyUser,
  policy: [camara(), clients({ allow: ['bank'] }), promptLimit({ perUser: 10, perClient: 5, window: 600 })],
  async authenticate({ user, request, signal }) {
    const purpose = purposeOf(request);
    const consent = `${request.clientId} ${purpose?.name}`;
    if (user.consents.has(consent)) {
      tell('operator', 'has the consent on record, and asks nobody');
    } else {
      if (!(await consents(`${request.clientName} wants to check your SIM card, ${purpose?.description}.`, signal))) {
        return denied({ description: 'the subscriber did not consent' });
      }
      user.consents.add(consent);
    }
    return authorized();
  },
});

/** The purpose and its meaning; `camara()` has made sure that there is one. */
function purposeOf({ scopes }: AuthenticationRequest) {
  return scopes.find(({ name }) => name.startsWith('dpv:'));
}

/** The subscriber: you, if there is a terminal. */
async function consents(question: string, signal: AbortSignal): Promise<boolean> {
  tell('phone', question);
  if (!process.stdin.isTTY) {
    await sleep(1500, undefined, { signal });
    tell('phone', 'consents (simulated: there is no terminal to ask in)');
    return true;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await terminal.question(`${'phone'.padEnd(12)} Do you consent? [y/N] `, { signal });
    return /^y/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}

app.use('/backchannel/authentication', ciba);
app.use('/token', cibaToken({ authlete }));
app.use(cibaDiscovery({ authlete }));
app.get('/', (_req, res) => {
  res.type('text').send('A mobile operator without pages: the terminal tells the story.\n');
});

// -------------------------------------------------------------------------------------------- the API: SIM swap, check

app.post('/sim-swap/v1/check', express.json(), async (req, res) => {
  const token = /^Bearer (\S+)$/i.exec(req.headers.authorization ?? '')?.[1];
  if (token === undefined) return res.status(401).json({ status: 401, code: 'UNAUTHENTICATED' });
  const { action, subject } = await authlete.introspection({ token, scopes: ['sim-swap:check'] });
  if (action === 'FORBIDDEN') return res.status(403).json({ status: 403, code: 'PERMISSION_DENIED' });
  if (action !== 'OK') return res.status(401).json({ status: 401, code: 'UNAUTHENTICATED' });
  // The token says whose SIM card it is, not the request.
  const owner = [...subscribers.values()].find((candidate) => candidate.subject === subject);
  const since = Date.now() - Number(req.body?.maxAge ?? 240) * 3_600_000;
  return res.json({ swapped: owner !== undefined && owner.simSwappedAt.getTime() > since });
});

// ----------------------------------------------------------------------------------------------------------- the bank

const authentication = openid.PrivateKeyJwt({ key: bankKeys.privateKey, kid: 'bank-1' });
const config = await openid.discovery(new URL(issuer), 'bank', undefined, authentication, {
  execute: [openid.allowInsecureRequests, openid.enableNonRepudiationChecks],
});

async function checkSimSwap(loginHint: string, purposes: string): Promise<void> {
  tell('bank', `login_hint=${loginHint} scope=${purposes || '(no purpose)'}`);
  try {
    const acknowledgement = await openid.initiateBackchannelAuthentication(config, {
      scope: `openid ${purposes} sim-swap:check`,
      login_hint: loginHint,
    });
    const tokens = await openid.pollBackchannelAuthenticationGrant(config, acknowledgement);
    tell('bank', `knows the subscriber as ${tokens.claims()?.sub}`);
    const response = await fetch(`${issuer}/sim-swap/v1/check`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tokens.access_token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ maxAge: 240 }),
    });
    tell('operator', `${response.status} ${JSON.stringify(await response.json())}`);
  } catch (error) {
    if (!(error instanceof openid.ResponseBodyError)) throw error;
    tell('operator', `${error.status} ${error.error}: ${error.error_description ?? 'without a reason'}`);
  }
}

const purpose = 'dpv:FraudPreventionAndDetection';

console.log(`The operator's authorization server is at ${issuer}. There is nothing to open: the story is told here.`);
if (process.stdin.isTTY) console.log('You are the subscriber.');

chapter('By telephone number: the first time, the subscriber is asked.');
await checkSimSwap('tel:+34666666666', purpose);

chapter('By address and port, and by an operator token: consent is on record.');
await checkSimSwap('ipport:80.90.34.2:16790', purpose);
await checkSimSwap('operatortoken:ts43-0815', purpose);

chapter('Requests that the profile does not allow.');
await checkSimSwap('tel:666 666 666', purpose);
await checkSimSwap('alice@example.com', purpose);
await checkSimSwap('tel:+34666666666', '');
await checkSimSwap('tel:+34666666666', `${purpose} dpv:Marketing`);

await ciba.close();
server.closeAllConnections();
server.close();
