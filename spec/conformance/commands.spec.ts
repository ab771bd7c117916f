import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Agent } from 'undici';
import { makeSelfSigned } from '../../examples/fapi/self-signed.js';

let directory: string;
const running = new Set<ChildProcess>();
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ciba-fapi-'));
});
afterAll(async () => {
  for (const process of running) process.kill('SIGKILL');
  await rm(directory, { recursive: true });
});

function run(script: string, args: string[] = [], env = {}) {
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

const suiteFiles = ['private_key_jwt-poll', 'private_key_jwt-ping', 'mtls-poll', 'mtls-ping'].map(
  (variant) => `suite-${variant}.json`,
);

describe('npm run fapi:keys', () => {
  beforeAll(async () => {
    const addresses = ['--issuer', 'https://as.example.com/', '--suite', 'https://suite.example.com'];
    const keys = run('examples/fapi/keys.ts', [...addresses, '--out', directory]);
    const [printed, [code]] = await Promise.all([text(keys.stdout), once(keys, 'exit')]);
    expect(code).toBe(0);
    expect(printed.trim().split('\n')).toHaveLength(5);
  }, 60_000);

  it('writes both sides, for nobody else to read', async () => {
    expect(new Set(await readdir(directory))).toEqual(new Set(['clients.json', ...suiteFiles]));
    for (const name of await readdir(directory)) expect((await stat(join(directory, name))).mode & 0o077).toBe(0);
  });

  it.each(suiteFiles)('writes the addresses into %s', async (name) => {
    expect(JSON.parse(await readFile(join(directory, name), 'utf8'))).toMatchObject({
      server: { discoveryUrl: 'https://as.example.com/.well-known/openid-configuration' },
      resource: { resourceUrl: 'https://as.example.com/accounts' },
      automated_ciba_approval_url: 'https://as.example.com/simulator/decide?auth_req_id={auth_req_id}&action={action}',
    });
  });

  it('has the server ping the suite', async () => {
    const { clients } = JSON.parse(await readFile(join(directory, 'clients.json'), 'utf8'));
    const endpoints = clients.map((client: Record<string, string>) => client.backchannel_client_notification_endpoint);
    const aliases = ['private-key-jwt', 'mtls'].map((authMethod) => `ciba-backchannel-${authMethod}-ping`);
    expect(endpoints.filter(Boolean)).toEqual(
      aliases.flatMap((alias) => Array(2).fill(`https://suite.example.com/test/a/${alias}/ciba-notification-endpoint`)),
    );
  });

  it('makes keys with which npm run start:fapi serves, until it is asked to stop', async () => {
    const { key, cert } = await makeSelfSigned('localhost', ['localhost']);
    const [TLS_KEY, TLS_CERT] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
    await Promise.all([writeFile(TLS_KEY, key), writeFile(TLS_CERT, cert)]);
    const CLIENTS = join(directory, 'clients.json');
    const server = run('examples/fapi/server.ts', [], { PORT: '0', CLIENTS, TLS_KEY, TLS_CERT });
    const printed = await new Promise<string>((resolve) => {
      let output = '';
      server.stdout.on('data', (chunk) => {
        output += chunk;
        if (/the device .*\n/.test(output)) resolve(output);
      });
      server.once('exit', () => resolve(output));
    });
    const [, issuer = ''] = /^discovery +(https:.+)\/\.well-known\/openid-configuration$/m.exec(printed) ?? [];

    const agent = new Agent({ connect: { ca: cert } });
    const get = (path: string) => agent.request({ origin: issuer, path, method: 'GET' });
    const discovery = await get('/.well-known/openid-configuration');
    expect([discovery.statusCode, await discovery.body.json()]).toMatchObject([200, { issuer }]);
    // A page that is open in a browser does not keep the server from stopping.
    const page = await get('/simulator/events');
    expect(page.statusCode).toBe(200);
    const ended = page.body.dump().catch(() => {});

    server.kill('SIGTERM');
    expect(await once(server, 'exit')).toEqual([0, null]);
    await ended;
    await agent.destroy();
  }, 60_000);
});
