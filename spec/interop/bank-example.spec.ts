import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { softwareAuthenticator } from 'ciba-backchannel/device/testing';
import { sectionsOf } from '../support/page-listings.js';
import { PhoneBrowser } from '../support/phone.js';

/** Gives whoever imports `express` version 4. */
const express4 = `import { register } from 'node:module';
register('data:text/javascript,' + encodeURIComponent(
  'export const resolve = (name, context, next) => next(name === "express" ? "express4" : name, context);'
));`;

/** `npm run example:bank`, as a terminal runs it. */
class Example {
  #printed = '';
  readonly #npm: ChildProcess;
  readonly #closed: Promise<unknown>;

  constructor(environment: NodeJS.ProcessEnv) {
    const env = { ...process.env, NODE_OPTIONS: '', PORT: '0', ...environment };
    const args = ['run', '--silent', 'example:bank'];
    this.#npm = spawn('npm', args, { detached: true, stdio: ['pipe', 'pipe', 'inherit'], env });
    this.#npm.stdout?.on('data', (chunk) => {
      this.#printed += chunk;
      this.#npm.emit('printed');
    });
    this.#closed = once(this.#npm, 'close');
  }

  /** What matches in what it prints after the place where this was asked last. */
  async prints(pattern: RegExp): Promise<string[]> {
    for (;;) {
      const match = pattern.exec(this.#printed);
      if (match) {
        this.#printed = this.#printed.slice(match.index + match[0].length);
        return [...match];
      }
      const ended = this.#closed.then(() =>
        Promise.reject(new Error(`the example ended; it printed ${this.#printed}`)),
      );
      await Promise.race([once(this.#npm, 'printed'), ended]);
    }
  }

  pressEnter(): void {
    this.#npm.stdin?.write('\n');
  }

  /** As Ctrl-C does it, or a service manager: all processes of the group are told. */
  async end(signal: NodeJS.Signals): Promise<string> {
    process.kill(-(this.#npm.pid as number), signal);
    await this.#closed;
    return this.#printed;
  }

  async kill(): Promise<void> {
    if (this.#npm.exitCode !== null || this.#npm.signalCode !== null) return;
    process.kill(-(this.#npm.pid as number), 'SIGKILL');
    await this.#closed;
  }
}

/** Signs in with the bank, and sets a phone up. */
async function setPhoneUp(origin: string): Promise<PhoneBrowser> {
  const login = await fetch(`${origin}/login`, {
    method: 'POST',
    body: new URLSearchParams({ email: 'alice@example.com', password: 'an example' }),
    redirect: 'manual',
  });
  expect([login.status, login.headers.get('location')]).toEqual([303, '/device/']);
  const phone = new PhoneBrowser({ port: 0, origin, authenticator: softwareAuthenticator({ origin }) });
  const [, name, value] = /^([^=]+)=([^;]*)/.exec(login.headers.getSetCookie()[0] ?? '') ?? [];
  phone.cookies.set(String(name), String(value));
  expect((await phone.setUp()).status).toBe(200);
  return phone;
}

/** The id of the request with this code, as soon as the phone shows it. */
async function waitingRequest(phone: PhoneBrowser, code: string | undefined): Promise<string> {
  for (;;) {
    const { requests } = (await phone.call('requests', { language: 'en' })).body;
    for (const { id } of requests) {
      const { shown } = (await phone.details(id)).body;
      if (shown !== undefined && JSON.parse(shown).bindingMessage === code) return id;
    }
    await sleep(50);
  }
}

const variants: [string, NodeJS.ProcessEnv, NodeJS.Signals][] = [
  ['Express 5, stopped with Ctrl-C', {}, 'SIGINT'],
  [
    'Express 4, stopped with SIGTERM',
    { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(express4)}` },
    'SIGTERM',
  ],
];

describe.each(variants)('npm run example:bank with %s', (_name, environment, signal) => {
  let example: Example;

  beforeAll(() => {
    example = new Example(environment);
  });
  afterAll(() => example.kill());

  it('takes a payment from a shop with a certificate to the phone, to tokens and to the API, once', async () => {
    const [, port] = await example.prints(/process 2 listens at port (\d+)/);
    const [, origin = ''] = await example.prints(/Open (http:\S+)\/login/);
    const phone = await setPhoneUp(origin);

    example.pressEnter();
    const [, code] = await example.prints(/compare the code (RAIL-\d+)/);
    const id = await waitingRequest(phone, code);
    const { shown } = (await phone.details(id)).body;
    expect(JSON.parse(shown)).toMatchObject({
      bindingMessage: code,
      payment: { amount: '89.90 EUR', payee: 'Example Railways' },
    });
    expect((await phone.approve(id)).status).toBe(200);
    const [, claims = ''] = await example.prints(/has tokens; the ID token says (.+)/);
    expect(JSON.parse(claims)).toMatchObject({ sub: 'alice', acr: 'urn:bank:acr:passkey' });
    await example.prints(/pays, the first time: 201/);
    await example.prints(/pays, the second time: 403/);

    example.pressEnter();
    const [, secondCode] = await example.prints(/compare the code (RAIL-\d+)/);
    const second = await waitingRequest(phone, secondCode);
    expect((await phone.call('deny', { id: second })).status).toBe(200);
    await example.prints(/has no approval: access_denied/);
    expect((await phone.approve(second)).status).toBe(409);

    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(metrics).toContain('ciba_events_total{');

    expect(await example.end(signal)).toContain('both processes have ended: 0 and 0');
  }, 240_000);
});

it('is what docs/production.md shows', async () => {
  const files = sectionsOf('docs/production.md').get('A server')?.files ?? new Map();
  expect([...files.keys()]).toEqual(['server.ts', 'migrate.ts']);
  for (const [name, source] of files) {
    expect(`// ${name}\n${source}`).toBe(`// ${name}\n${await readFile(`examples/bank/${name}`, 'utf8')}`);
  }
});
