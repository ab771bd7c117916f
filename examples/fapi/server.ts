/*
 * The authorization server for a run of the OpenID Foundation's conformance suite: FAPI-CIBA on the embedded engine.
 * `examples/fapi/README.md` has the steps.
 *
 *     npm run fapi:keys && npm run start:fapi
 *     npm run start:fapi -- --fapi 2.0       over the FAPI 2.0 security profile instead of FAPI 1.0 Advanced
 *
 * Settings, from the environment: PORT (9443), HOST (localhost), ISSUER (https://localhost:PORT), CLIENTS (the file that
 * fapi:keys wrote), TLS_KEY and TLS_CERT (files, PEM, an RSA key; made at start when absent), PROFILE (plain_fapi,
 * openbanking_uk or openbanking_brazil), LONG_POLLING (milliseconds for which polls are held until the user decides, at
 * most 28000; not held when absent).
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { decisionSignal, type Logger } from 'ciba-backchannel';
import { endWith } from '../end-with.js';
import { tellEvent } from '../tell-event.js';
import { startFapiServer } from './authorization-server.js';
import { readClientsFile } from './clients-file.js';
import { type ProfileName, profiles } from './profile.js';
import { type KeyAndCertificate, makeSelfSigned } from './self-signed.js';

const { PORT = '9443', HOST, ISSUER, CLIENTS, TLS_KEY, TLS_CERT, PROFILE = 'plain_fapi', LONG_POLLING } = process.env;
if (!Object.hasOwn(profiles, PROFILE)) throw new Error(`PROFILE must be one of ${Object.keys(profiles).join(', ')}`);

const { fapi } = parseArgs({ options: { fapi: { type: 'string', default: '1.0' } } }).values;
if (fapi !== '1.0' && fapi !== '2.0') throw new Error('--fapi must be 1.0 or 2.0');

const made = new URL('keys/clients.json', import.meta.url);
const sample = new URL('clients.sample.json', import.meta.url);
const clients = CLIENTS ? pathToFileURL(CLIENTS) : existsSync(made) ? made : sample;
if (clients === sample) console.log('No file with clients (npm run fapi:keys makes one): the sample is used.');

async function tls(): Promise<KeyAndCertificate> {
  if (TLS_KEY && TLS_CERT) return { key: await readFile(TLS_KEY, 'utf8'), cert: await readFile(TLS_CERT, 'utf8') };
  const host = new URL(ISSUER ?? 'https://localhost').hostname;
  return makeSelfSigned(host, [...new Set([host, 'localhost'])]);
}

const write = (message: string, details?: object) => console.log(message, details ?? '');
const logger: Logger = { debug() {}, info() {}, warn: write, error: write };

const { issuer, close } = await startFapiServer({
  clientsFile: await readClientsFile(clients),
  profile: PROFILE as ProfileName,
  fapi,
  tls: await tls(),
  port: Number(PORT),
  host: HOST,
  issuer: ISSUER,
  logger,
  onEvent: tellEvent,
  longPolling: LONG_POLLING ? { signal: decisionSignal(), hold: Number(LONG_POLLING) } : undefined,
}).catch((error) => endWith(error, 'npm run start:fapi'));
console.log(`A FAPI-CIBA authorization server for the conformance suite, profile ${PROFILE}, over FAPI ${fapi}. Stop it with Ctrl-C.

discovery   ${issuer}/.well-known/openid-configuration
resource    ${issuer}/accounts
the device  ${issuer}/simulator/

To see that it answers (-k, since its certificate is self-signed):

  curl -k ${issuer}/.well-known/openid-configuration

Open ${issuer}/ to be the user. Clients authenticate with signed JWTs and certificates, which curl cannot make: the
suite can, and examples/fapi/README.md has the steps, from step 1 on. The server's clients are in ${fileURLToPath(clients)}.
`);

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => close());
