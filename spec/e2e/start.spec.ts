import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

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

  it('stops when asked to', async () => {
    server.kill('SIGTERM');
    expect(await once(server, 'exit')).toEqual([0, null]);
  });
});
