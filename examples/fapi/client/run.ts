/*
 * Runs the OpenID Foundation's plan for CIBA clients against `ciba-backchannel/client`: every module, with private_key_jwt
 * and with mutual TLS, in poll and in ping mode, all four at once. `examples/fapi/README.md` has the steps.
 *
 *     npm run conformance:client
 *     npm run conformance:client -- --module invalid-iss --auth mtls --mode ping
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { CibaClient } from 'ciba-backchannel/client';
import { makeSelfSigned } from '../self-signed.js';
import { type CibaMode, type ClientAuthType, type RelyingParty, relyingParty } from './relying-party.js';
import { type Plan, type Suite, suiteApi } from './suite.js';

const { values } = parseArgs({
  options: {
    suite: { type: 'string', default: 'https://localhost:8443' },
    'suite-ca': { type: 'string' },
    auth: { type: 'string', multiple: true, default: ['private_key_jwt', 'mtls'] },
    mode: { type: 'string', multiple: true, default: ['poll', 'ping'] },
    module: { type: 'string' },
  },
});
const saved = new URL('../keys/suite.pem', import.meta.url);
const caFile = values['suite-ca'] ?? (existsSync(saved) ? saved : undefined);
const ca = caFile === undefined ? undefined : await readFile(caFile, 'utf8');
const suite = suiteApi(values.suite.replace(/\/$/, ''), ca);

/** Milliseconds for which a client is watched after the end of a module: another poll would be due within them. */
const temptation = 6000;

interface Outcome {
  module: string;
  result: string;
  client: string;
  log: string;
}

async function runModule(
  plan: Plan,
  module: Plan['modules'][number],
  party: RelyingParty,
  take: (c: CibaClient) => void,
) {
  const started = await suite.start(plan, module);
  let client: CibaClient | undefined;
  let ending = 'was still waiting';
  const run = party
    .run(started.issuer, started.resource, (created) => {
      client = created;
      take(created);
    })
    .then(
      (text) => {
        ending = text;
      },
      (error) => {
        if (error.code !== 'ERR_APPROVAL_CLOSED') ending = String(error);
      },
    );
  await suite.end(started.id);
  // A call that comes now fails the module, though it has ended.
  await sleep(temptation);
  const result = await judge(suite, started.id, module.testModule);
  await client?.close();
  await run;
  return { module: module.testModule, result, client: ending, log: started.id };
}

/** The suite's verdict. Its module about a wrong bearer token may interrupt itself, so there its one check decides. */
async function judge(api: Suite, id: string, module: string): Promise<string> {
  const { status, result } = await api.result(id);
  if (status === 'FINISHED') return result;
  if (module !== 'fapi-ciba-id1-client-ping-with-invalid-bearer-token-test') return `${status}, ${result}`;
  const log = await api.log(id);
  const checked = log.some(
    (entry) => entry.src === 'VerifyPingHttpResponseStatusCodeIs401' && entry.result === 'SUCCESS',
  );
  return checked ? 'PASSED (401 checked, then interrupted by itself)' : `${status}, ${result}`;
}

/** Where the suite sends its pings. */
async function notificationEndpoint(): Promise<{ server: Server; url: string; take(client: CibaClient): void }> {
  let current: CibaClient | undefined;
  const server = createServer(await makeSelfSigned('localhost', ['localhost']), (req, res) => current?.(req, res));
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return {
    server,
    url: `https://localhost:${(server.address() as AddressInfo).port}/ping`,
    take(client) {
      current = client;
    },
  };
}

async function runVariant(auth: ClientAuthType, mode: CibaMode): Promise<Outcome[]> {
  const endpoint = mode === 'ping' ? await notificationEndpoint() : undefined;
  const party = await relyingParty(auth, mode, ca, endpoint?.url);
  const variant = { client_auth_type: auth, ciba_mode: mode, fapi_ciba_profile: 'plain_fapi' };
  const plan = await suite.createPlan('fapi-ciba-id1-client-test-plan', variant, party.configuration);
  const outcomes: Outcome[] = [];
  for (const module of plan.modules) {
    if (values.module !== undefined && !module.testModule.includes(values.module)) continue;
    const begun = performance.now();
    const outcome = await runModule(plan, module, party, (client) => endpoint?.take(client));
    outcomes.push(outcome);
    const seconds = Math.round((performance.now() - begun) / 1000);
    console.log(`${auth} ${mode}: ${outcome.module}: ${outcome.result} (${seconds} s; the client: ${outcome.client})`);
  }
  endpoint?.server.close();
  endpoint?.server.closeAllConnections();
  await party.close();
  return outcomes;
}

const variants = values.auth.flatMap((auth) =>
  values.mode.map((mode) => ({ auth: auth as ClientAuthType, mode: mode as CibaMode })),
);
const results = await Promise.all(
  variants.map(async ({ auth, mode }) => ({ auth, mode, outcomes: await runVariant(auth, mode) })),
);
await suite.close();

console.log('');
for (const { auth, mode, outcomes } of results) {
  const failed = outcomes.filter(({ result }) => !result.startsWith('PASSED'));
  console.log(`${auth} ${mode}: ${outcomes.length - failed.length} of ${outcomes.length} modules passed`);
  for (const { module, result, log } of failed) {
    console.log(`  ${module}: ${result}, ${values.suite}/log-detail.html?log=${log}`);
    process.exitCode = 1;
  }
}
