import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { JWK } from 'jose';
import { type ClientsFile, readClientsFile } from '../../examples/fapi/clients-file.js';
import type { KeyAndCertificate } from '../../examples/fapi/self-signed.js';
import { suiteCertificate, withoutCertificate } from '../../examples/fapi/suite-certificate.js';
import { program } from '../support/program.js';
import { authMethods, type Client, modes } from './clients.js';
import { expectAcknowledgement, expectError, expectTokens } from './expectations.js';
import { type FapiRun, startRun } from './fapi-run.js';
import { ask, decide, getAccounts, poll, send, signer } from './messages.js';
import { type NotificationEndpoint, notificationEndpoint } from './notification-endpoint.js';

/** The members of the suite's configuration that its plan reads. */
interface Configuration {
  alias: string;
  server: { discoveryUrl: string };
  client: { client_id: string; scope: string; hint_type: string; hint_value: string; jwks: { keys: JWK[] } };
  client2: { client_id: string; scope: string; acr_value: string; jwks: { keys: JWK[] } };
  mtls: KeyAndCertificate;
  mtls2: KeyAndCertificate;
  resource: { resourceUrl: string };
  automated_ciba_approval_url: string;
}

// The port is known only when the server has started, with its clients.
const placeholder = 'https://as.example.com';

