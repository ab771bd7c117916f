import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '../support/free-port.js';
import { PhoneBrowser } from '../support/phone.js';
import { printedProgram, program } from '../support/program.js';

const credentials = { authorization: `Basic ${btoa('teller:a-secret')}` };

// The steps run at the same time, each server on a port of its own.
describe('docs/tutorial.md', () => {
  let steps: string[];
  let page: string;
  const processes: ChildProcess[] = [];

  beforeAll(async () => {
    page = await readFile('docs/tutorial.md', 'utf8');
    const [, first = ''] = /```js\n(.*?)```/s.exec(await readFile('README.md', 'utf8')) ?? [];
    steps = [first];
    for (const [, diff = ''] of page.matchAll(/```diff\n(.*?)```/gs)) steps.push(patched(steps.at(-1) ?? '', diff));
  });

  afterAll(async () => {
    const running = processes.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
    await Promise.all(
      running.map((child) => {
        const exit = once(child, 'exit');
        child.kill('SIGKILL');
        return exit;
      }),
    );
  });

  it('has five steps', () => expect(steps).toHaveLength(5));

  it.concurrent('1: twenty lines give tokens', async () => {
    const { url, lines } = await served(1);
    const { auth_req_id } = await ask(url);
    expect((await lines.next()).value).toBe('Pixel 9 shows: W4SCT');
    expect(await redeemed(url, auth_req_id)).toMatchObject({ id_token: expect.any(String) });
  }, 60_000);

  it.concurrent('2: a person approves in the simulator', async () => {
    const { url } = await served(2);
    expect((await fetch(`${url}/simulator/`)).status).toBe(200);
    const { auth_req_id } = await ask(url);
    const decide = `${url}/simulator/decide?action=allow&auth_req_id=${auth_req_id}`;
    expect((await fetch(decide, { method: 'POST' })).status).toBe(204);
    expect(await redeemed(url, auth_req_id)).toMatchObject({ id_token: expect.any(String) });
  }, 60_000);

  it.concurrent('3: a request without a phone ends; a phone approves with a passkey', async () => {
    const { url, port } = await served(3);
    const { auth_req_id: unheard } = await ask(url);
    await approveByPhone(url, port);
    expect(await redeemed(url, unheard)).toMatchObject({ error: 'expired_token' });
  }, 60_000);

  it.concurrent('4 and 5: the same on Authlete, with keys and a limit', async () => {
    const port = await freePort();
    const [, shell = ''] = /```sh\n(.*?)```/s.exec(page) ?? [];
    const words = Object.fromEntries([...shell.matchAll(/(\w+)=('[^']*'|\S+)/g)].map(([, k, v]) => [k, unquoted(v)]));
    const env = { ...words, ISSUER: `http://localhost:${port}` };
    const authlete = started(program('lib/cli/main.ts'), ['authlete', '--port', '0'], env);
    let address: string | undefined;
    for await (const line of authlete) {
      [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
      if (address !== undefined) break;
    }
    const settings = {
      AUTHLETE_URL: address,
      AUTHLETE_SERVICE_ID: env.SERVICE_ID,
      AUTHLETE_ACCESS_TOKEN: env.ACCESS_TOKEN,
      HANDLE_KEY: '0123456789abcdef0123456789abcdef',
    };
    const { url } = await served(5, settings, port);
    await approveByPhone(url, port);
  }, 60_000);

  async function served(step: number, env: NodeJS.ProcessEnv = {}, chosen?: number) {
    const port = chosen ?? (await freePort());
    const code = (steps[step - 1] ?? '').replaceAll('3000', String(port));
    const lines = started(printedProgram(`step-${step}`, code), [], env)[Symbol.asyncIterator]();
    const url = `http://localhost:${port}`;
    expect((await lines.next()).value).toBe(`${url}/.well-known/openid-configuration`);
    return { url, port, lines };
  }

  function started(file: string, args: string[], env: NodeJS.ProcessEnv) {
    const child = spawn(process.execPath, [file, ...args], {
      env: { ...process.env, NODE_OPTIONS: '', ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    processes.push(child);
    return createInterface(child.stdout);
  }
});

/** The text after the changes of a diff without line numbers, whose hunks are parted by `@@`. */
function patched(text: string, diff: string): string {
  return diff.split(/^@@\n/m).reduce((before, hunk) => {
    const lines = hunk.match(/^.*\n/gm) ?? [];
    const side = (without: string) => lines.filter((line) => line[0] !== without).map((line) => line.slice(1));
    const old = side('+').join('');
    if (before.split(old).length !== 2) throw new Error(`The step before has no single place for:\n${hunk}`);
    return before.replace(old, () => side('-').join(''));
  }, text);
}

function unquoted(value = ''): string {
  return value.replace(/^'(.*)'$/, '$1');
}

async function ask(url: string): Promise<{ auth_req_id: string }> {
  const answer = await fetch(`${url}/backchannel/authentication`, {
    method: 'POST',
    headers: credentials,
    body: new URLSearchParams({ scope: 'openid', login_hint: '+34666666666', binding_message: 'W4SCT' }),
  });
  expect(answer.status).toBe(200);
  return (await answer.json()) as { auth_req_id: string };
}

async function redeemed(url: string, authReqId: string): Promise<unknown> {
  const body = new URLSearchParams({ grant_type: 'urn:openid:params:grant-type:ciba', auth_req_id: authReqId });
  return (await fetch(`${url}/token`, { method: 'POST', headers: credentials, body })).json();
}

async function approveByPhone(url: string, port: number): Promise<void> {
  const phone = new PhoneBrowser({ port, origin: url });
  expect((await phone.setUp()).status).toBe(200);
  const { auth_req_id } = await ask(url);
  expect((await phone.approve(await firstOf(phone))).body).toMatchObject({ state: 'completed' });
  expect(await redeemed(url, auth_req_id)).toMatchObject({ id_token: expect.any(String) });
}

/** The request that is listed first, as soon as there is one: the server asks after it has answered the client. */
async function firstOf(phone: PhoneBrowser): Promise<string> {
  for (;;) {
    const { body } = await phone.call('requests', { language: 'en' });
    if (body.requests.length > 0) return body.requests[0].id;
  }
}
