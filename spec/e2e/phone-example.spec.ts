import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, expect, it } from '@jest/globals';
import { PhoneBrowser } from '../support/phone.js';
import { program } from '../support/program.js';

const started: ChildProcess[] = [];

function start(file: string, env: NodeJS.ProcessEnv = {}) {
  const example = spawn(process.execPath, [program(file)], {
    env: { ...process.env, ...env, PORT: '0', NODE_OPTIONS: '' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  started.push(example);
  const exit = once(example, 'exit');
  let printed = '';
  example.stdout.on('data', (chunk) => {
    printed += chunk;
  });
  return {
    exit,
    /** Waits until the example has printed that. */
    async prints(pattern: RegExp): Promise<string> {
      for (;;) {
        const found = pattern.exec(printed);
        if (found) return found[1] ?? '';
        if (example.exitCode !== null) throw new Error(`the example ended: ${printed}`);
        await Promise.race([once(example.stdout, 'data'), exit]);
      }
    },
    pressEnter: () => void example.stdin.write('\n'),
  };
}

/** Signs in at the example's login, and sets a phone up. */
async function setUpPhone(origin: string): Promise<PhoneBrowser> {
  const login = await fetch(`${origin}/login`, { method: 'POST', redirect: 'manual' });
  const [name = '', value = ''] = (login.headers.getSetCookie()[0] ?? '').split(';')[0]?.split('=') ?? [];
  const phone = new PhoneBrowser({ port: 0, origin });
  phone.cookies.set(name, value);
  expect((await phone.setUp()).status).toBe(200);
  return phone;
}

async function waitingRequest(phone: PhoneBrowser): Promise<string> {
  for (;;) {
    const { requests } = (await phone.call('requests')).body;
    const [waiting] = requests.filter(({ state }: { state: string }) => state === 'waiting');
    if (waiting) return waiting.id;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

afterAll(async () => {
  for (const example of started) {
    if (example.exitCode !== null) continue;
    example.kill('SIGKILL');
    await once(example, 'exit');
  }
});

// They overlap, since they wait more than they work.

it.concurrent('npm run example:phone asks for a payment on the phone, and gives the shop its tokens when the passkey approves', async () => {
  const { prints, pressEnter } = start('examples/phone.ts');
  const origin = await prints(/Open (http:\S+)\/login/);
  expect(await (await fetch(`${origin}/device`)).text()).toContain('Example Bank');
  const phone = await setUpPhone(origin);
  pressEnter();
  const id = await waitingRequest(phone);
  const { shown } = (await phone.details(id, 'de')).body;
  expect(JSON.parse(shown)).toMatchObject({
    language: 'de',
    payment: { amount: '89,90 EUR', payee: 'Example Railways' },
  });
  expect((await phone.approve(id)).body).toEqual({ state: 'completed', decision: 'approved' });
  expect(await prints(/the ID token says (.*)/)).toContain('urn:example:acr:passkey');
  pressEnter();
  await phone.call('deny', { id: await waitingRequest(phone) });
  await prints(/shop {9}got no approval: (access_denied)/);
}, 60_000);

it.concurrent('PHONE=1 npm run example:agent shows the agent on the phone, in the record, the events, the token and the bank’s log', async () => {
  const { prints, pressEnter, exit } = start('examples/agent-payment.ts', { PHONE: '1' });
  const origin = await prints(/Open (http:\S+)\/login/);
  const phone = await setUpPhone(origin);
  pressEnter();
  const id = await waitingRequest(phone);
  const actor = { sub: 'trip-planner', iss: 'https://travel.example', name: 'Trip planner' };
  const { shown } = (await phone.details(id)).body;
  expect(JSON.parse(shown)).toMatchObject({ actor, client: { name: 'Example Travel' } });
  await phone.approve(id);
  expect(JSON.parse(await prints(/recorded: (\{.*\})/))).toEqual(JSON.parse(shown));
  await prints(/event +(issued: trip-planner of https:\/\/travel\.example acts for alice)/);
  await prints(/event +(completed: trip-planner of https:\/\/travel\.example acts for alice)/);
  const [token, seconds] = [await prints(/token +(\{.*\})/), await prints(/good for (\d+) seconds/)];
  expect([JSON.parse(token), seconds]).toEqual([{ sub: 'alice', act: { sub: actor.sub, iss: actor.iss } }, '60']);
  await prints(/bank log +(.* for alice, by trip-planner of https:\/\/travel\.example, through example-travel)/);
  await prints(/(201 \{"status":"paid","by":"alice"\})/);
  expect(await exit).toEqual([0, null]);
}, 60_000);
