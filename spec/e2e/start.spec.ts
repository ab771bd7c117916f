import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { printedProgram } from '../support/program.js';

/** Runs a printed curl line without curl. */
function curl(line: string): Promise<Response> {
  const words = line.trim().split(/ +/).slice(1);
  const url = words.find((word) => /^'?http/.test(word))?.replaceAll("'", '') ?? '';
  const form = words.filter((_, index) => words[index - 1] === '-d').join('&');
  const user = words[words.indexOf('-u') + 1] as string;
  const authorization = `Basic ${Buffer.from(user).toString('base64')}`;
  return fetch(url, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
    body: form,
  });
}

/** Approves, as the page does, the next request that is shown there. */
async function approveOnce(issuer: string): Promise<void> {
  const events = await fetch(`${issuer}/simulator/events`);
  let text = '';
  for await (const chunk of (events.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const [, id] = /"authReqId":"([^"]+)"/.exec(text) ?? [];
    if (id === undefined) continue;
    await fetch(`${issuer}/simulator/decide?action=allow&auth_req_id=${id}`, { method: 'POST' });
    return;
  }
}

/** Runs Node to its end; gives what it printed, line by line. */
async function run(args: string[], env: Record<string, string> = {}): Promise<string[]> {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  const lines: string[] = [];
  for await (const line of createInterface(child.stdout)) lines.push(line);
  expect(await exit).toEqual([0, null]);
  return lines;
}

describe('npm start', () => {
  let server: ChildProcess;
  let printed = '';

  beforeAll(async () => {
    server = spawn(process.execPath, ['--import', 'tsx', 'examples/server.ts'], {
      env: { ...process.env, PORT: '0', NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise<void>((resolve, reject) => {
      server.stdout?.on('data', (chunk) => {
        printed += chunk;
        if (/-d auth_req_id=\.\.\.\n/.test(printed)) resolve();
      });
      server.on('exit', () => reject(new Error('the server did not start')));
    });
  }, 60_000);

  afterAll(async () => {
    if (server.exitCode !== null) return;
    server.kill('SIGKILL');
    await once(server, 'exit');
  });

  it('prints an address to open, and curl lines that work', async () => {
    const [address = ''] = /http:\S+\/simulator\//.exec(printed) ?? [];
    const page = await fetch(address);
    expect(page.status).toBe(200);
    expect((await fetch(new URL('/', address))).url).toBe(address);
    expect(await page.text()).toContain('Consumption device');

    const [request = '', decide = '', token = ''] = printed.match(/^ *curl .*$/gm) ?? [];
    const acknowledged = await curl(request);
    expect(acknowledged.status).toBe(200);
    const { auth_req_id: authReqId } = (await acknowledged.json()) as { auth_req_id: string };
    expect((await curl(decide.replace('...', authReqId))).status).toBe(204);
    const answered = await curl(token.replace('...', authReqId));
    expect(answered.status).toBe(200);
    expect(await answered.json()).toMatchObject({ id_token: expect.any(String) });
  });

  const issuerOf = () => new URL(/http:\S+\/simulator\//.exec(printed)?.[0] ?? '').origin;

  it('is what the twenty lines of docs/client.md ask', async () => {
    const [, code = ''] = /```ts\n(.*?)```/s.exec(await readFile('docs/client.md', 'utf8')) ?? [];
    expect(code).toContain("'http://localhost:3000'");
    const issuer = issuerOf();
    const running = run([printedProgram('client', code.replace('http://localhost:3000', issuer))]);
    await approveOnce(issuer);
    expect(await running).toEqual(['approved by alice']);
  }, 60_000);

  it('is asked once by an agent that is killed twice, which pays once', async () => {
    const issuer = issuerOf();
    const running = run(['--import', 'tsx', 'examples/killed-agent/run.ts'], { ISSUER: issuer });
    await approveOnce(issuer);
    const lines = (await running).join('\n');
    expect(lines.match(/kills the agent/g)).toHaveLength(2);
    expect(lines).toMatch(/^agent +pays, attempt 2$/m);
    expect(lines).toMatch(/^bank +has been asked before, and does not pay again$/m);
    expect(lines).toMatch(/^run\.ts +payments: 1$/m);
    expect(printed.split('A request was accepted, and the user is asked').length - 1).toBe(3);
  }, 60_000);

  it('stops when asked to', async () => {
    server.kill('SIGTERM');
    expect(await once(server, 'exit')).toEqual([0, null]);
  });
});
