import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Agent } from 'undici';
import { startFapiServer } from '../../examples/fapi/authorization-server.js';
import type { KeyAndCertificate } from '../../examples/fapi/self-signed.js';
import { tlsOptions } from '../../examples/fapi/tls-options.js';
import { makeCertificate } from '../support/certificates.js';
import { program } from '../support/program.js';
import { serverCertificate } from './fapi-run.js';

describe('npm run start:fapi -- --fapi 2.0', () => {
  let directory: string;
  let tls: KeyAndCertificate;
  let server: ChildProcess;
  let printed = '';
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ciba-fapi-'));
    tls = await serverCertificate();
    const [TLS_KEY, TLS_CERT] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
    await Promise.all([writeFile(TLS_KEY, tls.key), writeFile(TLS_CERT, tls.cert)]);
    const settings = { PORT: '0', CLIENTS: 'examples/fapi/clients.sample.json', TLS_KEY, TLS_CERT };
    server = spawn(process.execPath, [program('examples/fapi/server.ts'), '--fapi', '2.0'], {
      env: { ...process.env, NODE_OPTIONS: '', ...settings },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise<void>((resolve, reject) => {
      server.stdout?.on('data', (chunk) => {
        printed += chunk;
        if (/^the device .*\n/m.test(printed)) resolve();
      });
      server.on('exit', () => reject(new Error('the server did not start')));
    });
  }, 60_000);
  afterAll(async () => {
    server?.kill('SIGKILL');
    await rm(directory, { recursive: true });
  });

  it('serves with the certificate that it is given until it is asked to stop, though a page is open', async () => {
    const [, issuer = ''] = /^discovery +(https:.+)\/\.well-known\/openid-configuration$/m.exec(printed) ?? [];
    const agent = new Agent({ connect: { ca: tls.cert } });
    const get = (path: string) => agent.request({ origin: issuer, path, method: 'GET' });
    const discovery = await get('/.well-known/openid-configuration');
    const algorithms = expect.arrayContaining(['EdDSA']);
    const metadata = { issuer, token_endpoint_auth_signing_alg_values_supported: algorithms };
    expect([discovery.statusCode, await discovery.body.json()]).toMatchObject([200, metadata]);
    expect(printed).toContain('over FAPI 2.0');
    const front = await get('/');
    await front.body.dump();
    expect([front.statusCode, front.headers.location]).toEqual([302, '/simulator/']);
    const page = await get('/simulator/events');
    expect(page.statusCode).toBe(200);
    const ended = page.body.dump().catch(() => {});

    server.kill('SIGTERM');
    expect(await once(server, 'exit')).toEqual([0, null]);
    await ended;
    await agent.destroy();
  }, 60_000);

  it('answers a request that comes before it is ready', async () => {
    // A port that was free a moment ago.
    const probe = createServer().listen(0, 'localhost');
    await once(probe, 'listening');
    const { port } = probe.address() as AddressInfo;
    probe.close();
    await once(probe, 'close');
    const starting = startFapiServer({ clientsFile: { clients: [] }, tls, port });
    const agent = new Agent({ connect: { ca: tls.cert } });
    const discovery = { origin: `https://localhost:${port}`, path: '/.well-known/openid-configuration' } as const;
    async function first(): Promise<number> {
      try {
        const { statusCode, body } = await agent.request({ ...discovery, method: 'GET' });
        await body.dump();
        return statusCode;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw error;
        return first();
      }
    }
    expect(await first()).toBe(200);
    const { close } = await starting;
    await agent.destroy();
    await close();
  });

  it('does not take a key that the suites of TLS 1.2 cannot use', async () => {
    const certificate = await makeCertificate();
    expect(() => tlsOptions(certificate)).toThrow('the server needs an RSA key for TLS 1.2, not ec');
  });
});
