import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { authleteClient } from 'ciba-backchannel';
import { program } from '../support/program.js';

let server: ChildProcess | undefined;

afterEach(async () => {
  const running = server;
  server = undefined;
  if (running === undefined || running.exitCode !== null) return;
  running.kill('SIGKILL');
  await once(running, 'exit');
});

/** Runs the command and gives what it has printed when it has printed all of it. */
async function start(args: string[] = [], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const child = spawn(process.execPath, [program('lib/cli/main.ts'), 'authlete', ...args], {
    env: { ...process.env, PORT: '0', NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  server = child;
  let printed = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      printed += chunk;
      if (/^ {2}-d '.*'$/m.test(printed)) resolve();
    });
    child.on('exit', () => reject(new Error('the server did not start')));
  });
  return printed;
}

/** Runs the command to its end. */
async function run(args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [program('lib/cli/main.ts'), ...args], {
    env: { ...process.env, PORT: '0', NODE_OPTIONS: '' },
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (err += chunk));
  const [code] = await once(child, 'close');
  return { code, out, err };
}

const found = (printed: string, pattern: RegExp) => pattern.exec(printed)?.slice(1) ?? [];

/** Both clients, as the printed lines say. */
function clientsOf(printed: string) {
  const [baseUrl = ''] = found(printed, /^base URL +(\S+)$/m);
  const [serviceId = '', accessToken = ''] = found(printed, /^3\.0 +service id (\S+), access token (\S+)$/m);
  const [apiKey = '', apiSecret = ''] = found(printed, /^2\.x +API key (\S+), API secret (\S+)$/m);
  return [authleteClient({ baseUrl, serviceId, accessToken }), authleteClient({ baseUrl, apiKey, apiSecret })];
}

const parameters = 'scope=openid&login_hint=alice';

describe('ciba-backchannel authlete', () => {
  it('serves both APIs with the sample, and prints what is needed to call them', async () => {
    const printed = await start();
    for (const authlete of clientsOf(printed)) {
      const judged = await authlete.backchannelAuthentication({
        clientId: 'teller',
        clientSecret: 'tellersecret',
        parameters,
      });
      expect(judged).toMatchObject({ action: 'USER_IDENTIFICATION', clientName: 'Bank teller' });
      expect((await authlete.configuration()).issuer).toBe('https://as.example.com');
      await authlete.close();
    }
    expect(printed).toMatch(/branch: .* ping, notified at https:\/\/branch\.example\.com\/notifications$/m);
    // Clients percent-encode all else in Basic, and some servers do not decode it.
    for (const [, secret] of printed.matchAll(/secret (\w*secret\S*),/g)) expect(secret).toMatch(/^[A-Za-z0-9]+$/);
  });

  it('takes issuer and clients from a file of its own, and from the environment', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'authlete-'));
    const file = join(folder, 'mine.json');
    const client = { client_id: 'mine', client_secret: 'minesecret', backchannel_token_delivery_mode: 'poll' };
    await writeFile(file, JSON.stringify({ issuer: 'https://file.example.com', clients: [], interval: 7 }));
    const [authlete, other] = clientsOf(await start([file], { CLIENTS: JSON.stringify([client]) }));
    const judged = await authlete?.backchannelAuthentication({
      clientId: 'mine',
      clientSecret: 'minesecret',
      parameters,
    });
    const issued = await authlete?.backchannelAuthenticationIssue({ ticket: judged?.ticket ?? '' });
    expect(issued).toMatchObject({ action: 'OK', interval: 7 });
    expect((await authlete?.configuration())?.issuer).toBe('https://file.example.com');
    await Promise.all([authlete?.close(), other?.close(), rm(folder, { recursive: true })]);
  });

  it('says what it does, and writes a sample that it takes', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'authlete-'));
    const file = join(folder, 'sample.json');
    expect(await run(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('authlete [FILE]') });
    expect(await run(['authlete', '--init', file])).toEqual({ code: 0, out: expect.stringContaining(file), err: '' });
    const [authlete, other] = clientsOf(await start([file]));
    expect((await authlete?.configuration())?.issuer).toBe('https://as.example.com');
    expect(await run(['authlete', '--init', file])).toMatchObject({
      code: 1,
      err: `${file} already exists. Name another file.\n`,
    });
    await Promise.all([authlete?.close(), other?.close(), rm(folder, { recursive: true })]);
  });

  it.each([
    ['a command that there is not', () => ['authlet'], 'There is no such command.'],
    ['an option that there is not', () => ['authlete', '--prot', '1'], "Unknown option '--prot'"],
    ['a port that is none', () => ['authlete', '--port', '99999'], 'The port must be a number from 0 to 65535'],
    ['a file that is not there', () => ['authlete', 'not-there.json'], 'not-there.json cannot be read'],
    ['a file that is not JSON', () => ['authlete', 'LICENSE'], 'LICENSE is not JSON'],
    ['options that cannot be used', () => ['authlete', 'tsconfig.json'], 'The options cannot be used'],
  ])('ends with a sentence for %s', async (_, args, message) => {
    const { code, err } = await run(args());
    expect(code).toBe(1);
    expect(err).toContain(message);
    expect(err).not.toContain('    at ');
  });

  it('ends with a sentence when the port is taken', async () => {
    const taken = createServer();
    await once(taken.listen(0, '127.0.0.1'), 'listening');
    const { port } = taken.address() as AddressInfo;
    expect(await run(['authlete', '--port', String(port)])).toMatchObject({
      code: 1,
      err: `Port ${port} is taken. Try another one: --port ${port + 1}\n`,
    });
    taken.close();
  });
});