let endpoint: NotificationEndpoint;
let directory: string;
let printed: string;
let clientsFile: ClientsFile;
let run: FapiRun;
beforeAll(async () => {
  endpoint = await notificationEndpoint();
  directory = await mkdtemp(join(tmpdir(), 'ciba-fapi-'));
  const ca = join(directory, 'suite.pem');
  await writeFile(ca, endpoint.ca);
  const options = ['--issuer', `${placeholder}/`, '--suite', endpoint.baseUrl, '--suite-ca', ca, '--out', directory];
  const keys = spawn(process.execPath, [program('examples/fapi/keys.ts'), ...options], {
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  [printed] = await Promise.all([text(keys.stdout), once(keys, 'exit')]);
  clientsFile = await readClientsFile(join(directory, 'clients.json'));
  run = await startRun(clientsFile);
}, 120_000);
afterAll(async () => {
  await run?.close();
  endpoint?.close();
  await rm(directory, { recursive: true });
});

const variants = authMethods.flatMap((authMethod) => modes.map((mode) => ({ authMethod, mode })));

/** Its configurations of the suite hold all that a client has to know. */
describe.each(variants)('with what npm run fapi:keys writes for $authMethod and $mode', ({ authMethod, mode }) => {
  let configuration: Configuration;
  let clients: Record<'first' | 'second', Client>;
  beforeAll(async () => {
    const content = await readFile(join(directory, `suite-${authMethod}-${mode}.json`), 'utf8');
    configuration = JSON.parse(content.replaceAll(placeholder, run.issuer));
    const { client, client2, mtls, mtls2 } = configuration;
    const common = {
      authMethod,
      mode,
      loginHint: client.hint_value,
      notificationEndpoint: `${endpoint.baseUrl}/test/a/${configuration.alias}/ciba-notification-endpoint`,
    };
    clients = {
      first: {
        ...common,
        id: client.client_id,
        scope: client.scope,
        key: client.jwks.keys[0] as JWK,
        certificate: mtls,
      },
      second: {
        ...common,
        id: client2.client_id,
        scope: client2.scope,
        key: client2.jwks.keys[0] as JWK,
        certificate: mtls2,
        acr: client2.acr_value,
      },
    };
  });

  it('the server is found, its resource, and how to decide for the user', async () => {
    const { body } = await send(run, configuration.server.discoveryUrl);
    expect(body.issuer).toBe(run.issuer);
    expect(configuration.resource.resourceUrl).toBe(`${run.issuer}/accounts`);
    const approval = `${run.issuer}/simulator/decide?auth_req_id={auth_req_id}&action={action}`;
    expect(configuration.automated_ciba_approval_url).toBe(approval);
  });

  it('the keys have a kid and an alg, and the two clients have different ones', () => {
    const keys = [configuration.client, configuration.client2].flatMap(({ jwks }) => jwks.keys);
    expect(keys).toEqual(
      Array(2).fill(expect.objectContaining({ alg: 'PS256', kid: expect.any(String), d: expect.any(String) })),
    );
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(2);
    expect(new Set(keys.map(({ n }) => n)).size).toBe(2);
  });

  it.each(['first', 'second'] as const)('the %s client gets tokens, and accounts with them', async (which) => {
    const client = clients[which];
    const sign = signer(client.key, which === 'second' ? { typ: 'oauth-authz-req+jwt' } : {});
    const { authReqId } = expectAcknowledgement(await ask(run, client, { sign }));
    expectError(await poll(run, client, authReqId), 400, 'authorization_pending');
    await decide(run, authReqId, 'allow');
    if (mode === 'ping') {
      const ping = await endpoint.notification(authReqId);
      expect(ping.path).toBe(`/test/a/${configuration.alias}/ciba-notification-endpoint`);
      ping.answer(204);
    }
    const { accessToken, claims } = await expectTokens(run, client, await poll(run, client, authReqId));
    expect(claims.acr).toBe(client.acr);
    expect((await getAccounts(run, accessToken, client)).status).toBe(200);
    const { certificate } = which === 'first' ? clients.second : clients.first;
    expect((await getAccounts(run, accessToken, { certificate })).status).toBe(401);
  });

  it('the first client hears that the user rejected', async () => {
    const { authReqId } = expectAcknowledgement(await ask(run, clients.first));
    await decide(run, authReqId, 'deny');
    if (mode === 'ping') (await endpoint.notification(authReqId)).answer(204);
    expectError(await poll(run, clients.first, authReqId), 400, 'access_denied');
  });
});

it('npm run fapi:keys says what it has written, and lets nobody else read it', async () => {
  const names = printed
    .trim()
    .split('\n')
    .map((path) => basename(path));
  expect(names).toEqual([
    'clients.json',
    ...['', 'dynamic-', 'uk-', 'uk-dynamic-'].flatMap((kind) =>
      variants.map(({ authMethod, mode }) => `suite-${kind}${authMethod}-${mode}.json`),
    ),
    'suite-brazil-private_key_jwt-ping.json',
  ]);
  for (const name of names) expect((await stat(join(directory, name))).mode & 0o077).toBe(0);
});

describe('the certificate of the suite', () => {
  it('is the one that was saved, where no other is given', async () => {
    const saved = join(directory, 'suite.pem');
    expect(await suiteCertificate(undefined, saved)).toBe(endpoint.ca);
    expect(await suiteCertificate(saved, join(directory, 'nowhere'))).toBe(endpoint.ca);
  });

  it('may be missing, and then pings will fail', async () => {
    const saved = join(directory, 'nowhere', 'suite.pem');
    expect(await suiteCertificate(undefined, saved)).toBeUndefined();
    expect(withoutCertificate('https://localhost:8443', saved)).toMatch(
      /modules with ping will never get a ping.*openssl s_client -connect localhost:8443 .* > .*suite\.pem.*fapi:keys/s,
    );
  });

  it('may not be an empty file', async () => {
    const empty = join(directory, 'empty.pem');
    await writeFile(empty, '');
    await expect(suiteCertificate(empty, empty)).rejects.toThrow('empty.pem holds no certificate (PEM)');
  });
});

describe('the file of the clients', () => {
  const secret = /PRIVATE|"(d|p|q|dp|dq|qi|k|client_secret)":/;
  const variantsOf = (file: ClientsFile) =>
    file.clients.map((client) => [client.token_endpoint_auth_method, client.backchannel_token_delivery_mode].join(' '));

  it('holds nothing that is private', () => {
    expect(JSON.stringify(clientsFile)).not.toMatch(secret);
    expect(clientsFile.clients).toHaveLength(10);
  });

  it('is like the sample, with which the server starts as well', async () => {
    const sample = await readClientsFile('examples/fapi/clients.sample.json');
    expect(JSON.stringify(sample)).not.toMatch(secret);
    expect(variantsOf(sample)).toEqual(variantsOf(clientsFile));
    expect(sample.clients.map((client) => Object.keys(client))).toEqual(
      clientsFile.clients.map((client) => Object.keys(client)),
    );
    const other = await startRun(sample);
    await other.close();
  });
});
